import type { App } from '../domain/app.ts'
import { getBilling } from '../domain/billing.ts'
import { syncJob } from '../domain/billing-events.ts'
import { decideEntitlement, graceMsOf } from '../domain/entitlement.ts'
import { AppError } from '../domain/errors.ts'
import { demandDone } from '../domain/refusals.ts'
import type { Subscription } from '../domain/subscriptions.ts'
import type { User } from '../domain/users.ts'

type Parts = Pick<App, 'billing' | 'clock' | 'config' | 'database' | 'jobs' | 'limits'>

export type SubscriptionChange = 'cancel' | 'resume'

/**
 * Cancels a person's subscription for the end of what is paid, or takes that back. Doing it again changes nothing. Our own
 * state follows from Stripe's, by the same job as always. Throws AppError `conflict` when there is no subscription, and
 * what Stripe throws.
 */
export async function changeSubscription(
  app: Parts,
  { id, stripe_customer_id: customer_id }: Pick<User, 'id' | 'stripe_customer_id'>,
  change: SubscriptionChange,
): Promise<Subscription> {
  const billing = getBilling(app)
  await app.limits.demand({ rule: 'billing-user', subject: id })
  const { subscriptions } =
    customer_id === null ? { subscriptions: [] } : await billing.readCustomer(customer_id)
  const rule = { now: app.clock.now(), graceMs: graceMsOf(app.config) }
  const { subscription } = decideEntitlement(subscriptions, app.config, rule)
  if (customer_id === null || subscription === undefined) {
    throw new AppError('conflict', `You have no subscription to ${change}.`)
  }
  const isDone = (subscription.ends_at !== null) === (change === 'cancel')
  if (isDone) return subscription
  const changed =
    change === 'cancel'
      ? await billing.cancelAtPeriodEnd(subscription.id)
      : await billing.resume(subscription.id)
  demandDone(
    await app.database.write({ statements: [app.jobs.enqueue(syncJob(customer_id, { urgent: true }))] }),
  )
  return changed
}
