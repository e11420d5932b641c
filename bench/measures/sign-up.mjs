import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { startChild } from '../children.mjs'
import { row } from '../report.mjs'
import { makeDatabase } from '../seed.mjs'
import { interleave, median, medianRatio } from '../statistics.mjs'

const CONNECTIONS = 64

/**
 * POST /api/signup over HTTP, everything on, synchronous=FULL, each request a new email; beside it the same server without
 * grouping, a bare loop that commits the same rows one sign-up at a time, and a hello.
 */
export async function measure({ folder, quick, load, progress }) {
  const seconds = quick ? 1 : 5
  const rounds = quick ? 2 : 7
  const places = ['grouped', 'single', 'limited', 'working'].map((name) => placeFor(folder, name))
  const [grouped, single, limited, working] = places
  const allowance = { limits: { enabled: true, signups_per_hour_per_ip: 1_000_000_000 } }
  await startServers([
    [grouped, {}],
    [single, { grouping: false }],
    [limited, { config: allowance }],
    [working, { worker: true }],
  ])
  const barePath = join(folder, 'sign-up-bare.db')
  await makeDatabase(barePath)
  const bare = await startChild('bare-loop', { path: barePath })
  const hello = await startChild('hello', {})
  const signUps = (place) => (round) => signUpFor(seconds, place, `${place.name}${round}x`, load)
  for (const place of places) {
    progress(`warming up ${place.name}`)
    await signUpFor(quick ? 1 : 3, place, `${place.name}warmx`, load)
  }
  const measured = await interleave(
    rounds,
    {
      grouped: signUps(grouped),
      single: signUps(single),
      bare: () => bare.ask({ seconds }),
      hello: () => load.run({ url: hello.ready.url, kind: 'get', connections: CONNECTIONS, seconds }),
      limited: signUps(limited),
      working: signUps(working),
    },
    progress,
  )
  await Promise.all([...places.map(({ child }) => child.stop()), bare.stop(), hello.stop()])
  for (const place of places) verify(place)
  return rowsOf(measured)
}

function placeFor(folder, name) {
  return {
    name,
    path: join(folder, `sign-up-${name}.db`),
    log: join(folder, `sign-up-${name}.log`),
    answered: 0,
    runs: 0,
  }
}

async function startServers(pairs) {
  for (const [place, options] of pairs) {
    closeSync(openSync(place.log, 'w'))
    place.child = await startChild('server', { path: place.path, ...options }, { log: place.log })
  }
}

async function signUpFor(seconds, place, prefix, load) {
  const before = await place.child.ask('usage')
  const result = await load.run({
    url: `${place.child.ready.url}/api/signup`,
    kind: 'sign-up',
    argument: prefix,
    connections: CONNECTIONS,
    seconds,
  })
  if (result.refused > 0) throw new Error(`${result.refused} sign-ups were refused`)
  place.answered += result.requests
  place.runs += 1
  const after = await place.child.ask('usage')
  return { ...result, cpuMs: (after.cpuMs - before.cpuMs) / result.requests }
}

/** Every answer has its row in the file, read by somebody else. What was cut off at the end of a run may be there too. */
function verify({ name, path, answered, runs }) {
  const database = new Database(path, { readonly: true })
  const { users } = database.prepare('SELECT count(*) AS users FROM users').get()
  const { claimed } = database.prepare('SELECT count(*) AS claimed FROM assigned_addresses').get()
  const { changed } = database.prepare('SELECT count(*) AS changed FROM changes').get()
  const { unproven } = database.prepare('SELECT count(*) AS unproven FROM unproven_signups').get()
  database.close()
  const rows = `${users} users, ${claimed} addresses, ${changed} changes, ${unproven} unproven`
  const isComplete = users >= answered && users <= answered + runs * CONNECTIONS
  if (isComplete && users === claimed && users === changed && users === unproven) return
  throw new Error(`${name}: ${answered} sign-ups were answered, and the file has ${rows}`)
}

function rowsOf({ grouped, single, bare, hello, limited, working }) {
  const speed = (results) => results.map(({ perSecond }) => perSecond)
  const unit = '/s'
  const product = median(speed(grouped))
  const note = `p50 ${median(grouped.map(({ p50 }) => p50)).toFixed(1)} ms, p99 ${median(grouped.map(({ p99 }) => p99)).toFixed(1)} ms, ${(median(grouped.map(({ cpuMs }) => cpuMs)) * 1000).toFixed(0)} µs of CPU each`
  const against = (others) => medianRatio(speed(grouped), speed(others))
  const value = product
  return [
    row({ name: 'sign-up over HTTP', value, unit, note }),
    row({
      name: 'sign-up / the same without grouping',
      value,
      unit,
      ratio: against(single),
      bar: { min: 3 },
      note: `${Math.round(median(speed(single)))}/s`,
    }),
    row({
      name: 'sign-up / bare loop, one commit each',
      value,
      unit,
      ratio: against(bare),
      bar: { min: 1.5 },
      note: `${Math.round(median(speed(bare)))}/s; aim 2`,
    }),
    row({
      name: 'sign-up / node:http hello',
      value,
      unit,
      ratio: against(hello),
      note: `${Math.round(median(speed(hello)))}/s; aim 0.2`,
    }),
    row({
      name: 'sign-up with rate limits on / bare loop',
      value: median(speed(limited)),
      unit,
      ratio: medianRatio(speed(limited), speed(bare)),
    }),
    row({
      name: 'sign-up while the worker mails / bare loop',
      value: median(speed(working)),
      unit,
      ratio: medianRatio(speed(working), speed(bare)),
    }),
  ]
}
