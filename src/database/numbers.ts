import type {
  Candidate,
  NumberOwner,
  NumberPage,
  NumberQueries,
  NumberRoute,
  SpendLimits,
} from '../domain/number-queries.ts'
import {
  HOUR_MS,
  type LedgerNumber,
  NUMBER_STATES,
  type NumberState,
  USER_PURCHASES_MS,
} from '../domain/numbers.ts'
import type { Clock, Database, Row, SqlValue, Statement } from '../domain/ports.ts'
import { formatTimestamp } from '../domain/times.ts'
import { expectThat } from './guards.ts'
import { createNumberSweepQueries } from './number-sweeps.ts'
import { tombstoneHash } from './tombstones.ts'

const COLUMNS = `id, user_id, state, origin, e164, sid, tag, unsure, attempted_at, job_id, sms_status, wanted_at, active_at,
  grace_until, released_at, absent_since, last_error`
const HELD = `state IN ('buying', 'active', 'grace', 'releasing')`
const LIVE = `state IN ('wanted', 'buying', 'active', 'grace')`

// The one read that a call or text costs.
const ROUTE = `SELECT n.id AS number_id, n.state, n.user_id, u.id, u.phone, u.subscription_tier, u.persona
  FROM numbers n LEFT JOIN users u ON u.id = n.user_id WHERE n.e164 = ? AND n.${HELD}`

/** The ledger on the table `numbers`. */
export function createNumberQueries(database: Database, clock: Clock): NumberQueries {
  const first = (where: string, ...args: SqlValue[]): Promise<LedgerNumber | undefined> =>
    database.readFirst({ sql: `SELECT ${COLUMNS} FROM numbers WHERE ${where}`, args }).then(toNumber)
  const all = async (where: string, ...args: SqlValue[]): Promise<readonly LedgerNumber[]> =>
    // The columns have the shape of a LedgerNumber, held by the table's own checks.
    (await database.read({
      sql: `SELECT ${COLUMNS} FROM numbers WHERE ${where}`,
      args,
    })) as unknown as LedgerNumber[]
  return {
    find: (id) => first('id = ?', id),
    findLive: (userId) => first(`user_id = ? AND ${LIVE}`, userId),
    findByE164: (e164) => first(`e164 = ? AND ${HELD}`, e164),
    findRoute: (e164) => database.readFirst({ sql: ROUTE, args: [e164] }).then(toRoute),
    list: (page) => listPage(database, page),
    listForUser: (userId) => all('user_id = ? ORDER BY key DESC LIMIT 50', userId),
    async count() {
      const rows = await database.read({
        sql: 'SELECT state, count(*) AS total FROM numbers GROUP BY state',
        args: [],
      })
      const totals = new Map(rows.map((row) => [row.state, Number(row.total)]))
      return Object.fromEntries(NUMBER_STATES.map((state) => [state, totals.get(state) ?? 0])) as Record<
        NumberState,
        number
      >
    },
    async spending(now) {
      const sql = 'SELECT count(*) AS total FROM numbers WHERE attempted_at > ?'
      const since = async (ms: number) =>
        Number((await database.readFirst({ sql, args: [now - ms] }))?.total ?? 0)
      return { lastHour: await since(HOUR_MS), last30Days: await since(USER_PURCHASES_MS) }
    },
    findUsed: (e164s) => findUsed(database, e164s),
    ...purchaseStatements(clock),
    ...endStatements(),
    ...createNumberSweepQueries(database),
    learn(id, facts) {
      const entries = Object.entries(facts).filter(([, value]) => value !== undefined)
      if (entries.length === 0) throw new TypeError('nothing to learn')
      const assignments = entries.map(([name]) => `${LEARNT[name as keyof typeof facts]} = ?`).join(', ')
      const args = entries.map(([, value]) => value as SqlValue)
      return { sql: `UPDATE numbers SET ${assignments} WHERE id = ?`, args: [...args, id] }
    },
    claimAdopted: (id, sid, tag) => ({
      sql: `UPDATE numbers SET origin = 'bought', sid = ?, tag = ? WHERE id = ? AND state = 'active'`,
      args: [sid, tag, id],
    }),
    noteError: (id, reason) => ({
      sql: 'UPDATE numbers SET last_error = ? WHERE id = ?',
      args: [reason, id],
    }),
    enterLeak: ({ id, e164, sid, tag }) => ({
      sql: `INSERT INTO numbers (id, state, origin, e164, sid, tag, wanted_at, last_error)
        VALUES (?, 'releasing', 'bought', ?, ?, ?, ?, 'found at Twilio, and no live entry speaks of it')`,
      args: [id, e164, sid, tag, formatTimestamp(clock.now())],
    }),
  }
}

