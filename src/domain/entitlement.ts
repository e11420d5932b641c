import type { ProjectConfig } from './project.ts'
import { isEnded, type Subscription, type SubscriptionStatus, tierOfPrices } from './subscriptions.ts'
import type { Tier } from './users.ts'

/** A second subscription that somebody pays for beside the one that counts. */
export interface Duplicate {
  readonly id: string
  /** Whether its last payment goes back: yes for one that was bought when there was one already. */
  readonly refund: boolean
}

/** What all the subscriptions of one customer together come to. */
export interface Entitlement {
  readonly tier: Tier
  /** The one that counts: it gives the tier, or would if it were paid. Undefined when all have ended. */
  readonly subscription: Subscription | undefined
  /** When to decide again although Stripe sends nothing: the grace is over then. */
  readonly recheckAt: number | undefined
  readonly duplicates: readonly Duplicate[]
  /** Lives and is paid for, and its prices mean nothing to us: a person has to look. */
  readonly unknown: readonly string[]
}

export interface EntitlementRule {
  readonly now: number
  /** How long a subscription that could not be charged keeps its tier. */
  readonly graceMs: number
}

const DAY_MS = 24 * 60 * 60 * 1000

export function graceMsOf({ billing }: Pick<ProjectConfig, 'billing'>): number {
  return billing.past_due_grace_days * DAY_MS
}

/** The better first. Ended ones count for nothing. */
const STANDING = {
  active: 0,
  trialing: 0,
  past_due: 1,
  unpaid: 2,
  paused: 3,
  incomplete: 4,
  canceled: 5,
  incomplete_expired: 5,
} as const satisfies Record<SubscriptionStatus, number>

/**
 * Decides by all subscriptions of a customer, in whatever order they come. Active and trialing give the tier, past_due
 * does within the grace; a cancellation for later changes nothing until it is there. The best of several counts, the
 * oldest of equals; what else lives and came through our Checkout is a duplicate.
 */
export function decideEntitlement(
  subscriptions: readonly Subscription[],
  config: Pick<ProjectConfig, 'stripe'>,
  rule: EntitlementRule,
): Entitlement {
  const known = subscriptions.filter(({ prices }) => tierOfPrices(prices, config) !== null)
  const ranked = known.filter((one) => !isEnded(one)).sort((a, b) => compare(a, b, rule))
  const [best, ...others] = ranked
  const tier = best !== undefined && gives(best, rule) ? 'premium' : 'free'
  const isInGrace = tier === 'premium' && best?.status === 'past_due'
  return {
    tier,
    subscription: best,
    recheckAt: isInGrace ? (best.past_due_since ?? rule.now) + rule.graceMs : undefined,
    duplicates: best === undefined || !isPaid(best) ? [] : duplicatesOf(best, others),
    unknown: subscriptions
      .filter((one) => !known.includes(one) && isPaid(one))
      .map(({ id }) => id)
      .sort(),
  }
}

function gives({ status, past_due_since }: Subscription, { now, graceMs }: EntitlementRule): boolean {
  if (status === 'active' || status === 'trialing') return true
  return status === 'past_due' && now < (past_due_since ?? now) + graceMs
}

function isPaid({ status }: Subscription): boolean {
  return status === 'active' || status === 'trialing'
}

function compare(a: Subscription, b: Subscription, rule: EntitlementRule): number {
  const worth = (one: Subscription) => Number(!gives(one, rule))
  return worth(a) - worth(b) || STANDING[a.status] - STANDING[b.status] || compareAge(a, b)
}

/** Stripe's times have whole seconds, so two may be of one age. */
function compareAge(a: Subscription, b: Subscription): number {
  return a.started_at - b.started_at || (a.id < b.id ? -1 : Number(a.id > b.id))
}

/**
 * One that was made in the dashboard may be meant; it is left alone. One that is incomplete was never paid and expires by
 * itself.
 */
function duplicatesOf(kept: Subscription, others: readonly Subscription[]): Duplicate[] {
  return others
    .filter(({ user_id, status }) => user_id !== null && status !== 'incomplete')
    .map((one) => ({ id: one.id, refund: compareAge(one, kept) > 0 }))
}
