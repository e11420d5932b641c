import type {
  DirectoryPage,
  DirectoryQueries,
  DirectorySearch,
  DirectoryTotals,
} from '../domain/directory.ts'
import { AppError } from '../domain/errors.ts'
import type { Database, Row, Statement } from '../domain/ports.ts'
import { USER_COLUMNS, type User } from '../domain/users.ts'
import { findStatement, needlesOf } from './directory-find.ts'
import { followStatements } from './directory-follow.ts'

/** What somebody who looks adds to the directory first: about 50 ms of work, and usually nothing. */
const FOLLOWED_BY_SEARCH = 2_000
const FOLLOWED_AT_ONCE = 250
/** How many of the newest changes are looked at directly when the directory is behind. */
const LOOKED_AT_MAX = 10_000
/** Pages of the search index that one step of forgetting rewrites. */
const FORGOTTEN_PAGES = 200

/** The directory on the tables `directory` and `user_search`. */
export function createDirectoryQueries(database: Database): DirectoryQueries {
  const follow = async (changes: number): Promise<boolean> => {
    for (let left = changes; left > 0; left -= FOLLOWED_AT_ONCE) {
      if (await followStep(database, Math.min(left, FOLLOWED_AT_ONCE))) return true
    }
    return false
  }
  return {
    follow,
    async find(search) {
      const needles = needlesOf(search.query)
      const isUpToDate = await follow(FOLLOWED_BY_SEARCH)
      const rows = await database.read(findStatement(search, needles, LOOKED_AT_MAX))
      return toPage(rows, search, isUpToDate)
    },
    async totals(today, days) {
      const isUpToDate = await follow(FOLLOWED_BY_SEARCH)
      const rows = await database.read(TOTALS)
      return toTotals(rows, today, days, isUpToDate)
    },
    forget: () => forgetStep(database),
  }
}

const PROGRESS: Statement = {
  sql: `SELECT p.revision AS revision, (SELECT max(revision) FROM changes) AS latest,
    EXISTS (SELECT 1 FROM directory) AS filled, EXISTS (SELECT 1 FROM users) AS inhabited
    FROM directory_progress p`,
  args: [],
}

/** One unit of following. Answers whether nothing is left to follow. */
async function followStep(database: Database, limit: number): Promise<boolean> {
  const progress = await database.readFirst(PROGRESS)
  const revision = Number(progress?.revision ?? 0)
  if (Number(progress?.latest ?? 0) <= revision) {
    // A database brought back from a copy without the directory: it is built up again from the start.
    if (progress?.filled === 1 || progress?.inhabited !== 1 || revision === 0) return true
    await startAgain(database, revision)
    return false
  }
  const last = await database.readFirst({
    sql: 'SELECT max(revision) AS upto FROM (SELECT revision FROM changes WHERE revision > ? ORDER BY revision LIMIT ?)',
    args: [revision, limit],
  })
  const upto = Number(last?.upto ?? revision)
  const outcome = await database.write({ statements: followStatements(revision, upto) })
  // `rows`: somebody else followed meanwhile. `unknown`: the next look at the progress tells.
  if (outcome.outcome === 'refused' && outcome.refusal.kind !== 'rows') {
    throw new Error(`the directory cannot follow: ${JSON.stringify(outcome)}`)
  }
  return outcome.outcome === 'done' && upto >= Number(progress?.latest)
}

async function startAgain(database: Database, revision: number): Promise<void> {
  await database.write({
    statements: [
      {
        sql: 'UPDATE directory_progress SET revision = 0 WHERE revision = ?',
        args: [revision],
        expectRows: 1,
      },
      { sql: `INSERT INTO user_search (user_search) VALUES ('delete-all')`, args: [] },
      { sql: 'DELETE FROM directory_totals', args: [] },
    ],
  })
}

function toPage(rows: readonly Row[], search: DirectorySearch, isUpToDate: boolean): DirectoryPage {
  // Twice there is only who changed while the directory was behind.
  const byKey = new Map(rows.map((row) => [Number(row.directory_key), row]))
  const found = [...byKey.entries()].sort(([left], [right]) => right - left)
  const users = found.slice(0, search.limit)
  return {
    users: users.map(([, row]) => toUser(row)),
    next_cursor: found.length > search.limit ? users.at(-1)?.[0] : undefined,
    complete: isUpToDate || (rows.length > 0 && rows.every((row) => row.directory_complete === 1)),
  }
}

function toUser(row: Row): User {
  const user = Object.fromEntries(USER_COLUMNS.map((name) => [name, row[name]]))
  return user as unknown as User // the columns of `users`, held by every writer
}

const TOTALS: Statement = { sql: 'SELECT kind, name, total FROM directory_totals WHERE total > 0', args: [] }

function toTotals(rows: readonly Row[], today: string, days: number, complete: boolean): DirectoryTotals {
  const of = (kind: string) =>
    rows
      .filter((row) => row.kind === kind)
      .map((row) => ({ name: String(row.name), users: Number(row.total) }))
  const tiers = of('tier').sort((left, right) => right.users - left.users)
  const byDay = new Map(of('day').map(({ name, users }) => [name, users]))
  return {
    users: tiers.reduce((sum, { users }) => sum + users, 0),
    tiers: tiers.map(({ name, users }) => ({ tier: name, users })),
    numbers: of('number').reduce((sum, { users }) => sum + users, 0),
    sign_ups: daysUpTo(today, days).map((day) => ({ day, users: byDay.get(day) ?? 0 })),
    complete,
  }
}

function daysUpTo(today: string, days: number): string[] {
  const end = Date.parse(`${today}T00:00:00Z`)
  if (Number.isNaN(end)) throw new AppError('invalid', 'That is no day.')
  return Array.from({ length: days }, (_, index) =>
    new Date(end - (days - 1 - index) * 86_400_000).toISOString().slice(0, 10),
  )
}

/**
 * A deleted row leaves its three-character groups in the segments of the index until those are merged. Merging a few
 * pages at a time, until no page changes any more, is what finally removes them.
 */
async function forgetStep(database: Database): Promise<boolean> {
  const progress = await database.readFirst({ sql: 'SELECT forgets FROM directory_progress', args: [] })
  if (progress?.forgets !== 1) return true
  const counted = { sql: 'SELECT total_changes() AS changes', args: [] }
  const outcome = await database.write({
    statements: [
      counted,
      { sql: `INSERT INTO user_search (user_search, rank) VALUES ('merge', ?)`, args: [-FORGOTTEN_PAGES] },
      counted,
    ],
  })
  if (outcome.outcome !== 'done') return false
  const [before, , after] = outcome.rows.map((rows) => Number(rows[0]?.changes ?? 0))
  // The documentation of FTS5: fewer than two changes mean that there was nothing to merge.
  if ((after ?? 0) - (before ?? 0) >= 2) return false
  await database.write({ statements: [{ sql: 'UPDATE directory_progress SET forgets = 0', args: [] }] })
  return true
}