/** Names become SQL here, so only these may. */
const LEARNT = { sid: 'sid', sms_status: 'sms_status', absent_since: 'absent_since' } as const

function purchaseStatements(
  clock: Clock,
): Pick<
  NumberQueries,
  'want' | 'expectSpending' | 'saveCandidate' | 'noteAttempt' | 'settleAttempt' | 'dropCandidate' | 'activate'
> {
  return {
    want: (id, userId) => ({
      sql: `INSERT INTO numbers (id, user_id, state, origin, wanted_at) VALUES (?, ?, 'wanted', 'bought', ?)`,
      args: [id, userId, formatTimestamp(clock.now())],
    }),
    expectSpending: (now, userId, { perHourMax, perUserMax }: SpendLimits) => [
      expectThat('(SELECT count(*) FROM numbers WHERE attempted_at > ?) < ?', [now - HOUR_MS, perHourMax]),
      expectThat('(SELECT count(*) FROM numbers WHERE user_id = ? AND attempted_at > ?) < ?', [
        userId,
        now - USER_PURCHASES_MS,
        perUserMax,
      ]),
    ],
    saveCandidate: ({ id, e164, tag, now, job }: Candidate) =>
      moved(
        `UPDATE numbers SET state = 'buying', e164 = ?, tag = ?, unsure = 1, attempted_at = ?, job_id = ?, last_error = NULL
          WHERE id = ? AND state IN ('wanted', 'buying')`,
        [e164, tag, now, job.id, id],
      ),
    noteAttempt: (id, now) =>
      moved(`UPDATE numbers SET unsure = 1, attempted_at = ? WHERE id = ? AND state = 'buying'`, [now, id]),
    settleAttempt: (id) => moved(`UPDATE numbers SET unsure = 0 WHERE id = ? AND state = 'buying'`, [id]),
    dropCandidate: (id, reason) =>
      moved(
        `UPDATE numbers SET state = 'wanted', e164 = NULL, tag = NULL, unsure = 0, attempted_at = NULL, last_error = ?
          WHERE id = ? AND state = 'buying'`,
        [reason, id],
      ),
    activate: ({ id, sid, now }) =>
      moved(
        `UPDATE numbers SET state = 'active', sid = ?, unsure = 0, active_at = ?, last_error = NULL
          WHERE id = ? AND state = 'buying'`,
        [sid, formatTimestamp(now), id],
      ),
  }
}

function endStatements(): Pick<
  NumberQueries,
  'restore' | 'beginGrace' | 'abandon' | 'beginRelease' | 'finishRelease' | 'expectGraceOver'
