import { execFile } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Database from 'libsql'
import { startChild } from '../children.mjs'
import { row } from '../report.mjs'
import { makeDatabase } from '../seed.mjs'
import { interleave, median, medianRatio } from '../statistics.mjs'

const run = promisify(execFile)
const CUSTOMERS = 1_000
const CONNECTIONS = 64
const RATE = 500
const secret = `whsec_${'b'.repeat(32)}`

/**
 * POST /webhooks/stripe over HTTP: signature, storing and answer, each event a new one; beside it a bare loop that makes one
 * event durable after the other. Then 500 events a second while the worker fetches the state of a thousand customers.
 */
export async function measure({ folder, quick, progress }) {
  const stripe = await startChild('stripe-double', {})
  const fast = await startPlace(folder, 'intake', stripe.ready.url, false)
  const barePath = join(folder, 'webhook-bare.db')
  await makeDatabase(barePath)
  const bare = await startChild('bare-events', { path: barePath, customers: CUSTOMERS })
  const seconds = quick ? 1 : 4
  let runs = 0
  const bring = async (place, more = {}) => {
    const options = {
      url: `${place.child.ready.url}/webhooks/stripe`,
      secret,
      prefix: `run${runs++}x`,
      customers: CUSTOMERS,
      connections: CONNECTIONS,
      seconds,
      ...more,
    }
    const { stdout } = await run(process.execPath, [
      pathOf('../children/webhooks.mjs'),
      JSON.stringify(options),
    ])
    const { refused, errors, ...result } = JSON.parse(stdout)
    if (refused + errors > 0) throw new Error(`${refused} events were refused, ${errors} got no answer`)
    place.answered += result.requests
    return result
  }
  progress('warming up')
  await bring(fast)
  const measured = await interleave(
    quick ? 2 : 7,
    {
      intake: () => bring(fast),
      bare: () => bare.ask({ seconds }),
      both: () => bare.ask({ seconds, job: true }),
    },
    progress,
  )
  await Promise.all([fast.child.stop(), bare.stop()])
  verify(fast)
  const working = await startPlace(folder, 'working', stripe.ready.url, true)
  await bring(working, { seconds: 2, rate: RATE, connections: 16 })
  const paced = []
  for (let round = 0; round < (quick ? 1 : 5); round++) {
    progress(`${RATE} a second, round ${round + 1}`)
    paced.push(await bring(working, { seconds: quick ? 2 : 8, rate: RATE, connections: 16 }))
  }
  await working.child.stop()
  await stripe.stop()
  verify(working)
  return rowsOf(measured, paced)
}

async function startPlace(folder, name, apiBase, worker) {
  const path = join(folder, `webhook-${name}.db`)
  const log = join(folder, `webhook-${name}.log`)
  closeSync(openSync(log, 'w'))
  await makeDatabase(path)
  const database = new Database(path)
  const insert = database.prepare(
    'INSERT INTO users (id, email, xswarm_email, stripe_customer_id) VALUES (?, ?, ?, ?)',
  )
  database.exec('BEGIN')
  for (let n = 0; n < CUSTOMERS; n++)
    insert.run([`user-${n}`, `payer${n}@example.com`, `payer${n}@xswarm.ai`, `cus_${n}`])
  database.exec('COMMIT')
  database.close()
  const options = {
    path,
    worker,
    config: { stripe: { api_base: apiBase, prices: { premium: 'price_1' } } },
    secrets: { STRIPE_SECRET_KEY: 'sk_test_bench', STRIPE_WEBHOOK_SECRET: secret },
  }
  return { name, path, answered: 0, child: await startChild('server', options, { log }) }
}

/** Every answer has its row in the file, read by somebody else. */
function verify({ name, path, answered }) {
  const database = new Database(path, { readonly: true })
  const { total } = database.prepare('SELECT count(*) AS total FROM webhook_events').get()
  database.close()
  if (total < answered)
    throw new Error(`${name}: ${answered} events were answered, and the file has ${total}`)
}

function rowsOf({ intake, bare, both }, paced) {
  const speed = (results) => results.map(({ perSecond }) => perSecond)
  const unit = '/s'
  const value = median(speed(intake))
  return [
    row({
      name: 'webhook intake over HTTP / bare loop of single inserts',
      value,
      unit,
      ratio: medianRatio(speed(intake), speed(bare)),
      bar: { min: 1.5 },
      note: `${Math.round(median(speed(bare)))}/s; p99 ${median(intake.map(({ p99 }) => p99)).toFixed(1)} ms`,
    }),
    row({
      name: 'webhook intake over HTTP / bare loop of event and job',
      value,
      unit,
      ratio: medianRatio(speed(intake), speed(both)),
      note: `${Math.round(median(speed(both)))}/s`,
    }),
    row({
      name: `webhook p99 at ${RATE} a second while jobs run`,
      value: median(paced.map(({ p99 }) => p99)),
      unit: 'ms',
      bar: { max: 50 },
      note: `p50 ${median(paced.map(({ p50 }) => p50)).toFixed(1)} ms, ${Math.round(median(speed(paced)))}/s`,
    }),
  ]
}

function pathOf(name) {
  return fileURLToPath(new URL(name, import.meta.url))
}
