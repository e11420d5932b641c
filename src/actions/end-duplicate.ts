import type { App } from '../domain/app.ts'
import { getBilling } from '../domain/billing.ts'
import { syncJob } from '../domain/billing-events.ts'
import { decideEntitlement, graceMsOf } from '../domain/entitlement.ts'
import type { ClaimedJob } from '../domain/jobs.ts'
import { demandDone } from '../domain/refusals.ts'
import { isEnded } from '../domain/subscriptions.ts'

type Parts = Pick<App, 'audit' | 'billing' | 'clock' | 'config' | 'jobs' | 'log' | 'subscriptions'>
type DuplicateJob = Extract<ClaimedJob, { readonly name: 'end-duplicate' }>

/**
 * Ends a second subscription of one person and gives its payment back, with an entry in the audit log. Looks again before:
 * when the first one ended meanwhile, this is the one that counts and stays. Throws what Stripe and the audit log throw;
 * every step may be repeated.
 */
export async function endDuplicate(app: Parts, { payload }: DuplicateJob): Promise<void> {
  const { subscription_id, customer_id, refund } = payload
  const billing = getBilling(app)
  const { subscriptions } = await billing.readCustomer(customer_id)
  const duplicate = subscriptions.find(({ id }) => id === subscription_id)
  if (duplicate === undefined) return
  if (!isEnded(duplicate)) {
    const rule = { now: app.clock.now(), graceMs: graceMsOf(app.config) }
    const { duplicates } = decideEntitlement(subscriptions, app.config, rule)
    if (!duplicates.some(({ id }) => id === subscription_id)) return
    await billing.cancelNow(subscription_id)
  }
  const refunded = refund && (await billing.refundLast(subscription_id))
  const [owner] = await app.subscriptions.findOwners(customer_id)
  const outcome = await app.audit.write(
    {
      actor: 'system',
      action: 'billing.duplicate-ended',
      detail: { subscription_id, refunded },
      ...(owner !== undefined && { user_id: owner.user.id }),
    },
    // Under one name, so that a repeat after a crash writes no second entry.
    { opId: `duplicate-${subscription_id}`, statements: [app.jobs.enqueue(syncJob(customer_id))] },
  )
  demandDone(outcome)
  app.log.warn({ subscription_id, refunded }, 'a second subscription of one person was ended')
}
