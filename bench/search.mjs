/**
 * Admin search by any part, on a file with many users: `node bench/search.mjs [users] [rounds]`. Seeds through the real
 * migrations and triggers, lets the directory follow, then measures first and thousandth pages. Prints a table.
 * Run `npm run build` before: it measures what is in dist/.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDirectoryQueries } from '../dist/database/directory.js'
import { openDatabase } from '../dist/database/open.js'

const users = Number(process.argv[2] ?? 200_000)
const rounds = Number(process.argv[3] ?? 25)
const pageLength = 50

const folder = mkdtempSync(join(tmpdir(), 'xswarm-bench-search-'))
const database = await openDatabase({ url: `file:${join(folder, 'search.db')}`, migrate: true })
try {
  await report()
} finally {
  await database.close()
  rmSync(folder, { recursive: true, force: true })
}

async function report() {
  const seeded = await timed(() => seed(users))
  const directory = createDirectoryQueries(database)
  let slowest = 0
  const followed = await timed(async () => {
    for (;;) {
      const step = await timed(() => directory.follow(500))
      slowest = Math.max(slowest, step.ms)
      if (step.value) return
    }
  })
  const rows = [
    ['seed', `${users} users`, `${perSecond(users, seeded.ms)} users/s`],
    ['follow', `slowest step of 500: ${slowest.toFixed(0)} ms`, `${perSecond(users, followed.ms)} users/s`],
  ]
  const cases = [
    ['everybody', {}],
    ['a tier', { tier: 'premium' }],
    ['in every address', { query: 'example.com' }],
    ['in every address, three characters', { query: 'com' }],
    ['in every address of a tier', { query: 'example', tier: 'premium' }],
    ['a rare tier', { query: 'example', tier: 'rare' }],
    ['one name', { query: 'alice' }],
    ['part of one address', { query: `person${users - 7}@` }],
    ['digits of a number', { query: '5550017' }],
    ['nobody', { query: 'nobody-has-this' }],
    ['nobody, common parts', { query: 'comexa' }],
  ]
  for (const [name, search] of cases) {
    const first = await median(() => directory.find({ ...search, limit: pageLength }))
    const deep = await deepCursor(directory, search)
    const thousandth =
      deep === undefined
        ? undefined
        : await median(() => directory.find({ ...search, limit: pageLength, cursor: deep }))
    rows.push([
      name,
      `first page ${first.toFixed(2)} ms`,
      thousandth === undefined ? '' : `page 1,000 ${thousandth.toFixed(2)} ms`,
    ])
  }
  const totals = await median(() => directory.totals('2026-11-23', 30))
  rows.push(['overview totals', `${totals.toFixed(2)} ms`, ''])
  for (const row of rows)
    process.stdout.write(`${row.map((cell, i) => (i < 2 ? cell.padEnd(40) : cell)).join('')}\n`)
}

/** The cursor of a page far down, found by paging with long pages as fast as they come. */
async function deepCursor(directory, search) {
  let cursor
  const pages = Math.min(1000, Math.floor(users / pageLength) - 1)
  for (let skipped = 0; skipped < pages * pageLength; skipped += 5000) {
    const page = await directory.find({ ...search, limit: 5000, ...(cursor && { cursor }) })
    if (page.next_cursor === undefined) return undefined
    cursor = page.next_cursor
  }
  return cursor
}

async function seed(count) {
  const names = ['alice', 'bob', 'carol', 'dave', 'person', 'frank', 'grace', 'heidi']
  const sql = `INSERT INTO users (id, email, phone, xswarm_email, xswarm_phone, subscription_tier) VALUES (?, ?, ?, ?, ?, ?)`
  for (let start = 0; start < count; start += 1000) {
    const statements = []
    for (let n = start; n < Math.min(start + 1000, count); n++) {
      const name = n % 97 === 0 ? names[n % names.length] : 'person'
      const number = String(n).padStart(8, '0')
      const tier = n === 12_345 ? 'rare' : n % 5 === 0 ? 'premium' : 'free'
      statements.push({
        sql,
        args: [
          `u-${n}`,
          `${name}${n}@example.com`,
          `+1555${number.slice(-7)}`,
          `${name}${n}x@xswarm.ai`,
          n % 5 === 0 ? `+1800${number.slice(-7)}` : null,
          tier,
        ],
      })
    }
    const outcome = await database.write({ statements })
    if (outcome.outcome !== 'done') throw new Error(JSON.stringify(outcome))
  }
}

async function median(run) {
  const times = []
  for (let round = 0; round < rounds; round++) times.push((await timed(run)).ms)
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]
}

async function timed(run) {
  const start = performance.now()
  const value = await run()
  return { value, ms: performance.now() - start }
}

function perSecond(count, ms) {
  return Math.round((count / ms) * 1000)
}
