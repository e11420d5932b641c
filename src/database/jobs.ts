import { AppError } from '../domain/errors.ts'
import type { JobQueries } from '../domain/job-queries.ts'
import type { ClaimedJob, JobRecord, JobState, NewJob } from '../domain/jobs.ts'
import type { Clock, Database, Row, Statement } from '../domain/ports.ts'
import { formatTimestamp } from '../domain/times.ts'
import { expectThat } from './guards.ts'
import {
  CLAIM,
  ENQUEUE,
  FAIL,
  FINISH,
  FORGET_DONE,
  HEARTBEAT,
  NEXT_DUE,
  RECORD,
  RETRY,
  RETRY_LATER,
} from './job-statements.ts'

/** Old rows go a few at a time, so that cleaning up never holds the writer for long. */
export const FORGOTTEN_JOBS_AT_ONCE = 500

/** The durable queue on the table `jobs`. */
export function createJobQueries(database: Database, clock: Clock): JobQueries {
  /** Runs one unit and answers what its first statement returned. */
  const write = async (...statements: Statement[]): Promise<readonly Row[]> => {
    const outcome = await database.write({ statements })
    if (outcome.outcome === 'done') return outcome.rows[0] ?? []
    const cause = outcome.outcome === 'unknown' ? outcome.cause : outcome.refusal
    throw new AppError('unavailable', 'The job queue could not be written.', { cause })
  }
  const held = async (...statements: Statement[]): Promise<boolean> =>
    (await write(...statements)).length === 1

  return {
    enqueue: (job) => enqueueStatement(job, clock.now()),
    async nextDueAt() {
      const row = await database.readFirst({ sql: NEXT_DUE, args: [] })
      return typeof row?.due === 'number' ? row.due : undefined
    },
    async claim(worker, leaseMs, limit) {
      const now = clock.now()
      const args = [now + leaseMs, worker, now, limit, now, limit, now, limit, limit]
      const rows = await write({ sql: CLAIM, args })
      // RETURNING promises no order.
      const order = (row: Row) => [-Number(row.urgent), Number(row.id)] as const
      return [...rows].sort((a, b) => order(a)[0] - order(b)[0] || order(a)[1] - order(b)[1]).map(toClaimed)
    },
    async heartbeat(jobs, leaseMs) {
      const until = clock.now() + leaseMs
      const statements = jobs.map((job) => ({ sql: HEARTBEAT, args: [until, job.id, job.fence] }))
      const outcome = await database.write({ statements })
      if (outcome.outcome !== 'done') throw new AppError('unavailable', 'The leases could not be prolonged.')
      return new Set(outcome.rows.flat().map((row) => Number(row.id)))
    },
    finish({ id, fence, wanted }) {
      const now = clock.now()
      const args = [wanted, wanted, wanted, formatTimestamp(now), now, id, fence]
      return held({ sql: FINISH, args }, { sql: FORGET_DONE, args: [id] })
    },
    retryLater: ({ id, fence }, runAt, reason, isFree = false) =>
      held({ sql: RETRY_LATER, args: [runAt, reason, isFree ? 1 : 0, id, fence] }),
    fail({ id, fence, wanted }, reason) {
      const now = clock.now()
      const args = [wanted, wanted, wanted, wanted, formatTimestamp(now), now, reason, id, fence]
      return held({ sql: FAIL, args })
    },
    expectHeld: ({ id, fence }) =>
      expectThat(`EXISTS (SELECT 1 FROM jobs WHERE id = ? AND fence = ? AND state = 'running')`, [id, fence]),
    ...operatorQueries(database, clock, write),
    forgetOld: () => forgetStatement(clock.now()),
  }
}

/** Written out, because only then a partial index applies. */
const IN_STATE = {
  waiting: `state = 'waiting' AND`,
  running: `state = 'running' AND`,
  failed: `state = 'failed' AND`,
  done: `state = 'done' AND`,
} as const satisfies Record<JobState, string>

const IS_DUE = `SELECT 1 FROM jobs WHERE name = ? AND key = ?
  AND (state = 'running' OR (state = 'waiting' AND run_at <= ?))`

type OperatorQueries = Pick<JobQueries, 'isDue' | 'find' | 'list' | 'listForUser' | 'retry' | 'state'>

