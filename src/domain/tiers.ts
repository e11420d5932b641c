import type { ProjectConfig, TierEntitlement } from './project.ts'
import { TIERS, type Tier, type User } from './users.ts'

export function isTier(text: unknown): text is Tier {
  return TIERS.some((tier) => tier === text)
}

/** What a tier includes. A row written by hand may name a tier we do not have: it gets what `free` gets. */
export function entitlementOf(tier: string, config: Pick<ProjectConfig, 'tiers'>): TierEntitlement {
  return config.tiers[isTier(tier) ? tier : 'free']
}

/** A tier nobody pays for: an operator or a hand-made row gave it, so Stripe never lowers it. */
export function isGranted(user: Pick<User, 'subscription_tier' | 'stripe_customer_id'>): boolean {
  return user.subscription_tier !== 'free' && user.stripe_customer_id === null
}
