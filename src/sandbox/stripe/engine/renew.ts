import { emit } from '../events.ts'
import { newInvoice } from '../objects/invoice.ts'
import { isLiving, periodOf, type Subscription } from '../objects/subscription.ts'
import type { Period } from '../objects/subscription-item.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import { getCustomer } from './customers.ts'
import { endAsPlanned, endSubscription } from './end.ts'
import { draftInvoice, finalizeLater } from './invoices.ts'
import { licensedLines, meteredLines } from './lines.ts'
import { pauseSubscription } from './pause.ts'
import { paymentMethodFor } from './payments.ts'
import { periodFrom } from './periods.ts'
import { getSubscription, inPeriod, scheduleSubscription, updateSubscription } from './subscriptions.ts'

/** The running period is over: the planned end, the end of a trial, or the next period and its invoice. */
export function endPeriod(sandbox: Sandbox, id: string): void {
  const subscription = getSubscription(sandbox, id)
  if (!isLiving(subscription) || subscription.status === 'paused') return
  const { cancel_at, status } = subscription
  if (cancel_at !== null && cancel_at <= nowOf(sandbox)) endAsPlanned(sandbox, subscription)
  else if (status !== 'trialing' || hasCard(sandbox, subscription)) renew(sandbox, subscription)
  else endTrialWithoutCard(sandbox, subscription)
}

/** A planned end inside a period. */
export function endOnDay(sandbox: Sandbox, id: string): void {
  const subscription = getSubscription(sandbox, id)
  if (isLiving(subscription) && subscription.cancel_at !== null) endAsPlanned(sandbox, subscription)
}

function hasCard(sandbox: Sandbox, subscription: Subscription): boolean {
  const customer = getCustomer(sandbox, subscription.customer)
  return paymentMethodFor(sandbox, customer, subscription) !== undefined
}

function endTrialWithoutCard(sandbox: Sandbox, subscription: Subscription): void {
  const choice = subscription.trial_settings.end_behavior.missing_payment_method
  if (choice === 'cancel') endSubscription(sandbox, subscription, null)
  else if (choice === 'pause') pauseSubscription(sandbox, subscription)
  else renew(sandbox, subscription)
}

function renew(sandbox: Sandbox, subscription: Subscription): void {
  const past = periodOf(subscription)
  const next = nextPeriod(subscription)
  const customer = getCustomer(sandbox, subscription.customer)
  const lines = [...licensedLines(sandbox, subscription, next), ...meteredLines(sandbox, subscription, past)]
  const reason = 'subscription_cycle'
  const invoice = draftInvoice(sandbox, { reason, customer, subscription, period: past, lines })
  const moved = updateSubscription(sandbox, subscription, {
    items: inPeriod(subscription, next),
    latest_invoice: invoice.id,
    status: subscription.status === 'trialing' ? 'active' : subscription.status,
  })
  // Of an unpaid subscription the invoices stay drafts until somebody deals with them.
  if (moved.status === 'unpaid') sandbox.store.put('invoice', { ...invoice, auto_advance: false })
  else finalizeLater(sandbox, invoice)
  scheduleSubscription(sandbox, moved)
}

/** The period after the running one. */
export function nextPeriod(subscription: Subscription): Period {
  const [first] = subscription.items.data
  const recurring = first?.price.recurring
  if (recurring == null) throw new Error(`${subscription.id} has no recurring price`)
  return periodFrom(subscription.billing_cycle_anchor, periodOf(subscription).end, recurring)
}

/** Some days before the renewal: an invoice that does not exist yet, and so has no id. */
export function announceRenewal(sandbox: Sandbox, id: string): void {
  const subscription = getSubscription(sandbox, id)
  const customer = sandbox.store.find('customer', subscription.customer)
  if (customer === undefined || subscription.cancel_at !== null) return
  const period = periodOf(subscription)
  const invoice = newInvoice({
    now: nowOf(sandbox),
    reason: 'upcoming',
    customer,
    subscription,
    period,
    lines: [
      ...licensedLines(sandbox, subscription, nextPeriod(subscription)),
      ...meteredLines(sandbox, subscription, period),
    ],
  })
  const { id: _none, ...upcoming } = { ...invoice, next_payment_attempt: period.end }
  emit(sandbox, 'invoice.upcoming', upcoming)
}

export function announceTrialEnd(sandbox: Sandbox, id: string): void {
  const subscription = getSubscription(sandbox, id)
  if (subscription.status === 'trialing') emit(sandbox, 'customer.subscription.trial_will_end', subscription)
}
