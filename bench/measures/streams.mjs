import { closeSync, openSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startChild } from '../children.mjs'
import { row } from '../report.mjs'
import { idAt, openSessions, seedUsers } from '../seed.mjs'
import { residentMb } from '../system.mjs'

/** What open event streams cost the server: resident memory with them open, less without them. */
export async function measure(bench) {
  const { folder, quick, progress } = bench
  const count = quick ? 200 : 1_000
  const path = await seedUsers(bench, 10_000)
  const tokens = await openSessions(
    path,
    Array.from({ length: count }, (_, n) => idAt(n)),
  )
  const log = join(folder, 'streams.log')
  closeSync(openSync(log, 'w'))
  const server = await startChild('server', { path }, { log })
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
  try {
    const url = `${server.ready.url}/api/me/events`
    // What the first stream loads and compiles is no stream's cost.
    for (const token of tokens.slice(0, 5)) (await openStream(url, token, agent)).destroy()
    await wait(2000)
    const before = residentMb(server.pid)
    progress(`opening ${count} streams`)
    for (let start = 0; start < count; start += 50)
      await Promise.all(tokens.slice(start, start + 50).map((token) => openStream(url, token, agent)))
    await wait(3000)
    const more = residentMb(server.pid) - before
    return [row({ name: `${count} open event streams`, value: more, unit: 'MB', bar: { max: 60 } })]
  } finally {
    agent.destroy()
    await server.stop()
  }
}

/** Resolves when the stream has begun. */
function openStream(url, token, agent) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
    get(url, { agent, headers }, (response) => {
      const isStream = response.headers['content-type']?.startsWith('text/event-stream')
      if (response.statusCode !== 200 || !isStream) reject(new Error(`${url}: ${response.statusCode}`))
      response.on('error', () => {}) // destroyed at the end, by us
      response.resume()
      resolve(response)
    }).on('error', reject)
  })
}
