// What one would write without xswarm: an event made durable, one insert and one commit each, in a bare loop without HTTP,
// signature or log. With `job` also the row of the job that follows from it, in the same commit.
import Database from 'libsql'

const { path, customers } = JSON.parse(process.argv[2])
const database = new Database(path)
database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL')
const insert = database.prepare(
  `INSERT INTO webhook_events (provider, event_id, type, customer_id, created_at, received_at, origin)
   VALUES ('stripe', ?, 'customer.subscription.updated', ?, ?, ?, 'webhook')`,
)
const enqueue = database.prepare(
  `INSERT INTO jobs (name, key, payload, run_at, created_at) VALUES ('sync-subscription', ?, ?, ?, '2026-11-23 14:17:00')
   ON CONFLICT (name, key) WHERE key IS NOT NULL DO UPDATE SET wanted = wanted + 1`,
)

let count = 0
function store(withJob) {
  const n = count++
  const now = BigInt(Date.now())
  const customer = `cus_${n % customers}`
  if (withJob) database.exec('BEGIN IMMEDIATE')
  insert.run([`evt_bare${n}`, customer, now, now])
  if (!withJob) return
  enqueue.run([customer, `{"customer_id":"${customer}"}`, now])
  database.exec('COMMIT')
}

process.on('message', ({ seconds, job }) => {
  const start = performance.now()
  const before = count
  while (performance.now() - start < seconds * 1000) store(job)
  process.send({ perSecond: ((count - before) / (performance.now() - start)) * 1000 })
})
process.on('SIGTERM', () => {
  database.close()
  process.exit(0)
})
process.send({})
