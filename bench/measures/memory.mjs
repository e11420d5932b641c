import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Database from 'libsql'
import { row } from '../report.mjs'
import { freePort, residentMb } from '../system.mjs'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

const REST_MS = 14_000
const DRAIN_SECONDS_MAX = 240

/** The memory of a real `xswarm serve`: at rest, and again at rest after many sign-ups, whose mails its worker sends meanwhile. */
export async function measure({ folder, quick, load, progress }) {
  const signUps = quick ? 5_000 : 100_000
  const cwd = join(folder, 'memory')
  mkdirSync(cwd)
  const port = await freePort()
  writeFileSync(join(cwd, 'config.toml'), `[server]\nport = ${port}\n[database]\nurl = "file:memory.db"\n`)
  const server = spawn(process.execPath, [cli, 'serve'], {
    cwd,
    env: { ...process.env, XSWARM_CONFIG: '', XSWARM_ENVIRONMENT: '' },
    stdio: ['ignore', 'ignore', openSync(join(cwd, 'serve.log'), 'w')],
  })
  try {
    const url = `http://127.0.0.1:${port}`
    await ready(url, server)
    await wait(3000)
    const atRest = residentMb(server.pid)
    let done = 0
    let most = atRest
    for (let run = 0; done < signUps; run++) {
      progress(
        `${done.toLocaleString('en-US')} of ${signUps.toLocaleString('en-US')} sign-ups, ${residentMb(server.pid).toFixed(0)} MB`,
      )
      const request = { kind: 'sign-up', argument: `memory${run}x`, connections: 64, seconds: quick ? 1 : 3 }
      const { requests, refused } = await load.run({ url: `${url}/api/signup`, ...request })
      if (refused > 0) throw new Error(`${refused} sign-ups were refused`)
      done += requests
      most = Math.max(most, residentMb(server.pid))
    }
    const waiting = await drain(join(cwd, 'memory.db'), progress)
    await wait(REST_MS)
    return rowsOf({ atRest, after: residentMb(server.pid), most, done, waiting })
  } finally {
    if (server.exitCode === null) {
      server.kill('SIGTERM')
      await once(server, 'exit')
    }
  }
}

/** The mails of the sign-ups are part of the work: at rest is who has sent them. How many were waiting at first. */
async function drain(path, progress) {
  const first = countWaiting(path)
  for (let second = 0; second < DRAIN_SECONDS_MAX; second++) {
    const waiting = countWaiting(path)
    if (waiting === 0) return first
    if (second % 5 === 0) progress(`${waiting.toLocaleString('en-US')} mails to send`)
    await wait(1000)
  }
  throw new Error('the worker did not send all mails in time')
}

function rowsOf({ atRest, after, most, done, waiting }) {
  return [
    row({ name: 'xswarm serve at rest', value: atRest, unit: 'MB', bar: { max: 160 } }),
    row({
      name: `xswarm serve, more after ${done.toLocaleString('en-US')} sign-ups`,
      value: after - atRest,
      unit: 'MB',
      bar: { max: 40 },
      note: `at most ${most.toFixed(0)} MB meanwhile; ${waiting.toLocaleString('en-US')} mails were sent afterwards`,
    }),
  ]
}

async function ready(url, server) {
  for (let attempt = 0; attempt < 200 && server.exitCode === null; attempt++) {
    const response = await fetch(`${url}/readyz`).catch(() => undefined)
    if (response?.ok) return
    await wait(50)
  }
  throw new Error('xswarm serve did not become ready')
}

function countWaiting(path) {
  const database = new Database(path, { readonly: true })
  try {
    return database.prepare(`SELECT count(*) AS waiting FROM jobs WHERE name = 'send-mail'`).get().waiting
  } finally {
    database.close()
  }
}
