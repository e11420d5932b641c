import { emit } from '../events.ts'
import type { Customer } from '../objects/customer.ts'
import type { PaymentIntent } from '../objects/payment-intent.ts'
import type { PaymentMethod } from '../objects/payment-method.ts'
import type { Price } from '../objects/product.ts'
import { listOf, type Seconds } from '../objects/shared.ts'
import {
  type NewSubscription,
  newSubscription,
  periodOf,
  type Subscription,
} from '../objects/subscription.ts'
import { newSubscriptionItem, type Period } from '../objects/subscription-item.ts'
import type { Metadata } from '../params.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import { collectInvoice, settleSubscription } from './collect.ts'
import { awaitFirstPayment } from './end.ts'
import { draftInvoice, finalizeInvoice } from './invoices.ts'
import { licensedLines } from './lines.ts'
import { periodFrom } from './periods.ts'
import { scheduleSubscription } from './subscriptions.ts'

export interface Plan {
  readonly customer: Customer
  readonly items: readonly { readonly price: Price; readonly quantity?: number | undefined }[]
  readonly defaultPaymentMethod: string | null
  readonly description: string | null
  readonly metadata: Metadata
  readonly trialEnd: Seconds | null
  readonly trialSettings: NewSubscription['trial_settings']
}

/**
 * Through the API: `created` with the status it begins in, then the first invoice and what comes of it.
 * `collect` is false when the caller will have it paid later (default_incomplete).
 */
export function subscribe(sandbox: Sandbox, plan: Plan, collect = true): Subscription {
  const begun = begin(sandbox, plan)
  const invoice = firstInvoice(sandbox, begun, plan.customer)
  const subscription: Subscription = { ...begun, latest_invoice: invoice.id }
  sandbox.store.put('subscription', subscription)
  emit(sandbox, 'customer.subscription.created', subscription)
  if (subscription.status === 'incomplete') awaitFirstPayment(sandbox, subscription)
  const open = finalizeInvoice(sandbox, invoice)
  if (open.status === 'paid' || collect) {
    settleSubscription(sandbox, open.status === 'paid' ? { invoice: open } : collectInvoice(sandbox, open))
  }
  const result = sandbox.store.find('subscription', subscription.id) ?? subscription
  scheduleSubscription(sandbox, result)
  return result
}

/** Through Checkout: the payment comes first, so the subscription is born active and no `updated` follows. */
export function subscribePaid(
  sandbox: Sandbox,
  plan: Plan,
  payment: { readonly intent: PaymentIntent | undefined; readonly method: PaymentMethod | undefined },
): Subscription {
  const begun = begin(sandbox, plan)
  sandbox.store.put('subscription', begun)
  const open = finalizeInvoice(sandbox, firstInvoice(sandbox, begun, plan.customer), payment.intent)
  if (open.status !== 'paid') {
    const { refusal } = collectInvoice(sandbox, open, payment.method)
    if (refusal !== undefined) throw new Error('Checkout lets nobody through whose card is declined')
  }
  const status = begun.status === 'trialing' ? 'trialing' : 'active'
  const subscription: Subscription = { ...begun, status, latest_invoice: open.id }
  sandbox.store.put('subscription', subscription)
  emit(sandbox, 'customer.subscription.created', subscription)
  scheduleSubscription(sandbox, subscription)
  return subscription
}

function begin(sandbox: Sandbox, plan: Plan): Subscription {
  const now = nowOf(sandbox)
  const { customer, defaultPaymentMethod, description, metadata, trialEnd } = plan
  const [first] = plan.items
  if (first?.price.recurring == null) throw new Error('A subscription needs recurring prices')
  const bare = newSubscription(now, {
    billing_cycle_anchor: trialEnd ?? now,
    currency: first.price.currency,
    customer: customer.id,
    default_payment_method: defaultPaymentMethod,
    description,
    metadata,
    status: trialEnd === null ? 'incomplete' : 'trialing',
    trial_end: trialEnd,
    trial_settings: plan.trialSettings,
  })
  const period: Period =
    trialEnd === null ? periodFrom(now, now, first.price.recurring) : { start: now, end: trialEnd }
  const items = plan.items.map(({ price, quantity }) =>
    newSubscriptionItem(bare.id, price, quantity, period, now),
  )
  return { ...bare, items: listOf(bare.items.url, items) }
}

function firstInvoice(sandbox: Sandbox, subscription: Subscription, customer: Customer) {
  const running = periodOf(subscription)
  return draftInvoice(sandbox, {
    reason: 'subscription_create',
    customer,
    subscription,
    // Of an invoice the period lies behind it: the first one has none.
    period: { start: running.start, end: running.start },
    lines: licensedLines(sandbox, subscription, running, subscription.status === 'trialing'),
  })
}