/** What operators and `/metrics` ask for. */
function operatorQueries(
  database: Database,
  clock: Clock,
  write: (statement: Statement) => Promise<readonly Row[]>,
): OperatorQueries {
  const find = async (id: number): Promise<JobRecord | undefined> => {
    const row = await database.readFirst({ sql: `SELECT ${RECORD} FROM jobs WHERE id = ?`, args: [id] })
    return row === undefined ? undefined : toRecord(row)
  }
  return {
    async isDue(name, key) {
      const args = [name, key, clock.now()]
      return (await database.readFirst({ sql: IS_DUE, args })) !== undefined
    },
    find,
    async list({ state, cursor, limit }) {
      const where = state === undefined ? '' : IN_STATE[state]
      const sql = `SELECT ${RECORD} FROM jobs WHERE ${where} id < ? ORDER BY id DESC LIMIT ?`
      return (await database.read({ sql, args: [cursor ?? Number.MAX_SAFE_INTEGER, limit] })).map(toRecord)
    },
    async listForUser(userId, limit) {
      const sql = `SELECT ${RECORD} FROM jobs WHERE user_id = ? ORDER BY id DESC LIMIT ?`
      return (await database.read({ sql, args: [userId, limit] })).map(toRecord)
    },
    async retry(id) {
      const [row] = await write({ sql: RETRY, args: [clock.now(), id] })
      if (row !== undefined) return toRecord(row)
      const job = await find(id)
      if (job === undefined) throw new AppError('not-found', `There is no job ${id}.`)
      if (job.state !== 'failed') {
        throw new AppError('conflict', `Job ${id} is ${job.state}; only a failed job can be retried.`)
      }
      const message = `Job ${id} cannot be retried: its content was personal or secret and went when it failed.`
      throw new AppError('conflict', message)
    },
    async state() {
      const sql = `SELECT (SELECT count(*) FROM jobs WHERE state = 'waiting') AS waiting,
        (SELECT count(*) FROM jobs WHERE state = 'running') AS running,
        (SELECT count(*) FROM jobs WHERE state = 'failed') AS failed, (${NEXT_DUE}) AS due`
      const row = await database.readFirst({ sql, args: [] })
      const due = typeof row?.due === 'number' ? row.due : Number.POSITIVE_INFINITY
      return {
        waiting: Number(row?.waiting ?? 0),
        running: Number(row?.running ?? 0),
        failed: Number(row?.failed ?? 0),
        oldestDueMs: Math.max(0, clock.now() - due),
      }
    },
  }
}

/** Whether a statement puts a job into the queue: then the worker of this process need not wait for its next look. */
export function isEnqueue(statement: Statement): boolean {
  return statement.sql === ENQUEUE
}

function enqueueStatement(job: NewJob, now: number): Statement {
  const { name, payload, key, user_id, run_at, urgent, expires_at, kept_until } = job
  if (kept_until !== undefined && key === undefined) throw new TypeError('kept_until needs a key to keep')
  return {
    sql: ENQUEUE,
    args: [
      name,
      key ?? null,
      user_id ?? null,
      JSON.stringify(payload),
      urgent === true ? 1 : 0,
      run_at ?? now,
      expires_at ?? null,
      kept_until ?? null,
      formatTimestamp(now),
      now,
    ],
  }
}

function forgetStatement(now: number): Statement {
  return {
    sql: `DELETE FROM jobs WHERE id IN (
        SELECT id FROM jobs WHERE state = 'done' AND kept_until <= ? ORDER BY kept_until LIMIT ?) RETURNING id`,
    args: [now, FORGOTTEN_JOBS_AT_ONCE],
  }
}

function toClaimed(row: Row): ClaimedJob {
  return {
    id: Number(row.id),
    name: String(row.name),
    key: row.key,
    user_id: row.user_id,
    payload: JSON.parse(String(row.payload)),
    fence: Number(row.fence),
    wanted: Number(row.wanted),
    attempts: Number(row.attempts),
    expires_at: row.expires_at,
    created_at: String(row.created_at),
    // Written by enqueueStatement from a NewJob; the worker refuses a name it does not know.
  } as ClaimedJob
}

function toRecord(row: Row): JobRecord {
  const runAt = row.run_at
  // The other columns have the shape of a JobRecord, held by the table's own checks.
  return {
    ...(row as unknown as JobRecord),
    run_at: typeof runAt === 'number' ? formatTimestamp(runAt) : null,
  }
}
