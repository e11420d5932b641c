import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from '../children.mjs'
import { row } from '../report.mjs'
import { seedUsers } from '../seed.mjs'
import { interleave, median, medianRatio } from '../statistics.mjs'

/**
 * Lookups through the library on files with many users, beside a raw prepared statement of the driver and `@libsql/client`
 * on the same file. Each way has a process of its own, as a user of it would.
 */
export async function measure(bench) {
  const sizes = bench.quick ? [10_000, 100_000] : [100_000, 1_000_000]
  return measureSizes(bench, sizes)
}

/** The last size is the one that the bars are about; the one before it is what it is compared with. */
export async function measureSizes(bench, sizes) {
  const { quick, progress } = bench
  const rounds = quick ? 3 : 9
  const seconds = quick ? 0.3 : 1
  const ways = ['library', 'raw', 'client']
  const children = {}
  for (const users of sizes) {
    const path = await seedUsers(bench, users)
    for (const way of ways)
      children[`${way} ${users}`] = await startLookups(bench.folder, { way, path, users })
  }
  const results = {}
  for (const by of ['email', 'number']) {
    const cases = Object.fromEntries(
      Object.entries(children).map(([name, child]) => [
        name,
        (round) => child.ask({ by, seconds, seed: round + 1, timed: false }),
      ]),
    )
    const timed = Object.fromEntries(
      Object.entries(children).map(([name, child]) => [
        name,
        (round) => child.ask({ by, seconds, seed: round + 1, timed: true }),
      ]),
    )
    for (const [name, child] of Object.entries(children)) {
      progress(`warming up ${name} by ${by}`)
      await child.ask({ by, seconds, seed: 0, timed: false })
    }
    const speeds = await interleave(rounds, cases, (text) => progress(`by ${by}, ${text}`))
    const times = await interleave(Math.min(rounds, 5), timed, (text) => progress(`times by ${by}, ${text}`))
    results[by] = { speeds, times }
  }
  for (const child of Object.values(children)) await child.stop()
  return Object.entries(results).flatMap(([by, measured]) => rowsOf(by, sizes, measured))
}

async function startLookups(folder, options) {
  const cwd = join(folder, `lookup-${options.users}`)
  mkdirSync(cwd, { recursive: true })
  writeFileSync(join(cwd, 'config.toml'), `[database]\nurl = "file:${options.path}"\n`)
  return startChild('lookups', options, { cwd, env: { XSWARM_CONFIG: '', XSWARM_ENVIRONMENT: '' } })
}

function rowsOf(by, sizes, { speeds, times }) {
  const most = sizes.at(-1)
  const fewer = sizes.at(-2)
  const speed = (way, users) => speeds[`${way} ${users}`].map(({ perSecond }) => perSecond)
  const p99 = (way) => times[`${way} ${most}`].map(({ p99 }) => p99)
  const value = median(speed('library', most))
  const unit = '/s'
  const of = `lookup by ${by}, ${most.toLocaleString('en-US')} users`
  const against = (way) => medianRatio(speed('library', most), speed(way, most))
  return [
    row({
      name: `${of} / raw libsql statement`,
      value,
      unit,
      ratio: against('raw'),
      bar: { min: 0.8 },
      note: `${Math.round(median(speed('raw', most)))}/s`,
    }),
    row({
      name: `${of} / @libsql/client`,
      value,
      unit,
      ratio: against('client'),
      bar: { min: 4 },
      note: `${Math.round(median(speed('client', most)))}/s`,
    }),
    row({
      name: `${of}, raw p99 / our p99`,
      value: median(p99('library')) * 1000,
      unit: 'µs',
      ratio: medianRatio(p99('raw'), p99('library')),
      bar: { min: 0.8 },
      note: `raw ${(median(p99('raw')) * 1000).toFixed(1)} µs`,
    }),
    ...(fewer === undefined
      ? []
      : [
          row({
            name: `lookup by ${by}, ${fewer.toLocaleString('en-US')} users / ${most.toLocaleString('en-US')}`,
            value: median(speed('library', fewer)),
            unit,
            ratio: medianRatio(speed('library', fewer), speed('library', most)),
            bar: { max: 1.5 },
          }),
        ]),
  ]
}
