import { createDirectoryQueries } from '../../dist/database/directory.js'
import { openDatabase } from '../../dist/database/open.js'
import { row } from '../report.mjs'
import { seedUsers } from '../seed.mjs'
import { median } from '../statistics.mjs'

const PAGE_LENGTH = 50
const DEEP_PAGE = 1000
const STEP = 500

/** What an operator types; each is measured by itself. */
const SEARCHES = [
  ['everybody', {}],
  ['a tier', { tier: 'premium' }],
  ['in every address', { query: 'example.com' }],
  ['in every address, three characters', { query: 'com' }],
  ['in every address of a tier', { query: 'example', tier: 'premium' }],
  ['a rare tier', { query: 'example', tier: 'rare' }],
  ['one name', { query: 'alice' }],
  ['part of one address', { query: 'person99991@' }],
  ['digits of a number', { query: '5550017' }],
  ['nobody', { query: 'nobody-has-this' }],
  ['nobody, of common parts', { query: 'comexa' }],
]

/** Admin search by any part: first page and page 1,000, after the directory has followed the change log. */
export async function measure(bench) {
  const { quick, progress } = bench
  const users = quick ? 100_000 : 1_000_000
  const path = await seedUsers(bench, users)
  const database = await openDatabase({ url: `file:${path}`, migrate: true })
  try {
    const directory = createDirectoryQueries(database)
    const followed = await follow(directory, progress)
    const rows = [
      row({
        name: 'directory follows the change log',
        value: (users / followed.ms) * 1000,
        unit: '/s',
        note: `slowest step of ${STEP}: ${followed.slowest.toFixed(0)} ms`,
      }),
    ]
    for (const [name, search] of SEARCHES) {
      progress(name)
      const first = await timesOf(() => directory.find({ ...search, limit: PAGE_LENGTH }), quick)
      const cursor = await deepCursor(directory, search)
      const deep =
        cursor === undefined
          ? undefined
          : await timesOf(() => directory.find({ ...search, limit: PAGE_LENGTH, cursor }), quick)
      rows.push(pageRow(`search ${name}, first page`, first))
      if (deep !== undefined) rows.push(pageRow(`search ${name}, page 1,000`, deep))
    }
    const totals = await timesOf(() => directory.totals('2026-11-23', 30), quick)
    return [...rows, row({ name: 'overview totals', value: median(totals), unit: 'ms' })]
  } finally {
    await database.close()
  }
}

function pageRow(name, times) {
  return row({
    name,
    value: median(times),
    unit: 'ms',
    bar: { max: 50 },
    note: `slowest ${Math.max(...times).toFixed(1)} ms`,
  })
}

async function follow(directory, progress) {
  const start = performance.now()
  let slowest = 0
  for (let step = 0; ; step++) {
    const before = performance.now()
    const isDone = await directory.follow(STEP)
    slowest = Math.max(slowest, performance.now() - before)
    if (isDone) return { ms: performance.now() - start, slowest }
    if (step % 200 === 0) progress(`following, ${(step * STEP).toLocaleString('en-US')} changes`)
  }
}

/** The cursor of page 1,000, found by paging with long pages; undefined when there are not so many. */
async function deepCursor(directory, search) {
  let cursor
  for (let skipped = 0; skipped < (DEEP_PAGE - 1) * PAGE_LENGTH; skipped += 999 * 5) {
    const page = await directory.find({ ...search, limit: 999 * 5, ...(cursor !== undefined && { cursor }) })
    if (page.next_cursor === undefined) return undefined
    cursor = page.next_cursor
  }
  return cursor
}

async function timesOf(run, quick) {
  const times = []
  for (let round = 0; round < (quick ? 5 : 25); round++) {
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
  }
  return times
}
