import type { App } from '../domain/app.ts'
import { getBilling } from '../domain/billing.ts'
import { AppError } from '../domain/errors.ts'
import type { User } from '../domain/users.ts'

/**
 * Where a person sees invoices, changes their card, cancels and resumes: Stripe's billing portal. Throws AppError
 * `conflict` for somebody who never subscribed, `too-often`, and what Stripe throws.
 */
export async function openPortal(
  app: Pick<App, 'billing' | 'config' | 'limits'>,
  { id, stripe_customer_id: customer_id }: Pick<User, 'id' | 'stripe_customer_id'>,
): Promise<{ readonly url: string }> {
  const billing = getBilling(app)
  if (customer_id === null) throw new AppError('conflict', 'You have no subscription to manage yet.')
  await app.limits.demand({ rule: 'billing-user', subject: id })
  try {
    const return_url = `${app.config.server.public_url.replace(/\/+$/, '')}/billing/done`
    return { url: await billing.openPortal({ customer_id, return_url }) }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'not-found') throw error
    throw new AppError('conflict', 'Your subscription is not there any more.', { cause: error })
  }
}
