import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from '../children.mjs'
import { row } from '../report.mjs'
import { createNumbers, idAt, openSessions, seedUsers } from '../seed.mjs'
import { interleave, median, medianRatio } from '../statistics.mjs'

const SESSIONS = 10_000

/** GET /api/me by a session's token over HTTP, other people each time, beside a hello. */
export async function measure(bench) {
  const { folder, quick, load, progress } = bench
  const users = quick ? 100_000 : 1_000_000
  const seconds = quick ? 1 : 4
  const path = await seedUsers(bench, users)
  const numbers = createNumbers(7)
  const tokens = await openSessions(
    path,
    Array.from({ length: SESSIONS }, () => idAt(numbers(users))),
  )
  const file = join(folder, 'tokens.txt')
  writeFileSync(file, `${tokens.join('\n')}\n`)
  const log = join(folder, 'me.log')
  closeSync(openSync(log, 'w'))
  const server = await startChild('server', { path }, { log })
  const hello = await startChild('hello', {})
  const readMe = async (seconds) => {
    const result = await load.run({ url: `${server.ready.url}/api/me`, kind: 'me', argument: file, seconds })
    if (result.refused > 0) throw new Error(`${result.refused} requests were refused`)
    return result
  }
  progress('warming up')
  await readMe(quick ? 1 : 3)
  const measured = await interleave(
    quick ? 3 : 7,
    { me: () => readMe(seconds), hello: () => load.run({ url: hello.ready.url, kind: 'get', seconds }) },
    progress,
  )
  await server.stop()
  await hello.stop()
  const speed = (name) => measured[name].map(({ perSecond }) => perSecond)
  return [
    row({
      name: `GET /api/me, ${users.toLocaleString('en-US')} users / node:http hello`,
      value: median(speed('me')),
      unit: '/s',
      ratio: medianRatio(speed('me'), speed('hello')),
      bar: { min: 0.3 },
      note: `${Math.round(median(speed('hello')))}/s; p99 ${median(measured.me.map(({ p99 }) => p99)).toFixed(1)} ms`,
    }),
  ]
}
