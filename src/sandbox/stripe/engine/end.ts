import type { CancellationDetails, Subscription } from '../objects/subscription.ts'
import { periodOf } from '../objects/subscription.ts'
import { nowOf, type Sandbox, schedule, unschedule } from '../sandbox.ts'
import { getCustomer } from './customers.ts'
import { draftInvoice, finalizeLater } from './invoices.ts'
import { meteredLines } from './lines.ts'
import { scheduleSubscription, stopCollecting, updateSubscription } from './subscriptions.ts'
import { voidInvoice } from './void.ts'

type Reason = CancellationDetails['reason']

/** It is over now. One `deleted` and no `updated`; a planned end keeps showing its plan, any other shows none. */
export function endSubscription(
  sandbox: Sandbox,
  subscription: Subscription,
  reason: Reason,
  asPlanned = false,
): Subscription {
  const now = nowOf(sandbox)
  const ended: Partial<Subscription> = {
    ...(asPlanned ? {} : { cancel_at: null, cancel_at_period_end: false }),
    canceled_at: subscription.canceled_at ?? now,
    cancellation_details: { ...subscription.cancellation_details, reason },
    ended_at: now,
    status: 'canceled',
  }
  const over = updateSubscription(sandbox, subscription, ended, 'customer.subscription.deleted')
  unschedule(sandbox, over.id, 'incomplete-expiry')
  scheduleSubscription(sandbox, over)
  stopCollecting(sandbox, over)
  return over
}

/** The end that was planned has come: what was used until now is still billed. */
export function endAsPlanned(sandbox: Sandbox, subscription: Subscription): void {
  billUsage(sandbox, endSubscription(sandbox, subscription, 'cancellation_requested', true))
}

/** A last invoice over what was used in the running period, if anything was. */
export function billUsage(sandbox: Sandbox, subscription: Subscription): void {
  const period = { start: periodOf(subscription).start, end: nowOf(sandbox) }
  const lines = meteredLines(sandbox, subscription, period).filter(({ quantity }) => quantity > 0)
  if (lines.length === 0) return
  const customer = getCustomer(sandbox, subscription.customer)
  const reason = 'subscription_cycle'
  const invoice = draftInvoice(sandbox, { reason, customer, subscription, period, lines })
  finalizeLater(sandbox, invoice)
}

export interface PlannedEnd {
  readonly at: number
  /** Whether `cancel_at_period_end` shows it: the API sets it, the portal does not. */
  readonly atPeriodEnd: boolean
  readonly details?: Partial<CancellationDetails> | undefined
}

/** It will end later, and goes on until then. */
export function planEnd(sandbox: Sandbox, subscription: Subscription, plan: PlannedEnd): Subscription {
  const next = updateSubscription(sandbox, subscription, {
    cancel_at: plan.at,
    cancel_at_period_end: plan.atPeriodEnd,
    canceled_at: nowOf(sandbox),
    cancellation_details: {
      ...subscription.cancellation_details,
      ...plan.details,
      reason: 'cancellation_requested',
    },
  })
  scheduleSubscription(sandbox, next)
  return next
}

/** It will not end after all. */
export function keepGoing(sandbox: Sandbox, subscription: Subscription): Subscription {
  const next = updateSubscription(sandbox, subscription, {
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
  })
  scheduleSubscription(sandbox, next)
  return next
}

/** Nobody paid the first invoice in 23 hours. There is no `deleted` for this, only an `updated`. */
export function expireIncomplete(sandbox: Sandbox, id: string): void {
  const subscription = sandbox.store.find('subscription', id)
  if (subscription?.status !== 'incomplete') return
  const ended_at = nowOf(sandbox)
  updateSubscription(sandbox, subscription, { status: 'incomplete_expired', ended_at })
  const invoice = subscription.latest_invoice && sandbox.store.find('invoice', subscription.latest_invoice)
  if (invoice && invoice.status === 'open') voidInvoice(sandbox, invoice)
}

export const INCOMPLETE_FOR_SECONDS = 23 * 3600

/** Starts the 23 hours. */
export function awaitFirstPayment(sandbox: Sandbox, subscription: Subscription): void {
  schedule(sandbox, 'incomplete-expiry', subscription.id, nowOf(sandbox) + INCOMPLETE_FOR_SECONDS)
}
