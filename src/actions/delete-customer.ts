import type { App } from '../domain/app.ts'
import { getBilling } from '../domain/billing.ts'
import type { ClaimedJob } from '../domain/jobs.ts'
import { demandDone } from '../domain/refusals.ts'

type CustomerJob = Extract<ClaimedJob, { readonly name: 'delete-customer' }>

/**
 * What closing an account leaves to be done at Stripe: nobody may be charged any more, and the person's data goes there too.
 * Throws what Stripe throws; it may be repeated.
 */
export async function deleteCustomer(
  app: Pick<App, 'audit' | 'billing'>,
  { payload }: CustomerJob,
): Promise<void> {
  const { customer_id } = payload
  await getBilling(app).deleteCustomer(customer_id)
  const outcome = await app.audit.write(
    { actor: 'system', action: 'billing.customer-deleted', detail: { customer_id } },
    { opId: `customer-deleted-${customer_id}`, statements: [] },
  )
  demandDone(outcome)
}