> {
  return {
    restore: (id, now) =>
      moved(
        `UPDATE numbers SET state = 'active', active_at = ?, grace_until = NULL, last_error = NULL
          WHERE id = ? AND state = 'grace'`,
        [formatTimestamp(now), id],
      ),
    beginGrace: (id, until) =>
      moved(`UPDATE numbers SET state = 'grace', grace_until = ? WHERE id = ? AND state = 'active'`, [
        until,
        id,
      ]),
    abandon: (id, reason) =>
      moved(`UPDATE numbers SET state = 'abandoned', last_error = ? WHERE id = ? AND state = 'wanted'`, [
        reason,
        id,
      ]),
    beginRelease: (id, sid, reason) =>
      moved(
        `UPDATE numbers SET state = 'releasing', sid = coalesce(?, sid), grace_until = NULL, last_error = ?
          WHERE id = ? AND state IN ('buying', 'active', 'grace')`,
        [sid, reason, id],
      ),
    finishRelease: ({ id, e164 }, now, reason) => [
      // Nobody owns it any more, so nothing else would say that it was given to somebody.
      {
        sql: `INSERT INTO tombstones (hash, kind, closed_at) SELECT ?, 'number', ? FROM numbers
          WHERE id = ? AND user_id IS NULL AND sid IS NOT NULL ON CONFLICT DO NOTHING`,
        args: [tombstoneHash('number', e164 ?? ''), formatTimestamp(now), id],
      },
      moved(
        `UPDATE numbers SET state = CASE WHEN sid IS NULL AND origin = 'bought' THEN 'abandoned' ELSE 'released' END, released_at = ?,
            e164 = CASE WHEN user_id IS NULL THEN NULL ELSE e164 END, unsure = 0, last_error = ?
          WHERE id = ? AND state = 'releasing'`,
        [formatTimestamp(now), reason, id],
      ),
    ],
    expectGraceOver: (id, now) =>
      expectThat(`EXISTS (SELECT 1 FROM numbers WHERE id = ? AND state = 'grace' AND grace_until <= ?)`, [
        id,
        now,
      ]),
  }
}

/** Moves an entry on, from the state that the statement names, or not at all. */
function moved(sql: string, args: readonly SqlValue[]): Statement {
  return { sql, args, expectRows: 1 }
}

async function findUsed(database: Database, e164s: readonly string[]): Promise<ReadonlySet<string>> {
  if (e164s.length === 0) return new Set()
  const byHash = new Map(e164s.map((e164) => [tombstoneHash('number', e164), e164]))
  const rows = await database.read({
    sql: `SELECT n.e164 AS e164, NULL AS hash FROM json_each(?) asked JOIN numbers n ON n.e164 = asked.value
      UNION ALL SELECT NULL, t.hash FROM json_each(?) asked JOIN tombstones t ON t.hash = asked.value`,
    args: [JSON.stringify(e164s), JSON.stringify([...byHash.keys()])],
  })
  return new Set(rows.map((row) => String(row.e164 ?? byHash.get(String(row.hash)))))
}

async function listPage(database: Database, page: Parameters<NumberQueries['list']>[0]): Promise<NumberPage> {
  const { state, cursor = Number.MAX_SAFE_INTEGER, limit } = page
  const where = state === undefined ? '' : 'state = ? AND '
  const rows = await database.read({
    sql: `SELECT key, ${COLUMNS} FROM numbers WHERE ${where}key < ? ORDER BY key DESC LIMIT ?`,
    args: [...(state === undefined ? [] : [state]), cursor, limit + 1],
  })
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    numbers: shown.map(({ key: _, ...number }) => number as unknown as LedgerNumber),
    next_cursor: rows.length > limit && last !== undefined ? Number(last.key) : undefined,
  }
}

function toNumber(row: Row | undefined): LedgerNumber | undefined {
  return row as unknown as LedgerNumber | undefined
}

function toRoute(row: Row | undefined): NumberRoute | undefined {
  if (row === undefined) return undefined
  const { number_id, state, user_id, id, phone, subscription_tier, persona } = row
  // Columns of the two tables, checked by their writers. Without an owner every column of the join is NULL.
  const number = { id: number_id, state, user_id } as NumberRoute['number']
  const user = { id, phone, subscription_tier, persona } as NumberOwner
  return { number, user: id === null ? undefined : user }
}
