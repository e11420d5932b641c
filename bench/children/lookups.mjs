// One way to look users up, in a process of its own whose current folder names the database in its config.toml.
import { createNumbers, emailAt, idAt, numberAt } from '../seed.mjs'
import { percentile } from '../statistics.mjs'

const { way, path, users } = JSON.parse(process.argv[2])
const BATCH = 500
const COLUMN = { email: 'email', number: 'xswarm_phone' }

const { find, close } = await { library, raw, client }[way]()

async function library() {
  const xswarm = await import('../../dist/index.js')
  const { getUserByEmail: email, getUserByXswarmPhone: number, closeDatabase } = xswarm
  return { find: { email, number }, close: closeDatabase }
}

async function raw() {
  const { default: Database } = await import('libsql')
  const database = new Database(path)
  const by = (column) => {
    const statement = database.prepare(`SELECT * FROM users WHERE ${column} = ?`)
    return (key) => statement.get(key)
  }
  return { find: { email: by(COLUMN.email), number: by(COLUMN.number) }, close: () => database.close() }
}

async function client() {
  const { createClient } = await import('@libsql/client')
  const connection = createClient({ url: `file:${path}` })
  const by = (column) => async (key) =>
    (await connection.execute({ sql: `SELECT * FROM users WHERE ${column} = ?`, args: [key] })).rows[0]
  return { find: { email: by(COLUMN.email), number: by(COLUMN.number) }, close: () => connection.close() }
}

/** The keys of `BATCH` users who are there, others each time. */
function drawKeys(by, numbers) {
  return Array.from({ length: BATCH }, () => {
    const n = by === 'email' ? numbers(users) : numbers(users / 5) * 5
    return { n, key: by === 'email' ? emailAt(n) : numberAt(n) }
  })
}

async function run({ by, seconds, seed, timed }) {
  const numbers = createNumbers(seed)
  const lookUp = find[by]
  const isSync = way === 'raw'
  const times = []
  let count = 0
  let spent = 0
  while (spent < seconds * 1000) {
    const keys = drawKeys(by, numbers)
    const found = []
    const start = performance.now()
    if (timed) {
      let before = start
      for (const { key } of keys) {
        found.push(isSync ? lookUp(key) : await lookUp(key))
        const now = performance.now()
        times.push(now - before)
        before = now
      }
    } else if (isSync) for (const { key } of keys) found.push(lookUp(key))
    else for (const { key } of keys) found.push(await lookUp(key))
    spent += performance.now() - start
    count += BATCH
    for (let i = 0; i < BATCH; i++) {
      if (found[i]?.id !== idAt(keys[i].n)) throw new Error(`${way} found somebody else for ${keys[i].key}`)
    }
  }
  const perSecond = (count / spent) * 1000
  return timed ? { perSecond, p99: percentile(Float64Array.from(times), 0.99) } : { perSecond }
}

process.on('message', async (question) => process.send(await run(question)))
process.on('SIGTERM', async () => {
  await close()
  process.exit(0)
})
process.send({})
