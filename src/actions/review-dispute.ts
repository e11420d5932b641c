import type { App } from '../domain/app.ts'
import { getBilling } from '../domain/billing.ts'
import { alertJobs } from '../domain/billing-alerts.ts'
import { syncJob } from '../domain/billing-events.ts'
import type { ClaimedJob } from '../domain/jobs.ts'
import { demandDone } from '../domain/refusals.ts'
import { isEnded } from '../domain/subscriptions.ts'

type Parts = Pick<App, 'audit' | 'billing' | 'clock' | 'config' | 'jobs' | 'log' | 'subscriptions'>
type DisputeJob = Extract<ClaimedJob, { readonly name: 'review-dispute' }>

/**
 * Somebody's bank takes a payment back. While it is open the subscription decides, as always, and the operator is told;
 * when it is lost, the subscription is ended at once, without a refund on top. See docs/decisions. Throws what Stripe and the
 * audit log throw; every step may be repeated.
 */
export async function reviewDispute(app: Parts, { payload }: DisputeJob): Promise<void> {
  const { dispute_id } = payload
  const billing = getBilling(app)
  const { status, customer_id } = await billing.readDispute(dispute_id)
  const [owner] = customer_id === null ? [] : await app.subscriptions.findOwners(customer_id)
  // A payment of something else that is sold through the same account.
  if (customer_id === null || owner === undefined) return
  const ended = status === 'lost' ? await endAll(app, customer_id) : []
  const what = `The dispute ${dispute_id} is ${status}.${ended.length === 0 ? '' : ` Ended because it is lost: ${ended.join(', ')}.`}`
  const alerts = alertJobs(app.config, app.clock.now(), { about: `${dispute_id}-${status}`, what })
  app.log.warn({ dispute_id, status, ended: ended.length }, 'a payment is disputed')
  const outcome = await app.audit.write(
    { actor: 'system', action: 'billing.disputed', user_id: owner.user.id, detail: { dispute_id, status } },
    {
      opId: `dispute-${dispute_id}-${status}`,
      statements: [...alerts, syncJob(customer_id)].map((job) => app.jobs.enqueue(job)),
    },
  )
  demandDone(outcome)
}

async function endAll(app: Parts, customer_id: string): Promise<string[]> {
  const billing = getBilling(app)
  const { subscriptions } = await billing.readCustomer(customer_id)
  const living = subscriptions.filter((one) => !isEnded(one)).map(({ id }) => id)
  for (const id of living) await billing.cancelNow(id)
  return living
}
