import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { row } from '../report.mjs'
import { interleave, median } from '../statistics.mjs'

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url))

/** loadConfig() in a fresh process, and the CPU that `xswarm --help` takes more than a `node -e 0`. */
export async function measure({ folder, quick, progress }) {
  const cwd = join(folder, 'start')
  mkdirSync(cwd)
  cpSync(pathOf('../../config.toml'), join(cwd, 'config.toml'))
  const cases = {
    'loadConfig()': () => Number(run([pathOf('../children/load-config.mjs')], cwd).stdout),
    'node -e 0': () => cpuMs(['-e', '0'], cwd),
    'xswarm --help': () => cpuMs([pathOf('../../dist/cli/main.js'), '--help'], cwd),
  }
  for (const once of Object.values(cases)) once() // files into the cache of the system
  const measured = await interleave(quick ? 5 : 15, cases, progress)
  const node = measured['node -e 0']
  const more = median(measured['xswarm --help'].map((ms, round) => ms - node[round]))
  return [
    row({
      name: 'loadConfig(), first call after import',
      value: median(measured['loadConfig()']),
      unit: 'ms',
      bar: { max: 5 },
    }),
    row({
      name: 'xswarm --help, CPU more than node -e 0',
      value: more,
      unit: 'ms',
      bar: { max: 40 },
      note: `node -e 0: ${median(node).toFixed(0)} ms`,
    }),
  ]
}

/** User and system time of a whole process, which says so itself at its end. */
function cpuMs(args, cwd) {
  return Number(run(['--require', pathOf('../children/cpu-at-exit.cjs'), ...args], cwd).output[3])
}

function run(args, cwd) {
  const env = { ...process.env, XSWARM_CONFIG: '', XSWARM_ENVIRONMENT: '' }
  const done = spawnSync(process.execPath, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
  if (done.status !== 0) throw new Error(`node ${args.join(' ')}: ${done.stderr}`)
  return done
}
