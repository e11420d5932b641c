import type { App } from '../domain/app.ts'
import { getBilling } from '../domain/billing.ts'
import { alertJobs } from '../domain/billing-alerts.ts'
import { syncJob } from '../domain/billing-events.ts'
import { decideEntitlement, type Entitlement, graceMsOf } from '../domain/entitlement.ts'
import { AppError } from '../domain/errors.ts'
import type { ClaimedJob, NewJob } from '../domain/jobs.ts'
import { provisionJob } from '../domain/number-jobs.ts'
import type { Statement } from '../domain/ports.ts'
import { unexpectedRefusal } from '../domain/refusals.ts'
import { newsFor } from '../domain/subscription-news.ts'
import { type MirroredSubscription, mirrorOf } from '../domain/subscriptions.ts'
import type { RevisedUser, User } from '../domain/users.ts'

type Parts = Pick<
  App,
  'billing' | 'clock' | 'config' | 'database' | 'jobs' | 'log' | 'subscriptions' | 'users'
>
type SyncJob = Extract<ClaimedJob, { readonly name: 'sync-subscription' }>

/** How often it is decided anew because the same user was changed in between. */
const ATTEMPTS_MAX = 10

/**
 * Makes a user's tier what Stripe says: fetches everything that the customer ever subscribed to, decides by rule, and
 * writes mirror, user, mails and further jobs in one unit. Who runs it holds the customer's job, so that no older answer
 * of Stripe can be written after a newer one. Throws AppError `unavailable` and what Stripe throws; then it runs again.
 */
export async function syncSubscription(app: Parts, job: SyncJob): Promise<void> {
  const { customer_id } = job.payload
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    // Read before Stripe is asked: whoever changes the user meanwhile makes us look again.
    const owner = await findOwner(app, customer_id)
    if (owner === undefined) return
    if (await settle(app, job, owner)) return
  }
  throw new AppError('conflict', 'The user kept changing meanwhile.')
}

async function findOwner(app: Parts, customer_id: string): Promise<RevisedUser | undefined> {
  const [owner, another] = await app.subscriptions.findOwners(customer_id)
  if (owner === undefined) {
    // A customer of something else in the same Stripe account, or of an account that was closed: nobody gets anything.
    app.log.info({ customer_id }, 'Stripe told of a customer that is nobody here')
    return undefined
  }
  if (another === undefined) return owner
  throw new AppError(
    'misconfigured',
    `Two users have the Stripe customer ${customer_id}, so neither was changed. Correct users.stripe_customer_id.`,
  )
}

/** Answers whether it is done; false when the user changed meanwhile. */
async function settle(app: Parts, job: SyncJob, owner: RevisedUser): Promise<boolean> {
  const { customer_id } = job.payload
  const mirror = await app.subscriptions.listForCustomer(customer_id)
  const { gone, subscriptions } = await getBilling(app).readCustomer(customer_id)
  const found = gone ? [] : subscriptions
  const now = app.clock.now()
  const entitlement = decideEntitlement(found, app.config, { now, graceMs: graceMsOf(app.config) })
  const { id } = owner.user
  const columns = columnsFor(owner.user, entitlement, gone)
  const kept = found.map((one) => mirrorOf(one, id, app.config))
  const changes = [
    ...(Object.keys(columns).length === 0 ? [] : [app.users.update(id, columns)]),
    ...mirrorChanges(app, mirror, kept),
    ...newsFor({ user: owner.user, mirror }, entitlement).map((payload) =>
      app.jobs.enqueue({ name: 'send-mail', user_id: id, payload }),
    ),
  ]
  const tierChanges = columns.subscription_tier !== undefined
  const next = [
    ...nextJobs(app, customer_id, entitlement, now),
    ...(tierChanges ? [provisionJob(id)] : []),
  ].map((one) => app.jobs.enqueue(one))
  if (changes.length === 0 && next.length === 0) return true
  const guards = [app.jobs.expectHeld(job), app.users.expectRevision(id, owner.revision)]
  const outcome = await app.database.write({ statements: [...guards, ...changes, ...next] })
  if (outcome.outcome === 'done') return true
  if (outcome.outcome === 'unknown')
    throw new AppError('unavailable', 'The answer of the database was lost.', { cause: outcome.cause })
  if (outcome.refusal.kind !== 'rows') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  if (outcome.statement === 0) throw new AppError('conflict', 'Another worker has this job by now.')
  return false
}

/** The columns of the user that are not yet what they should be. */
function columnsFor(user: User, { tier, subscription }: Entitlement, gone: boolean): Partial<User> {
  const wanted = {
    subscription_tier: tier,
    stripe_subscription_id: subscription?.id ?? null,
    // Whoever subscribes again becomes a new customer: a deleted one cannot pay.
    stripe_customer_id: gone ? null : user.stripe_customer_id,
  }
  return Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => user[name as keyof typeof wanted] !== value),
  )
}

function mirrorChanges(
  app: Parts,
  before: readonly MirroredSubscription[],
  after: readonly MirroredSubscription[],
): Statement[] {
  const known = new Map(before.map((one) => [one.id, one]))
  const ids = new Set(after.map(({ id }) => id))
  return [
    ...after.filter((one) => !isSame(known.get(one.id), one)).map((one) => app.subscriptions.keep(one)),
    ...before.filter(({ id }) => !ids.has(id)).map(({ id }) => app.subscriptions.remove(id)),
  ]
}

function isSame(one: MirroredSubscription | undefined, other: MirroredSubscription): boolean {
  if (one === undefined) return false
  const keys = Object.keys(other) as (keyof MirroredSubscription)[] // made by mirrorOf
  return keys.every((key) => String(one[key]) === String(other[key]))
}

/** What has to follow at Stripe. */
function nextJobs(app: Parts, customer_id: string, entitlement: Entitlement, now: number): NewJob[] {
  const { recheckAt, duplicates, unknown } = entitlement
  return [
    ...(recheckAt === undefined ? [] : [syncJob(customer_id, { run_at: recheckAt })]),
    ...duplicates.map(
      ({ id, refund }): NewJob => ({
        name: 'end-duplicate',
        payload: { subscription_id: id, customer_id, refund },
        key: id,
      }),
    ),
    ...unknown.flatMap((id) => {
      app.log.warn({ subscription_id: id }, 'a subscription is paid whose prices are none of config.toml')
      const what = `The subscription ${id} is paid, but its prices are none of [stripe.prices] in config.toml, so it gives no tier.`
      return alertJobs(app.config, now, { about: `unknown-prices-${id}`, what })
    }),
  ]
}
