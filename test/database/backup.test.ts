import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { backup, restore } from '../../src/database/backup.ts'
import { openDatabase } from '../../src/database/open.ts'
import type { OpenedDatabase } from '../../src/database/opened.ts'
import { createUserQueries } from '../../src/database/users.ts'
import type { SqlValue } from '../../src/domain/ports.ts'
import { buildChildren, type Children } from './children.ts'
import { createLocalPlace, MODES, type Place } from './modes.ts'
import { person } from './people.ts'
import { listUserIds } from './sql.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xswarm-backup-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Every table with all its rows, and everything else in the schema. */
async function contentsOf(database: OpenedDatabase): Promise<Record<string, unknown>> {
  const objects = await database.read({
    sql: "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY name",
    args: [],
  })
  // A server spells CREATE TABLE IF NOT EXISTS in its dump.
  const spelled = objects.map(({ sql, ...rest }) => ({
    ...rest,
    sql: String(sql).replace('IF NOT EXISTS ', ''),
  }))
  const tables = [
    ...objects.filter(({ type }) => type === 'table').map(({ name }) => String(name)),
    'sqlite_sequence',
  ]
  const rows = await Promise.all(
    tables.map(async (name) => {
      const all = await database.read({ sql: `SELECT * FROM "${name}"`, args: [] })
      return [name, all.map((row) => JSON.stringify(Object.values(row).map(spell))).sort()]
    }),
  )
  return { schema: spelled, ...Object.fromEntries(rows) }
}

/** Both kinds of database give the same bytes in arrays of different classes. */
function spell(cell: SqlValue): SqlValue {
  return cell instanceof Uint8Array ? Buffer.from(cell).toString('hex') : cell
}

async function fill(database: OpenedDatabase): Promise<void> {
  const users = createUserQueries(database)
  const people = Array.from({ length: 900 }, (_, n) => person(n, { wake_word: `it's; "${n}"\n-- ä🙂 ` }))
  await database.write({ statements: people.map((user) => users.insert(user)) })
  await database.write({
    statements: [users.remove('id-899'), users.update('id-1', { phone: '+15551234567' })],
  })
  // The last number was given to a row that is gone, and must not be given again.
  await database.write({ statements: [{ sql: 'DELETE FROM changes WHERE revision > 500', args: [] }] })
}

describe.each(MODES)('on $name', ({ create }) => {
  let place: Place
  let database: OpenedDatabase
  beforeEach(async () => {
    place = await create()
    database = await place.open()
  })
  afterEach(() => place.remove())

  test('a backup holds everything, restores into an empty place of either kind, and works there', async () => {
    await fill(database)
    const before = await contentsOf(database)
    const file = join(folder, 'deep', 'copy.db')
    await backup(database, file)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(folder, 'deep'))).toEqual(['copy.db'])

    for (const mode of MODES) {
      const other = await mode.create()
      try {
        expect(await restore(other.url, file)).toMatchObject({ kept: undefined })
        const restored = await other.open({ migrate: false })
        expect(await contentsOf(restored)).toEqual(before)
        const users = createUserQueries(restored)
        await restored.write({ statements: [users.insert(person('new'))] })
        expect((await users.findRevised('id-new'))?.revision).toBe(902)
      } finally {
        await other.remove()
      }
    }
    expect(readdirSync(join(folder, 'deep'))).toEqual(['copy.db'])
  })

  test('a backup overwrites nothing', async () => {
    const file = join(folder, 'copy.db')
    writeFileSync(file, 'mine')
    await expect(backup(database, file)).rejects.toMatchObject({ code: 'conflict' })
    expect(readFileSync(file, 'utf8')).toBe('mine')
  })
})

describe('restoring a local file', () => {
  let children: Children
  let templates: string
  let place: Place
  let copy: string
  beforeAll(async () => {
    children = buildChildren()
    templates = mkdtempSync(join(tmpdir(), 'xswarm-restore-'))
    const url = `file:${templates}/xswarm.db`
    // In processes of their own: in ours the driver would hold the file until its statements are collected.
    await children.start('insert-user', url, 'old').ended()
    await children.start('back-up', url, join(templates, 'copy.db')).ended()
    await children.start('insert-user', url, 'later').ended()
  })
  afterAll(async () => {
    await children.remove()
    rmSync(templates, { recursive: true })
  })
  beforeEach(async () => {
    place = await createLocalPlace()
    copy = join(folder, 'copy.db')
    copyFileSync(join(templates, 'copy.db'), copy)
    copyFileSync(join(templates, 'xswarm.db'), place.url.replace('file:', ''))
  })
  afterEach(() => place.remove())

  async function ids(url = place.url): Promise<string[]> {
    const database = await openDatabase({ url })
    const found = await listUserIds(database)
    await database.close()
    return found
  }

  test('replaces nothing without force', async () => {
    await expect(restore(place.url, copy)).rejects.toMatchObject({ code: 'conflict' })
    expect(await ids()).toEqual(['id-later', 'id-old'])
  })

  test('keeps what was there, each time under another name', async () => {
    const first = await restore(place.url, copy, { force: true })
    await children.start('insert-user', place.url, 'second').ended()
    const second = await restore(place.url, copy, { force: true })
    expect(await ids()).toEqual(['id-old'])
    expect(await ids(`file:${first.kept}`)).toEqual(['id-later', 'id-old'])
    expect(await ids(`file:${second.kept}`)).toEqual(['id-old', 'id-second'])
  })

  test('is refused while somebody has the database open', async () => {
    const user = await place.open()
    await expect(restore(place.url, copy, { force: true })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('is in use'),
    })
    expect(await createUserQueries(user).count()).toBe(2)
    await user.close()
    expect(await ids()).toEqual(['id-later', 'id-old'])
  })

  test.each([
    ['text', () => Buffer.from('not a database at all, only some text'.repeat(100))],
    ['a cut backup', () => readFileSync(copy).subarray(0, 40_000)],
    [
      'a damaged backup',
      () => {
        const bytes = readFileSync(copy)
        return bytes.fill(0xff, 8_192, 40_000)
      },
    ],
    ['an empty file', () => Buffer.alloc(0)],
  ])('%s is refused, and the database stays as it was', async (_name, bytes) => {
    const bad = join(folder, 'bad.db')
    writeFileSync(bad, bytes())
    await expect(restore(place.url, bad, { force: true })).rejects.toMatchObject({ code: 'invalid' })
    expect(await ids()).toEqual(['id-later', 'id-old'])
    expect(readdirSync(folder).sort()).toEqual(['bad.db', 'copy.db'])
  })

  test('a backup that is not there is not found', async () => {
    await expect(restore(place.url, join(folder, 'none.db'))).rejects.toMatchObject({ code: 'not-found' })
  })

  test('a damaged database is replaced, and kept', async () => {
    writeFileSync(place.url.replace('file:', ''), 'damaged '.repeat(1_000))
    const { kept } = await restore(place.url, copy, { force: true })
    expect(readFileSync(kept ?? '', 'utf8')).toContain('damaged')
    expect(await ids()).toEqual(['id-old'])
  })
})

test('a server that is not empty is never restored over', async () => {
  const [, serverMode] = MODES
  const place = await serverMode?.create()
  if (place === undefined) throw new Error('there is no server')
  try {
    const database = await place.open()
    const copy = join(folder, 'copy.db')
    await backup(database, copy)
    await expect(restore(place.url, copy, { force: true })).rejects.toMatchObject({ code: 'conflict' })
  } finally {
    await place.remove()
  }
})
