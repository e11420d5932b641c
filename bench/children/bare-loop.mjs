// What one would write without xswarm: the same rows of a sign-up, made durable one sign-up at a time, in a bare loop
// without HTTP, validation or log. The triggers of the schema write the rest of the rows, as they do for everybody.
import { randomBytes, randomUUID } from 'node:crypto'
import Database from 'libsql'

const { path } = JSON.parse(process.argv[2])
const database = new Database(path)
database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL')
const user = database.prepare(
  `INSERT INTO users (id, email, phone, xswarm_email, subscription_tier, persona, wake_word)
   VALUES (?, ?, ?, ?, 'free', 'hal-9000', 'hey hal')`,
)
const job = database.prepare(
  `INSERT INTO jobs (name, user_id, payload, run_at, created_at) VALUES ('send-mail', ?, '{"template":"welcome"}', ?, ?)`,
)
const unproven = database.prepare(
  'INSERT INTO unproven_signups (user_id, signed_up_at, request_hash) VALUES (?, ?, ?)',
)

let count = 0
function signUp() {
  const n = count++
  const id = randomUUID()
  const now = Date.now()
  database.exec('BEGIN IMMEDIATE')
  user.run([id, `bare${n}@example.com`, `+1555${String(n).padStart(7, '0')}`, `bare${n}@xswarm.ai`])
  job.run([id, BigInt(now), '2026-11-23 14:17:00'])
  unproven.run([id, BigInt(now), randomBytes(32).toString('hex')])
  database.exec('COMMIT')
}

process.on('message', ({ seconds }) => {
  const start = performance.now()
  const before = count
  while (performance.now() - start < seconds * 1000) signUp()
  process.send({ perSecond: ((count - before) / (performance.now() - start)) * 1000 })
})
process.on('SIGTERM', () => {
  database.close()
  process.exit(0)
})
process.send({})
