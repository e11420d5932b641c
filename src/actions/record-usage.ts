import type { App } from '../domain/app.ts'
import { AppError } from '../domain/errors.ts'
import type { NewJob } from '../domain/jobs.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import {
  includedIn,
  isMetered,
  monthOf,
  type NewUsage,
  overageOf,
  thresholdReached,
  type UsageRecord,
  usageId,
} from '../domain/usage.ts'
import type { User } from '../domain/users.ts'

type Parts = Pick<App, 'config' | 'database' | 'jobs' | 'usage' | 'users'>

/** How often it is counted anew because the same person used something else in between. */
const ATTEMPTS_MAX = 20
const MONTH_MS = 32 * 24 * 60 * 60 * 1000

/**
 * Counts a call or a message, once however often it is told; answers the record as it is kept. What lies above the included
 * amount becomes a report to Stripe, written in the same unit, and so does the mail at 80 % and 100 %. Undefined for
 * somebody who is gone. Throws AppError `conflict`, `unavailable`, `unknown-outcome`: telling it again is safe.
 */
export async function recordUsage(app: Parts, used: NewUsage): Promise<UsageRecord | undefined> {
  const id = usageId(used)
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const known = await app.usage.find(id)
    if (known !== undefined) return known
    const user = await app.users.findById(used.user_id)
    if (user === undefined) return undefined
    const month = monthOf(used.at)
    const before = (await app.usage.totals(user.id, month))[used.kind]
    const record = recordOf(app, user, used, before)
    const outcome = await app.database.write({
      statements: [
        app.usage.expectTotal(user.id, month, used.kind, before),
        app.usage.keep(record),
        ...jobsFor(app, user, record, before).map((job) => app.jobs.enqueue(job)),
      ],
    })
    if (outcome.outcome === 'done') return record
    if (outcome.outcome === 'unknown') throw unknownOutcome('Telling it again is safe.', outcome.cause)
    const { kind } = outcome.refusal
    if (kind !== 'rows' && kind !== 'unique') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  }
  throw new AppError('conflict', 'The usage kept changing meanwhile. Tell it again.')
}

function recordOf({ config }: Parts, user: User, used: NewUsage, before: number): UsageRecord {
  const { kind, units, at, user_id } = used
  const overage = overageOf(before, units, includedIn(user.subscription_tier, kind, config))
  // Only who subscribed has agreed to pay for more; a granted tier is nobody's bill.
  const isBilled = overage > 0 && user.stripe_subscription_id !== null && isMetered(kind, config)
  return {
    id: usageId(used),
    user_id,
    kind,
    month: monthOf(at),
    units,
    overage,
    at,
    customer_id: isBilled ? user.stripe_customer_id : null,
    report: isBilled ? 'due' : 'none',
    attempted_at: null,
  }
}

function jobsFor({ config }: Parts, user: User, record: UsageRecord, before: number): NewJob[] {
  const { id, kind, month, report } = record
  const included = includedIn(user.subscription_tier, kind, config)
  const used = before + record.units
  const share = thresholdReached(before, used, included)
  const jobs: NewJob[] =
    report === 'due' ? [{ name: 'report-usage', payload: { usage_id: id }, key: id }] : []
  if (share === undefined) return jobs
  return [
    ...jobs,
    {
      name: 'send-mail',
      user_id: user.id,
      payload: { template: 'usage-reached', kind, share, used, included },
      // At most once a month, also when the tier changes to and fro.
      key: `usage-${user.id}-${kind}-${month}-${share}`,
      kept_until: record.at + MONTH_MS,
    },
  ]
}
