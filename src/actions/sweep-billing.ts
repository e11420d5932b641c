import type { App } from '../domain/app.ts'
import { getBilling } from '../domain/billing.ts'
import { alertJobs } from '../domain/billing-alerts.ts'
import { type BillingEvent, isHandled, jobFor, syncJob } from '../domain/billing-events.ts'
import { graceMsOf } from '../domain/entitlement.ts'
import { AppError } from '../domain/errors.ts'
import type { NewJob } from '../domain/jobs.ts'
import { demandDone } from '../domain/refusals.ts'
import { isEnded, type MirroredSubscription, mirrorOf, type Subscription } from '../domain/subscriptions.ts'

type Parts = Pick<
  App,
  'billing' | 'clock' | 'config' | 'database' | 'events' | 'jobs' | 'log' | 'subscriptions'
>

/** What is younger may still be on its way to us. */
const ON_THE_WAY_MS = 2 * 60 * 1000
const LOOKED_AT_ONCE = 200
const DOUBTFUL_MAX = 1_000

/**
 * Heals what no webhook told: events that never arrived, subscriptions that Stripe and our mirror see differently, tiers
 * that nothing pays for. It only asks for the customers concerned to be fetched; what follows is decided there. Does nothing
 * without Stripe, and leaves it to the next one while Stripe is away. Throws what else Stripe throws.
 */
export async function sweepBilling(app: Parts): Promise<void> {
  if (app.billing === undefined) return
  try {
    await sweep(app)
  } catch (error) {
    // The next sweep is the next attempt: an outage must not leave a dead letter for each of its ten minutes.
    if (!(error instanceof AppError) || error.code !== 'unavailable') throw error
    app.log.warn({ err: error }, 'Stripe was away; the next sweep goes on where this one began')
  }
}

async function sweep(app: Parts): Promise<void> {
  await recoverEvents(app)
  const seen = await compareWithStripe(app)
  await compareWithMirror(app, seen)
  const doubtful = await app.subscriptions.findDoubtful(app.clock.now() - graceMsOf(app.config), DOUBTFUL_MAX)
  await enqueue(
    app,
    doubtful.map((customer_id) => syncJob(customer_id)),
  )
}

async function recoverEvents(app: Parts): Promise<void> {
  const until = app.clock.now() - ON_THE_WAY_MS
  const since = await app.events.sweptUntil()
  // The first sweep of an installation: what was before it, the comparison below finds.
  const lost = since === undefined ? [] : await findLost(app, since, until)
  for (const event of lost) await takeIn(app, event)
  demandDone(await app.database.write({ statements: [app.events.setSweptUntil(until)] }))
  if (lost.length === 0) return
  app.log.error({ events: lost.length }, 'events of Stripe never arrived and were fetched')
  const what = `${lost.length} events of Stripe never arrived here; they were fetched. Look at the webhook endpoint with: xswarm doctor`
  await enqueue(app, alertJobs(app.config, app.clock.now(), { about: 'lost-events', what }))
}

async function findLost(app: Parts, since: number, until: number): Promise<BillingEvent[]> {
  const billing = getBilling(app)
  const lost: BillingEvent[] = []
  let cursor: string | undefined
  do {
    const page = await billing.listEvents(since, cursor)
    const due = page.items.filter(
      ({ type, created_at, livemode }) =>
        isHandled(type) && created_at <= until && livemode === (billing.mode === 'live'),
    )
    const known = await app.events.findKnown(due.map(({ id }) => id))
    lost.push(...due.filter(({ id }) => !known.has(id)))
    cursor = page.next
  } while (cursor !== undefined)
  return lost
}

/** As if it had been brought. One that is brought in this very moment is done by whoever is first. */
async function takeIn(app: Parts, event: BillingEvent): Promise<void> {
  const job = jobFor(event)
  const outcome = await app.database.write({
    statements: [
      app.events.keep(event, app.clock.now(), 'sweep'),
      ...(job === undefined ? [] : [app.jobs.enqueue(job)]),
    ],
  })
  if (outcome.outcome === 'refused' && outcome.refusal.kind === 'unique') return
  demandDone(outcome)
}

/** Answers the ids of all subscriptions that live at Stripe. */
async function compareWithStripe(app: Parts): Promise<ReadonlySet<string>> {
  const seen = new Set<string>()
  let cursor: string | undefined
  do {
    const page = await getBilling(app).listLiving(cursor)
    for (const { id } of page.items) seen.add(id)
    const mirror = await app.subscriptions.findMany(page.items.map(({ id }) => id))
    const known = new Map(mirror.map((one) => [one.id, one]))
    const differing = page.items.filter((one) => !agrees(app, one, known.get(one.id)))
    await enqueue(app, (await Promise.all(differing.map((one) => jobsForDiffering(app, one)))).flat())
    cursor = page.next
  } while (cursor !== undefined)
  return seen
}

/** By what a list tells; why something is past due, the job itself asks. */
function agrees({ config }: Parts, one: Subscription, mirror: MirroredSubscription | undefined): boolean {
  if (mirror === undefined) return false
  const { status, period_end, ends_at, tier, prices } = mirrorOf(one, mirror.user_id, config)
  return (
    status === mirror.status &&
    period_end === mirror.period_end &&
    ends_at === mirror.ends_at &&
    tier === mirror.tier &&
    String(prices) === String(mirror.prices)
  )
}

async function jobsForDiffering(
  app: Parts,
  { id, customer_id, user_id }: Subscription,
): Promise<readonly NewJob[]> {
  const owners = await app.subscriptions.findOwners(customer_id)
  if (owners.length > 0) return [syncJob(customer_id)]
  // Not made by us: something else that is sold through the same account.
  if (user_id === null) return []
  app.log.error({ subscription_id: id }, 'somebody pays for an account that is not there')
  const what = `The subscription ${id} is paid for an account that is not there any more. End it in Stripe's dashboard.`
  return alertJobs(app.config, app.clock.now(), { about: `orphan-${id}`, what })
}

/** What we believe to live and Stripe does not show any more. */
async function compareWithMirror(app: Parts, seen: ReadonlySet<string>): Promise<void> {
  let cursor: string | undefined
  for (;;) {
    const page = await app.subscriptions.listLiving({
      limit: LOOKED_AT_ONCE,
      ...(cursor !== undefined && { cursor }),
    })
    const over = page.filter((one) => !isEnded(one) && !seen.has(one.id))
    await enqueue(
      app,
      over.map(({ customer_id }) => syncJob(customer_id)),
    )
    cursor = page.at(-1)?.id
    if (page.length < LOOKED_AT_ONCE) return
  }
}

async function enqueue(app: Parts, jobs: readonly NewJob[]): Promise<void> {
  if (jobs.length === 0) return
  demandDone(await app.database.write({ statements: jobs.map((job) => app.jobs.enqueue(job)) }))
}
