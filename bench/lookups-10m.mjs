/** Lookups with 10,000,000 users beside 1,000,000: `npm run bench:10m`. Takes its time and about ten gigabytes of disk. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureSizes } from './measures/lookup.mjs'
import { printTable } from './report.mjs'

const folder = mkdtempSync(join(tmpdir(), 'xswarm-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

const progress = (text) => process.stderr.write(`${text}\n`)
const rows = await measureSizes({ folder, quick: false, progress }, [1_000_000, 10_000_000])
process.stdout.write(`${printTable(rows)}\n`)
