import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { systemIds } from '../dist/adapters/system.js'
import { openDatabase } from '../dist/database/open.js'
import { createSessionQueries } from '../dist/database/sessions.js'
import { createSession } from '../dist/domain/sessions.js'

/** An empty file with the schema of this version. */
export async function makeDatabase(path) {
  const database = await openDatabase({ url: `file:${path}`, migrate: true })
  await database.close()
}

const PER_TRANSACTION = 20_000

/**
 * The path of a file with this many users, made once per run: through the real migrations and triggers, with the
 * durability off while it is made. Ids are spread as UUIDs are; one in five is premium and has a number.
 */
export async function seedUsers({ folder, progress }, count) {
  const path = join(folder, `users-${count}.db`)
  if (existsSync(path)) return path
  await makeDatabase(path)
  const database = new Database(path)
  database.exec(
    'PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-2000000; PRAGMA wal_autocheckpoint=200000',
  )
  const insert = database.prepare(
    'INSERT INTO users (id, email, phone, xswarm_email, xswarm_phone, subscription_tier) VALUES (?, ?, ?, ?, ?, ?)',
  )
  for (let start = 0; start < count; start += PER_TRANSACTION) {
    if (start % 100_000 === 0)
      progress(`seeding ${start.toLocaleString('en-US')} of ${count.toLocaleString('en-US')}`)
    database.exec('BEGIN')
    for (let n = start; n < Math.min(count, start + PER_TRANSACTION); n++) insert.run(userAt(n))
    database.exec('COMMIT')
  }
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
  return path
}

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi']

/** The columns of user number `n` in the order of the INSERT. */
function userAt(n) {
  const isPremium = n % 5 === 0
  const name = n % 97 === 0 ? NAMES[n % NAMES.length] : 'person'
  return [
    idAt(n),
    emailAt(n),
    `+1555${String(n % 10_000_000).padStart(7, '0')}`,
    `${name}${n}x@xswarm.ai`,
    isPremium ? numberAt(n) : null,
    n === 12_345 ? 'rare' : isPremium ? 'premium' : 'free',
  ]
}

export function idAt(n) {
  const hex = createHash('md5').update(String(n)).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}

export function emailAt(n) {
  return `${n % 97 === 0 ? NAMES[n % NAMES.length] : 'person'}${n}@example.com`
}

/** Only every fifth user has one: `n` is a multiple of five. */
export function numberAt(n) {
  return `+18${String(n).padStart(9, '0')}`
}

/** The same numbers in every run, spread over [0, below). */
export function createNumbers(seed) {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Opens a session for each of these users, as signing in would. Returns their tokens. */
export async function openSessions(path, userIds) {
  const database = await openDatabase({ url: `file:${path}`, migrate: true })
  try {
    const queries = createSessionQueries(database)
    const opened = userIds.map((user_id) =>
      createSession({ user_id, kind: 'api', name: 'bench', address_hash: '' }, systemIds, Date.now()),
    )
    for (let start = 0; start < opened.length; start += 500) {
      const statements = opened.slice(start, start + 500).map(({ session }) => queries.open(session))
      const { outcome } = await database.write({ statements })
      if (outcome !== 'done') throw new Error(`sessions could not be opened: ${outcome}`)
    }
    return opened.map(({ token }) => token)
  } finally {
    await database.close()
  }
}
