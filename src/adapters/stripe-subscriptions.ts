import type { Stripe } from 'stripe'
import type { BilledCustomer, Page } from '../domain/billing.ts'
import { AppError } from '../domain/errors.ts'
import {
  SUBSCRIPTION_STATUSES,
  type SubscribedPrice,
  type Subscription,
  type SubscriptionStatus,
} from '../domain/subscriptions.ts'

const AT_ONCE = 100

/** Where our own marks stand in Stripe's metadata. */
export const USER_KEY = 'xswarm_user_id'
export const TIER_KEY = 'xswarm_tier'

/** Everything a customer ever subscribed to: every status, every page. */
export async function readCustomer(stripe: Stripe, id: string): Promise<BilledCustomer> {
  const found = await listAll(stripe, id)
  if (found === undefined) return { gone: true, subscriptions: [] }
  const subscriptions = await Promise.all(found.map((one) => complete(stripe, one)))
  const lives = subscriptions.some(({ ended_at }) => ended_at === null)
  return { gone: !lives && (await isGone(stripe, id)), subscriptions }
}

async function listAll(stripe: Stripe, customer: string): Promise<Stripe.Subscription[] | undefined> {
  const found: Stripe.Subscription[] = []
  try {
    for await (const one of stripe.subscriptions.list({ customer, status: 'all', limit: AT_ONCE }))
      found.push(one)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  return found
}

async function isGone(stripe: Stripe, id: string): Promise<boolean> {
  try {
    const customer = await stripe.customers.retrieve(id)
    return customer.deleted === true
  } catch (error) {
    if (isMissing(error)) return true
    throw error
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'resource_missing'
}

/** A page of those that have not ended. Why one is past due is not asked here: that costs a call each. */
export async function listLiving(stripe: Stripe, cursor: string | undefined): Promise<Page<Subscription>> {
  const page = await stripe.subscriptions.list({
    limit: AT_ONCE,
    ...(cursor !== undefined && { starting_after: cursor }),
  })
  const items = page.data.filter(({ status }) => status !== 'canceled' && status !== 'incomplete_expired')
  return {
    items: items.map((one) => toSubscription(one)),
    next: page.has_more ? page.data.at(-1)?.id : undefined,
  }
}

/** With what a subscription alone does not tell: since when something is owed, where it can be paid, all of many items. */
export async function complete(stripe: Stripe, one: Stripe.Subscription): Promise<Subscription> {
  const whole = one.items.has_more ? { ...one, items: await listItems(stripe, one.id) } : one
  return toSubscription(whole, one.status === 'past_due' ? await oldestOpen(stripe, one.id) : undefined)
}

async function listItems(stripe: Stripe, subscription: string): Promise<Stripe.Subscription['items']> {
  const page = await stripe.subscriptionItems.list({ subscription, limit: AT_ONCE })
  return page
}

/** The invoice that has been owed for longest: each period adds one, and a new one must not begin the grace anew. */
async function oldestOpen(stripe: Stripe, subscription: string): Promise<Stripe.Invoice | undefined> {
  let oldest: Stripe.Invoice | undefined
  for await (const one of stripe.invoices.list({ subscription, status: 'open', limit: AT_ONCE }))
    if (oldest === undefined || owedSince(one) < owedSince(oldest)) oldest = one
  return oldest
}

function owedSince({ status_transitions, created }: Stripe.Invoice): number {
  return status_transitions.finalized_at ?? created
}

function toSubscription(one: Stripe.Subscription, owed?: Stripe.Invoice): Subscription {
  const prices = one.items.data.map(({ price }) => toPrice(price))
  // Since basil each item has its own period; the one that is paid in advance is the one that people mean.
  const items = one.items.data
  const main = items.find(({ price }) => price.recurring?.usage_type !== 'metered') ?? items[0]
  const period_start = milliseconds(main?.current_period_start)
  const period_end = milliseconds(main?.current_period_end)
  return {
    id: one.id,
    customer_id: typeof one.customer === 'string' ? one.customer : one.customer.id,
    status: statusOf(one),
    prices,
    started_at: one.created * 1000,
    period_start,
    period_end,
    ends_at: endOf(one, period_end),
    ended_at: milliseconds(one.ended_at),
    past_due_since:
      one.status !== 'past_due' ? null : owed === undefined ? period_start : owedSince(owed) * 1000,
    payment_url: owed?.hosted_invoice_url ?? null,
    user_id: one.metadata[USER_KEY] ?? null,
  }
}

/** A status that only a newer version knows must not be guessed at: what was decided before stays until then. */
function statusOf({ id, status }: Stripe.Subscription): SubscriptionStatus {
  const known = SUBSCRIPTION_STATUSES.find((one) => one === status)
  if (known !== undefined) return known
  throw new AppError('misconfigured', `${id} has a status that this version does not know. Update xswarm.`)
}

/** The API sets both marks, the portal only `cancel_at`; https://github.com/stripe/stripe-node/issues/2470 */
function endOf(
  { status, cancel_at, cancel_at_period_end }: Stripe.Subscription,
  period_end: number | null,
): number | null {
  if (status === 'canceled' || status === 'incomplete_expired') return null
  return milliseconds(cancel_at) ?? (cancel_at_period_end ? period_end : null)
}

function toPrice({ id, metadata }: Stripe.Price): SubscribedPrice {
  return { id, tier: metadata[TIER_KEY] ?? null }
}

function milliseconds(seconds: number | null | undefined): number | null {
  return seconds === null || seconds === undefined ? null : seconds * 1000
}
