import type { AccountFacts } from '../domain/account.ts'
import type { Database } from '../domain/ports.ts'
import { monthOf } from '../domain/usage.ts'
import type { User } from '../domain/users.ts'

// One row, whatever there is of it, and none for most people, who have nothing of all this: every look at an account costs
// this one read besides the user's.
const FACTS = `SELECT
    (SELECT units FROM usage_totals WHERE user_id = ?1 AND month = ?2 AND kind = 'voice') AS voice,
    (SELECT units FROM usage_totals WHERE user_id = ?1 AND month = ?2 AND kind = 'sms') AS sms,
    s.status, s.period_end, s.ends_at, s.past_due_since, s.payment_url,
    n.state AS number_state, n.e164, n.sms_status, n.grace_until, n.last_error
  FROM (SELECT 1) LEFT JOIN subscriptions s ON s.id = ?3
    LEFT JOIN numbers n ON n.user_id = ?1 AND n.state IN ('wanted', 'buying', 'active', 'grace')
  WHERE voice IS NOT NULL OR sms IS NOT NULL OR s.id IS NOT NULL OR n.id IS NOT NULL`

/** What an account shows beyond the user's row: usage of this month, the subscription that counts, and the number. */
export function createReadAccountFacts(
  database: Database,
): (user: User, now: number) => Promise<AccountFacts> {
  return async ({ id, stripe_subscription_id }, now) => {
    const row = await database.readFirst({
      sql: FACTS,
      args: [id, monthOf(now), stripe_subscription_id ?? ''],
    })
    const { voice, sms, status, period_end, ends_at, past_due_since, payment_url, ...rest } = row ?? {}
    const subscription = { status, period_end, ends_at, past_due_since, payment_url }
    const { number_state, e164, sms_status, grace_until, last_error } = rest
    const number = { state: number_state, e164, sms_status, grace_until, last_error }
    return {
      voice: Number(voice ?? 0),
      sms: Number(sms ?? 0),
      // The columns of a mirrored subscription, held by the table's checks.
      subscription: status == null ? undefined : (subscription as AccountFacts['subscription']),
      // Those of an entry of the ledger, held likewise.
      number: number_state == null ? undefined : (number as AccountFacts['number']),
    }
  }
}
