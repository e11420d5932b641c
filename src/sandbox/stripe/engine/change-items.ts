import { ApiError, refuse } from '../errors.ts'
import type { Invoice } from '../objects/invoice.ts'
import { isMetered, type Price } from '../objects/product.ts'
import type { Seconds } from '../objects/shared.ts'
import { periodOf, type Subscription } from '../objects/subscription.ts'
import { newSubscriptionItem, planOf, type SubscriptionItem } from '../objects/subscription-item.ts'
import type { Metadata } from '../params.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import { collectInvoice, settleSubscription } from './collect.ts'
import { getCustomer } from './customers.ts'
import { draftInvoice, finalizeInvoice } from './invoices.ts'
import { licensedLines, meteredLines } from './lines.ts'
import { periodFrom } from './periods.ts'
import { prorate } from './prorate.ts'
import { getSubscription, inPeriod, scheduleSubscription, updateSubscription } from './subscriptions.ts'

export type ProrationBehavior = 'always_invoice' | 'create_prorations' | 'none'

/** One item as it should be: an item that exists, or a new one. */
export interface ItemChange {
  readonly id?: string | undefined
  readonly price?: Price | undefined
  readonly quantity?: number | undefined
  readonly metadata?: Metadata | undefined
  readonly deleted?: boolean | undefined
}

export interface ItemChanges {
  readonly items: readonly ItemChange[]
  readonly proration: ProrationBehavior
  /** Refuse the whole change when its invoice cannot be paid. */
  readonly mustBePaid: boolean
  readonly at?: Seconds | undefined
}

/** Other prices or quantities. What that costs or gives back waits, or is billed at once when asked or when the interval changes. */
export function changeItems(
  sandbox: Sandbox,
  subscription: Subscription,
  changes: ItemChanges,
): Subscription {
  const now = nowOf(sandbox)
  const before = subscription.items.data
  const items = changes.items.reduce((list, change) => applyChange(list, change, subscription, now), before)
  checkItems(items)
  const moves = interval(items[0]) !== interval(before[0])
  if (changes.proration !== 'none' && subscription.status !== 'trialing') {
    prorateDifference(sandbox, subscription, items, changes.at ?? now, moves)
  }
  const replaced: Subscription = { ...subscription, items: { ...subscription.items, data: items } }
  if (moves && subscription.status !== 'trialing') {
    return startAnew(sandbox, subscription, replaced, changes.mustBePaid)
  }
  const next = updateSubscription(sandbox, subscription, { items: replaced.items })
  if (changes.proration !== 'always_invoice' || subscription.status === 'trialing') return next
  return billNow(sandbox, next, [], changes.mustBePaid)
}

function applyChange(
  items: readonly SubscriptionItem[],
  change: ItemChange,
  subscription: Subscription,
  now: Seconds,
): SubscriptionItem[] {
  if (change.id === undefined) {
    if (change.price === undefined) throw refuse('Missing required param: items[0][price].')
    const item = newSubscriptionItem(
      subscription.id,
      change.price,
      change.quantity,
      periodOf(subscription),
      now,
    )
    return [...items, item]
  }
  const found = items.find(({ id }) => id === change.id)
  if (found === undefined)
    throw refuse(`No such subscription item: '${change.id}'`, { code: 'resource_missing' })
  if (change.deleted === true) return items.filter((item) => item !== found)
  return items.map((item) => (item === found ? changedItem(item, change) : item))
}

function changedItem(item: SubscriptionItem, change: ItemChange): SubscriptionItem {
  const price = change.price ?? item.price
  const { quantity: old, ...rest } = item
  const quantity = change.quantity ?? old ?? 1
  const metadata = change.metadata ?? item.metadata
  return { ...rest, price, plan: planOf(price), metadata, ...(isMetered(price) ? {} : { quantity }) }
}

function checkItems(items: readonly SubscriptionItem[]): void {
  if (items.length === 0) throw refuse('A subscription must have at least one active plan.')
  if (new Set(items.map(({ price }) => price.id)).size < items.length) {
    throw refuse('Cannot add multiple subscription items with the same price.')
  }
  if (new Set(items.map(interval)).size > 1) {
    throw refuse('This sandbox bills all items of a subscription in one interval.')
  }
}

function interval(item: SubscriptionItem | undefined): string {
  return `${item?.price.recurring?.interval_count} ${item?.price.recurring?.interval}`
}

function prorateDifference(
  sandbox: Sandbox,
  subscription: Subscription,
  items: readonly SubscriptionItem[],
  at: Seconds,
  onlyBack: boolean,
): void {
  const old = subscription.items.data
  const same = (a: SubscriptionItem, b: SubscriptionItem | undefined) =>
    b !== undefined && a.price.id === b.price.id && a.quantity === b.quantity
  const find = (list: readonly SubscriptionItem[], item: SubscriptionItem) =>
    list.find(({ id }) => id === item.id)
  for (const item of old)
    if (!same(item, find(items, item))) prorate(sandbox, subscription, item, at, 'unused')
  if (onlyBack) return
  for (const item of items)
    if (!same(item, find(old, item))) prorate(sandbox, subscription, item, at, 'remaining')
}

/** Another interval: the period is cut short, a new one begins now and is paid now. */
function startAnew(
  sandbox: Sandbox,
  before: Subscription,
  replaced: Subscription,
  mustBePaid: boolean,
): Subscription {
  const now = nowOf(sandbox)
  const recurring = replaced.items.data[0]?.price.recurring
  if (recurring == null) throw refuse('A subscription needs recurring prices.')
  const items = inPeriod(replaced, periodFrom(now, now, recurring))
  const next = updateSubscription(sandbox, before, { items, billing_cycle_anchor: now })
  const used = { start: periodOf(before).start, end: now }
  const lines = [
    ...licensedLines(sandbox, next, periodOf(next)),
    ...meteredLines(sandbox, before, used).filter(({ quantity }) => quantity > 0),
  ]
  const result = billNow(sandbox, next, lines, mustBePaid)
  scheduleSubscription(sandbox, result)
  return result
}

function billNow(
  sandbox: Sandbox,
  subscription: Subscription,
  lines: Invoice['lines']['data'],
  mustBePaid: boolean,
): Subscription {
  const customer = getCustomer(sandbox, subscription.customer)
  const now = nowOf(sandbox)
  const period = { start: now, end: now }
  const draft = draftInvoice(sandbox, {
    reason: 'subscription_update',
    customer,
    subscription,
    period,
    lines,
  })
  updateSubscription(sandbox, subscription, { latest_invoice: draft.id })
  const open = finalizeInvoice(sandbox, draft)
  const collected = open.status === 'paid' ? { invoice: open } : collectInvoice(sandbox, open)
  if (collected.refusal !== undefined && mustBePaid) throw new ApiError(402, collected.refusal)
  settleSubscription(sandbox, collected)
  return getSubscription(sandbox, subscription.id)
}
