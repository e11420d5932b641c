import type { ProjectConfig } from './project.ts'
import type { Tier } from './users.ts'

/** https://docs.stripe.com/api/subscriptions/object#subscription_object-status */
export const SUBSCRIPTION_STATUSES = [
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'canceled',
  'unpaid',
  'paused',
] as const
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number]

/** A price that a subscription charges. */
export interface SubscribedPrice {
  readonly id: string
  /** The tier its metadata names, as `xswarm stripe setup` writes it; null when it names none. */
  readonly tier: string | null
}

/** A subscription as Stripe held it at one moment, in our words. Times are milliseconds since the epoch. */
export interface Subscription {
  readonly id: string
  readonly customer_id: string
  readonly status: SubscriptionStatus
  readonly prices: readonly SubscribedPrice[]
  readonly started_at: number
  readonly period_start: number | null
  readonly period_end: number | null
  /** The end that is already decided: it was cancelled for then. */
  readonly ends_at: number | null
  readonly ended_at: number | null
  /** Since when something owed could not be charged; null unless `past_due`. */
  readonly past_due_since: number | null
  /** Where whoever has the link can pay what is owed. */
  readonly payment_url: string | null
  /** The user whose Checkout made it; null for one that was made elsewhere, for example in Stripe's dashboard. */
  readonly user_id: string | null
}

/** What we keep of a subscription: a row of the table `subscriptions`. */
export interface MirroredSubscription extends Omit<Subscription, 'prices' | 'user_id'> {
  /** Whose it is. */
  readonly user_id: string
  /** What it gives while it is in good standing; null when none of its prices is ours. */
  readonly tier: Tier | null
  readonly prices: readonly string[]
}

/** It is over and cannot come back. */
export function isEnded({ status }: Pick<Subscription, 'status'>): boolean {
  return status === 'canceled' || status === 'incomplete_expired'
}

/**
 * The tier that a subscription's prices stand for: the configured premium price, or one whose metadata names the tier - a
 * yearly one, say, or the one before the price went up. Unknown prices give nothing, whatever they cost.
 */
export function tierOfPrices(
  prices: readonly SubscribedPrice[],
  { stripe }: Pick<ProjectConfig, 'stripe'>,
): Tier | null {
  const isPremium = prices.some(({ id, tier }) => id === stripe.prices.premium || tier === 'premium')
  return isPremium ? 'premium' : null
}

export function mirrorOf(
  subscription: Subscription,
  userId: string,
  config: Pick<ProjectConfig, 'stripe'>,
): MirroredSubscription {
  const { prices } = subscription
  return {
    ...subscription,
    user_id: userId,
    tier: tierOfPrices(prices, config),
    prices: prices.map(({ id }) => id).sort(),
  }
}
