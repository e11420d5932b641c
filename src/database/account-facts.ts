import type { AccountFacts } from '../domain/account.ts'
import type { Database } from '../domain/ports.ts'
import { monthOf } from '../domain/usage.ts'
import type { User } from '../domain/users.ts'

// One row, whatever there is of it: every look at an account costs this one read besides the user's.
const FACTS = `SELECT
    (SELECT units FROM usage_totals WHERE user_id = ?1 AND month = ?2 AND kind = 'voice') AS voice,
    (SELECT units FROM usage_totals WHERE user_id = ?1 AND month = ?2 AND kind = 'sms') AS sms,
    s.status, s.period_end, s.ends_at, s.past_due_since, s.payment_url
  FROM (SELECT 1) LEFT JOIN subscriptions s ON s.id = ?3`

/** What an account shows beyond the user's row: usage of this month, and the subscription that counts. */
export function createReadAccountFacts(
  database: Database,
): (user: User, now: number) => Promise<AccountFacts> {
  return async ({ id, stripe_subscription_id }, now) => {
    const row = await database.readFirst({
      sql: FACTS,
      args: [id, monthOf(now), stripe_subscription_id ?? ''],
    })
    const { voice, sms, status, ...subscription } = row ?? {}
    return {
      voice: Number(voice ?? 0),
      sms: Number(sms ?? 0),
      // The columns of a mirrored subscription, held by the table's checks.
      subscription:
        status == null ? undefined : ({ status, ...subscription } as AccountFacts['subscription']),
    }
  }
}
