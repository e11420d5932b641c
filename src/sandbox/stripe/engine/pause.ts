import { refuse } from '../errors.ts'
import type { Subscription } from '../objects/subscription.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import { collectInvoice, settleSubscription } from './collect.ts'
import { getCustomer } from './customers.ts'
import { draftInvoice, finalizeInvoice } from './invoices.ts'
import { licensedLines } from './lines.ts'
import { periodFrom } from './periods.ts'
import {
  getSubscription,
  inPeriod,
  scheduleSubscription,
  stopCollecting,
  updateSubscription,
} from './subscriptions.ts'

/** It neither renews nor ends until it is resumed. */
export function pauseSubscription(sandbox: Sandbox, subscription: Subscription): Subscription {
  const paused = updateSubscription(
    sandbox,
    subscription,
    { status: 'paused' },
    'customer.subscription.paused',
  )
  stopCollecting(sandbox, paused)
  scheduleSubscription(sandbox, paused)
  return paused
}

/** A new period begins now and is paid at once; only then it is active. */
export function resumeSubscription(sandbox: Sandbox, subscription: Subscription): Subscription {
  const recurring = subscription.items.data[0]?.price.recurring
  if (subscription.status !== 'paused' || recurring == null) {
    throw refuse(`Only subscriptions with status=paused can be resumed. This one is ${subscription.status}.`)
  }
  const now = nowOf(sandbox)
  const customer = getCustomer(sandbox, subscription.customer)
  const period = periodFrom(now, now, recurring)
  const lines = licensedLines(sandbox, subscription, period)
  const reason = 'subscription_update'
  const behind = { start: now, end: now }
  const draft = draftInvoice(sandbox, { reason, customer, subscription, period: behind, lines })
  const begun: Partial<Subscription> = {
    billing_cycle_anchor: now,
    items: inPeriod(subscription, period),
    latest_invoice: draft.id,
  }
  const moved = updateSubscription(sandbox, subscription, begun)
  const open = finalizeInvoice(sandbox, draft)
  const collected = open.status === 'paid' ? { invoice: open } : collectInvoice(sandbox, open)
  if (collected.invoice.status === 'paid') {
    const active = { status: 'active' as const }
    updateSubscription(sandbox, moved, active, 'customer.subscription.resumed')
  } else settleSubscription(sandbox, collected)
  const result = getSubscription(sandbox, moved.id)
  scheduleSubscription(sandbox, result)
  return result
}
