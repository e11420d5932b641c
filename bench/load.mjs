import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url))

/**
 * The program that makes the requests, always another process: wrk where it is installed, because it leaves more of the
 * machine to the server, else autocannon.
 *
 * `load.run({ url, kind, argument, connections, seconds })`: `kind` is `get` (argument unused), `sign-up` (argument: the
 * beginning of every email; each request has a new one), `me` (argument: a file with one token per line) or `signed`
 * (argument: a file with a signature of Twilio and its form per line). `rate`: so many a second at most, by autocannon.
 * Resolves to `{ perSecond, requests, refused, p50, p99 }`, times in milliseconds. Throws when a request got no answer.
 */
export function chooseLoad(name = process.env.BENCH_LOAD) {
  const isWrkThere = spawnSync('wrk', ['-v']).error === undefined
  const chosen = name ?? (isWrkThere ? 'wrk' : 'autocannon')
  const program = chosen === 'wrk' ? runWrk : runAutocannon
  return {
    name: chosen,
    async run(request) {
      // Loopback only, whatever a config says: this is a weapon.
      if (new URL(request.url).hostname !== '127.0.0.1') throw new Error('load goes to 127.0.0.1 only')
      // wrk knows no pace.
      const paced = request.rate === undefined ? program : runAutocannon
      const { errors, ...result } = await paced({ connections: 64, ...request })
      if (errors > 0) throw new Error(`${errors} requests to ${request.url} got no answer`)
      return result
    },
  }
}

async function runWrk({ url, kind, argument, connections, seconds }) {
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s']
  const { stdout } = await run('wrk', [...options, '-s', pathOf('./load.lua'), url, kind, argument ?? ''])
  const said = JSON.parse(stdout.slice(stdout.lastIndexOf('\n{')))
  return { ...said, perSecond: said.requests / said.seconds }
}

async function runAutocannon(request) {
  const { stdout } = await run(process.execPath, [
    pathOf('./children/autocannon.mjs'),
    JSON.stringify(request),
  ])
  return JSON.parse(stdout)
}
