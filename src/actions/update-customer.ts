import type { App } from '../domain/app.ts'
import { getBilling } from '../domain/billing.ts'
import type { ClaimedJob } from '../domain/jobs.ts'

type CustomerJob = Extract<ClaimedJob, { readonly name: 'update-customer' }>

/**
 * Gives Stripe the address that a person has now, so that no receipt goes to one that may be somebody else's by then.
 * Throws what Stripe throws; it may be repeated.
 */
export async function updateCustomer(
  app: Pick<App, 'billing' | 'subscriptions'>,
  { payload }: CustomerJob,
): Promise<void> {
  const { customer_id } = payload
  const [owner] = await app.subscriptions.findOwners(customer_id)
  if (owner === undefined) return
  await getBilling(app).updateCustomer(customer_id, { email: owner.user.email })
}
