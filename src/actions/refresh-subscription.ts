import type { App } from '../domain/app.ts'
import { syncJob } from '../domain/billing-events.ts'
import { demandDone } from '../domain/refusals.ts'
import type { User } from '../domain/users.ts'

/**
 * Asks for a person's state to be fetched from Stripe now: they come back from paying, and Stripe's own word may take
 * longer than they do. Answers whether there is anything to wait for. Throws AppError `unavailable`.
 */
export async function refreshSubscription(
  app: Pick<App, 'billing' | 'database' | 'jobs'>,
  { stripe_customer_id: customer_id }: Pick<User, 'stripe_customer_id'>,
): Promise<boolean> {
  if (customer_id === null || app.billing === undefined) return false
  demandDone(
    await app.database.write({ statements: [app.jobs.enqueue(syncJob(customer_id, { urgent: true }))] }),
  )
  return true
}
