/**
 * The benchmarks: `npm run bench -- [--only NAME]... [--quick] [--json] [--strict]`. What each measures and how stands in
 * docs/BENCHMARKS.md. It measures what is in dist/. The table goes to standard output, progress to standard error,
 * everything measured to bench/results/. With --strict a missed bar ends it with 1.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chooseLoad } from './load.mjs'
import { machine, printTable } from './report.mjs'

/** In the order that they use what was seeded: the search follows the change log of the same file at last. */
const MEASURES = {
  start: () => import('./measures/start.mjs'),
  'sign-up': () => import('./measures/sign-up.mjs'),
  webhook: () => import('./measures/webhook.mjs'),
  memory: () => import('./measures/memory.mjs'),
  'sign-in': () => import('./measures/sign-in.mjs'),
  streams: () => import('./measures/streams.mjs'),
  lookup: () => import('./measures/lookup.mjs'),
  me: () => import('./measures/me.mjs'),
  call: () => import('./measures/call.mjs'),
  search: () => import('./measures/search.mjs'),
}

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
  },
})
const unknown = options.only.filter((name) => !Object.hasOwn(MEASURES, name))
if (unknown.length > 0) {
  process.stderr.write(`unknown: ${unknown.join(', ')}. There are ${Object.keys(MEASURES).join(', ')}.\n`)
  process.exit(2)
}

const folder = mkdtempSync(join(tmpdir(), 'xswarm-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

const startedWith = loadavg()[0]
const load = chooseLoad()
const rows = []
for (const name of Object.keys(MEASURES)) {
  if (options.only.length > 0 && !options.only.includes(name)) continue
  const { measure } = await MEASURES[name]()
  const progress = (text) => process.stderr.write(`${name}: ${text} (load ${loadavg()[0].toFixed(1)})\n`)
  rows.push(...(await measure({ folder, quick: options.quick, load, progress })))
}

const facts = machine({ before: startedWith, after: loadavg()[0] })
const document = { at: new Date().toISOString(), quick: options.quick, load: load.name, machine: facts, rows }
const results = new URL('./results/', import.meta.url)
mkdirSync(results, { recursive: true })
writeFileSync(
  new URL(`${document.at.replaceAll(/[:.]/g, '-')}.json`, results),
  `${JSON.stringify(document, null, 2)}\n`,
)
if (options.json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
else {
  const { cpu, cores, memory_gb, system, node } = facts
  process.stdout.write(`${cpu}, ${cores} cores, ${memory_gb} GB, ${system}, Node ${node}; `)
  process.stdout.write(`load ${facts.load.before.toFixed(1)} before, ${facts.load.after.toFixed(1)} after; `)
  process.stdout.write(
    `requests made by ${load.name}${options.quick ? '; QUICK, figures mean little' : ''}\n\n`,
  )
  process.stdout.write(`${printTable(rows)}\n`)
}
if (options.strict && rows.some(({ met }) => met === false)) process.exitCode = 1
