import type { Entitlement } from './entitlement.ts'
import type { MailContent } from './mails.ts'
import type { MirroredSubscription } from './subscriptions.ts'
import { formatTimestamp } from './times.ts'
import type { User } from './users.ts'

/** What was known before Stripe was asked. */
export interface Known {
  readonly user: User
  readonly mirror: readonly MirroredSubscription[]
}

/**
 * The mails that a person gets because of what changed, at most one for each thing that happened: they are written in the
 * unit of the change, and the next look finds no change any more.
 */
export function newsFor(
  { user, mirror }: Known,
  { tier, subscription, recheckAt }: Entitlement,
): readonly MailContent[] {
  const was = mirror.find(({ id }) => id === subscription?.id)
  const news: MailContent[] = []
  const hasLost = user.subscription_tier === 'premium' && tier === 'free'
  if (user.subscription_tier === 'free' && tier === 'premium') news.push({ template: 'subscription-started' })
  if (hasLost && subscription === undefined) news.push({ template: 'subscription-ended' })
  const fails = subscription?.status === 'past_due' && was?.past_due_since !== subscription.past_due_since
  if (subscription !== undefined && (fails || hasLost)) {
    const until = recheckAt === undefined ? null : dayOf(recheckAt)
    news.push({ template: 'payment-failed', url: subscription.payment_url, until })
  }
  const ends = subscription?.ends_at ?? null
  if (tier === 'premium' && ends !== null && (was?.ends_at ?? null) === null)
    news.push({ template: 'subscription-ends', on: dayOf(ends) })
  return news
}

/** `2026-11-23`, UTC. */
export function dayOf(at: number): string {
  return formatTimestamp(at).slice(0, 10)
}
