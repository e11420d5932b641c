import { AppError } from '../domain/errors.ts'
import { type Count, limitKey, limitsOf, type RateLimits } from '../domain/limits.ts'
import type { Clock, Database, Statement } from '../domain/ports.ts'
import type { ProjectConfig } from '../domain/project.ts'

const FORGOTTEN_AT_ONCE = 500

/**
 * The generic cell rate algorithm in one statement: `full_at` is when the allowance is whole again. Each count moves it
 * by the time that one takes to grow back; it may never be further away than all of them together. No row is touched
 * when it would be, which the guard behind it turns into a refusal. One row per subject, no history, nothing to scan.
 */
const TAKE = `INSERT INTO rate_limits (key, full_at) VALUES (?, ?)
  ON CONFLICT (key) DO UPDATE SET full_at = max(full_at, ?) + ?
  WHERE max(full_at, ?) + ? <= ?`

/** Counts in the database, so that restarting or asking another process helps nobody. */
export function createRateLimits(
  database: Database,
  clock: Clock,
  config: Pick<ProjectConfig, 'limits'>,
): RateLimits {
  const limits = limitsOf(config)

  // Rounded down: rounded up, the last one of those promised would be refused.
  const stepOf = ({ rule }: Count): number =>
    Math.max(1, Math.floor(limits[rule].withinMs / limits[rule].times))

  const takeStatement = (count: Count, now: number): Statement => {
    const step = stepOf(count)
    const latest = now + limits[count.rule].withinMs
    return {
      sql: TAKE,
      args: [limitKey(count), now + step, now, step, now, step, latest],
      expectRows: 1,
    }
  }

  const waitSeconds = async (count: Count, now: number): Promise<number> => {
    const sql = 'SELECT full_at FROM rate_limits WHERE key = ?'
    const row = await database.readFirst({ sql, args: [limitKey(count)] })
    const freeAt = Number(row?.full_at ?? now) + stepOf(count) - limits[count.rule].withinMs
    return Math.max(1, Math.ceil((freeAt - now) / 1000))
  }

  const take = async (...counts: readonly Count[]): Promise<number | undefined> => {
    if (!config.limits.enabled || counts.length === 0) return undefined
    const now = clock.now()
    const outcome = await database.write({ statements: counts.map((count) => takeStatement(count, now)) })
    if (outcome.outcome === 'done') return undefined
    // Closed when in doubt: whoever can make answers get lost must not get rid of the limits that way.
    if (outcome.outcome === 'unknown')
      throw new AppError('unavailable', 'The service cannot answer right now. Try again in a moment.', {
        cause: outcome.cause,
      })
    const refused = counts[outcome.statement]
    if (refused === undefined || outcome.refusal.kind !== 'rows')
      throw new Error(`counting was refused: ${JSON.stringify(outcome)}`)
    return waitSeconds(refused, now)
  }

  return {
    take,
    async demand(...counts) {
      const seconds = await take(...counts)
      if (seconds !== undefined) throw tooOften(seconds)
    },
    giveBack: (count) =>
      config.limits.enabled
        ? [
            {
              sql: 'UPDATE rate_limits SET full_at = full_at - ? WHERE key = ?',
              args: [stepOf(count), limitKey(count)],
            },
          ]
        : [],
    forgetOld: (now) => ({
      sql: `DELETE FROM rate_limits WHERE key IN (
          SELECT key FROM rate_limits WHERE full_at <= ? ORDER BY full_at LIMIT ?) RETURNING key`,
      args: [now, FORGOTTEN_AT_ONCE],
    }),
  }
}

function tooOften(seconds: number): AppError {
  const minutes = Math.ceil(seconds / 60)
  const when = seconds < 90 ? `${seconds} seconds` : `${minutes} minutes`
  return new AppError('too-often', `Too many attempts from here. Try again in ${when}.`, {
    retryAfterSeconds: seconds,
  })
}
