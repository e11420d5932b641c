import type { HeldNumber, NumberlessUser } from '../domain/number-audit.ts'
import type { NumberQueries } from '../domain/number-queries.ts'
import type { LedgerNumber } from '../domain/numbers.ts'
import type { Database } from '../domain/ports.ts'
import { formatTimestamp } from '../domain/times.ts'
import { TIERS } from '../domain/users.ts'

type SweepQueries = Pick<
  NumberQueries,
  | 'listHeld'
  | 'listNumberless'
  | 'findMismatches'
  | 'findIdle'
  | 'setGraceEnds'
  | 'findPause'
  | 'pause'
  | 'endPause'
>

/** A job is on its way, or was given up and waits for an operator: either way the sweep leaves it alone. */
const NO_JOB = (name: string, key: string) =>
  `NOT EXISTS (SELECT 1 FROM jobs j WHERE j.name = '${name}' AND j.key = ${key})`

/** What the sweep looks for. Each part reads a partial index that holds little more than what it finds. */
export function createNumberSweepQueries(database: Database): SweepQueries {
  return {
    async listHeld(after, limit) {
      const sql = `SELECT n.*, u.subscription_tier AS tier, u.stripe_customer_id, u.xswarm_phone
        FROM numbers n LEFT JOIN users u ON u.id = n.user_id
        WHERE n.id > ? AND n.state IN ('buying', 'active', 'grace', 'releasing') ORDER BY n.id LIMIT ?`
      // The columns have the shape of a HeldNumber, held by the table's own checks.
      return (await database.read({ sql, args: [after, limit] })) as unknown as HeldNumber[]
    },
    async listNumberless(tiers, after, limit) {
      const sql = `${tiers.map(numberless).join('\nUNION ALL ')} ORDER BY user_id LIMIT ?`
      const args = [...tiers.map(() => after), limit]
      return tiers.length === 0 ? [] : ((await database.read({ sql, args })) as unknown as NumberlessUser[])
    },
    async findMismatches(tiers, limit) {
      const sql = `${mismatches(tiers).join('\nUNION ')} LIMIT ?`
      const rows = await database.read({ sql, args: [limit] })
      return rows.map((row) => ({ user_id: String(row.user_id) }))
    },
    async findIdle(now, limit) {
      const sql = `SELECT id, state FROM numbers n
        WHERE (state IN ('wanted', 'buying') AND ${NO_JOB('buy-number', 'n.id')}
            OR (state = 'releasing' OR state = 'grace' AND grace_until <= ?) AND ${NO_JOB('release-number', 'n.id')})
          AND state IN ('wanted', 'buying', 'grace', 'releasing') LIMIT ?`
      return (await database.read({ sql, args: [now, limit] })) as unknown as Pick<
        LedgerNumber,
        'id' | 'state'
      >[]
    },
    setGraceEnds: (until) => ({
      sql: `UPDATE numbers SET grace_until = ? WHERE state = 'grace' AND grace_until IS NULL`,
      args: [until],
    }),
    async findPause() {
      const row = await database.readFirst({
        sql: 'SELECT until, reason, since FROM telephony_pause',
        args: [],
      })
      if (row === undefined) return undefined
      return { until: Number(row.until), reason: String(row.reason), since: String(row.since) }
    },
    pause: (until, reason, now) => ({
      sql: `INSERT INTO telephony_pause (only_one, until, reason, since) VALUES (1, ?, ?, ?)
        ON CONFLICT (only_one) DO UPDATE SET until = excluded.until, reason = excluded.reason`,
      args: [until, reason, formatTimestamp(now)],
    }),
    endPause: () => ({ sql: 'DELETE FROM telephony_pause', args: [] }),
  }
}

function numberless(tier: string): string {
  return `SELECT u.id AS user_id, u.subscription_tier AS tier, u.stripe_customer_id,
      (SELECT n.state FROM numbers n WHERE n.user_id = u.id AND n.state IN ('wanted', 'buying', 'grace')) AS state,
      EXISTS (SELECT 1 FROM jobs j WHERE j.name = 'provision-number' AND j.key = u.id
        AND j.state IN ('waiting', 'running')) AS is_asked,
      (SELECT j.last_error FROM jobs j WHERE j.state = 'failed' AND (j.name = 'provision-number' AND j.key = u.id
        OR j.name = 'buy-number' AND j.key = (SELECT n.id FROM numbers n
          WHERE n.user_id = u.id AND n.state IN ('wanted', 'buying')))) AS failure
    FROM users u WHERE ${hasTierAndNoNumber(tier)} AND u.id > ?`
}

function hasTierAndNoNumber(tier: string): string {
  const condition = `u.subscription_tier = '${tier}'`
  return `u.xswarm_phone IS NULL AND ${tier === 'free' ? condition : `u.subscription_tier <> 'free' AND ${condition}`}`
}

/**
 * The tiers are ours, never a person's words, so they may stand in the text: only then the partial indexes apply. What is
 * usual - free without a number, premium with one - needs no look at everybody.
 */
function mismatches(tiers: readonly string[]): string[] {
  const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ')
  const without = TIERS.filter((tier) => !tiers.includes(tier))
  const isWaiting = `EXISTS (SELECT 1 FROM numbers n WHERE n.user_id = u.id AND n.state IN ('wanted', 'buying'))`
  const noJob = NO_JOB('provision-number', 'u.id')
  const lacks = (tier: string) => `SELECT u.id AS user_id FROM users u
    WHERE ${hasTierAndNoNumber(tier)}
      AND NOT ${isWaiting} AND ${noJob}`
  // One that was set by hand stays, whatever the tier, until a hand or the end of a subscription takes it away.
  const owns = (
    tier: string,
  ) => `SELECT u.id FROM users u JOIN numbers n ON n.user_id = u.id AND n.state = 'active'
    WHERE u.xswarm_phone IS NOT NULL AND u.subscription_tier = '${tier}' AND n.origin = 'bought' AND ${noJob}`
  const waitsInVain = `SELECT u.id FROM numbers n JOIN users u ON u.id = n.user_id
    WHERE n.state IN ('wanted', 'buying') AND u.subscription_tier IN (${quoted(without)}) AND ${noJob}`
  return [...tiers.map(lacks), ...without.map(owns), ...(without.length > 0 ? [waitsInVain] : [])]
}
