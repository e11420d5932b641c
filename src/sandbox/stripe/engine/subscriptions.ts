import { missing } from '../errors.ts'
import { emit } from '../events.ts'
import { isLiving, periodOf, type Subscription, type SubscriptionStatus } from '../objects/subscription.ts'
import type { Period } from '../objects/subscription-item.ts'
import { nowOf, type Sandbox, schedule, settingsOf, unschedule } from '../sandbox.ts'

const DAY = 86_400

/** Throws `resource_missing` when there is none. */
export function getSubscription(sandbox: Sandbox, id: string, param = 'id'): Subscription {
  const found = sandbox.store.find('subscription', id)
  if (found === undefined) throw missing('subscription', id, param)
  return found
}

/** Saves the change and says so, unless nothing changed. */
export function updateSubscription(
  sandbox: Sandbox,
  old: Subscription,
  change: Partial<Subscription>,
  event = 'customer.subscription.updated',
): Subscription {
  const next = { ...old, ...change }
  if (JSON.stringify(next) === JSON.stringify(old)) return old
  sandbox.store.put('subscription', next)
  emit(sandbox, event, next, event === 'customer.subscription.deleted' ? undefined : old)
  return next
}

/** Its items in another period. */
export function inPeriod(subscription: Subscription, period: Period): Subscription['items'] {
  const data = subscription.items.data.map((item) => ({
    ...item,
    current_period_start: period.start,
    current_period_end: period.end,
  }))
  return { ...subscription.items, data }
}

/** Sets the timers of the period that is running. To be called after every change of it. */
export function scheduleSubscription(sandbox: Sandbox, subscription: Subscription): void {
  const { id, cancel_at, trial_end, status } = subscription
  unschedule(sandbox, id, 'period-end', 'cancel', 'trial-will-end', 'upcoming')
  if (!isLiving(subscription) || status === 'paused' || status === 'incomplete') return
  const { end } = periodOf(subscription)
  schedule(sandbox, 'period-end', id, end)
  if (cancel_at !== null && cancel_at < end) schedule(sandbox, 'cancel', id, cancel_at)
  const now = nowOf(sandbox)
  if (status === 'trialing' && trial_end !== null && trial_end - 3 * DAY > now) {
    schedule(sandbox, 'trial-will-end', id, trial_end - 3 * DAY)
  }
  const upcoming = end - settingsOf(sandbox).upcomingDays * DAY
  if (cancel_at === null && upcoming > now) schedule(sandbox, 'upcoming', id, upcoming)
}

/** All that leads nowhere any more: the invoices of an ended subscription are not collected by themselves. */
export function stopCollecting(sandbox: Sandbox, subscription: Subscription): void {
  for (const invoice of sandbox.store.all('invoice')) {
    if (invoice.parent.subscription_details.subscription !== subscription.id) continue
    if (invoice.status !== 'draft' && invoice.status !== 'open') continue
    unschedule(sandbox, invoice.id, 'finalize', 'retry')
    const next = {
      ...invoice,
      auto_advance: false,
      next_payment_attempt: null,
      automatically_finalizes_at: null,
    }
    if (JSON.stringify(next) === JSON.stringify(invoice)) continue
    sandbox.store.put('invoice', next)
    emit(sandbox, 'invoice.updated', next, invoice)
  }
}

/** Whether paying its newest invoice makes it active again. */
export function awaitsPayment(status: SubscriptionStatus): boolean {
  return status === 'incomplete' || status === 'past_due' || status === 'unpaid'
}
