import type { App } from '../domain/app.ts'
import { getBilling } from '../domain/billing.ts'
import { alertJobs } from '../domain/billing-alerts.ts'
import { type BillingEvent, isMeterFault, jobFor } from '../domain/billing-events.ts'
import { AppError } from '../domain/errors.ts'
import type { NewJob } from '../domain/jobs.ts'
import { unexpectedRefusal } from '../domain/refusals.ts'

type Parts = Pick<App, 'billing' | 'clock' | 'config' | 'database' | 'events' | 'jobs' | 'log'>

/**
 * Takes in what Stripe brings: verified, stored once, and the job that it makes necessary, in one write; answers whether
 * it was new. It says whose state to fetch and nothing else. Throws AppError `invalid` for a wrong signature (nothing is
 * stored), `unavailable` when it could not be stored, so that Stripe brings it again, and `misconfigured`.
 */
export async function receiveStripeEvent(
  app: Parts,
  delivery: { readonly payload: string; readonly signature: string | null },
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const billing = getBilling(app)
  const event = await billing.readEvent(delivery.payload, delivery.signature)
  const now = app.clock.now()
  const isOurs = event.livemode === (billing.mode === 'live')
  if (!isOurs) app.log.warn({ event_id: event.id }, 'an event of the other mode of Stripe was not looked at')
  const jobs = isOurs ? jobsFor(app, event, now) : []
  const statements = [app.events.keep(event, now, 'webhook'), ...jobs.map((job) => app.jobs.enqueue(job))]
  const outcome = await app.database.write({ statements })
  if (outcome.outcome === 'done') return { id: event.id, isNew: true }
  if (outcome.outcome === 'unknown')
    throw new AppError('unavailable', 'The event may not be stored. Send it again.', { cause: outcome.cause })
  // Brought before: its job was written with it.
  if (outcome.statement === 0 && outcome.refusal.kind === 'unique') return { id: event.id, isNew: false }
  throw unexpectedRefusal(outcome.statement, outcome.refusal)
}

function jobsFor(app: Parts, event: BillingEvent, now: number): readonly NewJob[] {
  if (isMeterFault(event.type)) {
    app.log.error({ event_id: event.id, type: event.type }, 'Stripe could not use reports of usage')
    const what = `Stripe could not use reports of usage (${event.type}, ${event.id}). See the meter in its dashboard.`
    return alertJobs(app.config, now, { about: event.type, what })
  }
  const job = jobFor(event)
  return [...(job === undefined ? [] : [job]), ...versionAlerts(app, event, now)]
}

/** The state is fetched in the version of the SDK, so another one is no danger yet; but the endpoint must be made anew. */
function versionAlerts(app: Parts, { api_version, id }: BillingEvent, now: number): readonly NewJob[] {
  const spoken = getBilling(app).setup.apiVersion
  if (api_version === null || trainOf(api_version) === trainOf(spoken)) return []
  app.log.warn({ event_id: id, api_version }, `the webhook endpoint does not send ${spoken}`)
  const what = `The webhook endpoint sends events of the version ${api_version}; this xswarm speaks ${spoken}. Make the endpoint anew with: xswarm stripe setup`
  return alertJobs(app.config, now, { about: 'api-version', what })
}

/** `endive` of `2026-10-28.endive`: within one of these nothing breaks. */
function trainOf(version: string): string {
  return version.slice(version.indexOf('.') + 1)
}
