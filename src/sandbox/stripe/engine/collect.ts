import { ApiError, type ErrorBody } from '../errors.ts'
import { emit } from '../events.ts'
import type { Invoice } from '../objects/invoice.ts'
import type { InvoicePayment } from '../objects/invoice-payment.ts'
import type { PaymentMethod } from '../objects/payment-method.ts'
import { nowOf, type Sandbox, schedule, settingsOf, unschedule } from '../sandbox.ts'
import { getCustomer, updateCustomer } from './customers.ts'
import { endSubscription } from './end.ts'
import { finalizeInvoice, getInvoice, markPaid, updateInvoice } from './invoices.ts'
import { cardErrorBody, paymentMethodFor, takePayment } from './payments.ts'
import { awaitsPayment, scheduleSubscription, updateSubscription } from './subscriptions.ts'

const DAY = 86_400

export interface Collected {
  readonly invoice: Invoice
  /** Why it was not paid. */
  readonly refusal?: ErrorBody
}

/** Tries once to have an open invoice paid, by `method` or by the card that pays for its subscription. */
export function collectInvoice(sandbox: Sandbox, invoice: Invoice, method?: PaymentMethod): Collected {
  if (invoice.status === 'paid') return { invoice }
  const payment = openPaymentOf(sandbox, invoice)
  const intent = payment && sandbox.store.find('payment_intent', payment.payment.payment_intent)
  if (payment === undefined || intent === undefined)
    throw new Error(`${invoice.id} has nothing to pay it with`)
  const card = method ?? defaultCard(sandbox, invoice)
  if (card === undefined) {
    const message = 'This customer has no attached payment source or default payment method.'
    return { invoice: noteFailure(sandbox, invoice), refusal: { type: 'invalid_request_error', message } }
  }
  const { decline, charge } = takePayment(sandbox, intent, card)
  if (decline !== undefined) {
    return { invoice: noteFailure(sandbox, invoice), refusal: cardErrorBody(decline, charge) }
  }
  return { invoice: notePayment(sandbox, invoice, payment) }
}

function openPaymentOf(sandbox: Sandbox, invoice: Invoice): InvoicePayment | undefined {
  const payments = sandbox.store.all('invoice_payment')
  return payments.find((one) => one.invoice === invoice.id && one.status === 'open')
}

function defaultCard(sandbox: Sandbox, invoice: Invoice): PaymentMethod | undefined {
  const customer = getCustomer(sandbox, invoice.customer)
  const subscription = sandbox.store.find('subscription', invoice.parent.subscription_details.subscription)
  return paymentMethodFor(sandbox, customer, subscription)
}

function notePayment(sandbox: Sandbox, invoice: Invoice, payment: InvoicePayment): Invoice {
  const paid: InvoicePayment = {
    ...payment,
    amount_paid: invoice.amount_due,
    status: 'paid',
    status_transitions: { canceled_at: null, paid_at: nowOf(sandbox) },
  }
  sandbox.store.put('invoice_payment', paid)
  emit(sandbox, 'invoice_payment.paid', paid)
  const attempts = { ...invoice, attempt_count: invoice.attempt_count + 1 }
  const settled = markPaid(sandbox, attempts, invoice.amount_due)
  updateCustomer(sandbox, getCustomer(sandbox, invoice.customer), { delinquent: false })
  return settled
}

function noteFailure(sandbox: Sandbox, invoice: Invoice): Invoice {
  const failed = updateInvoice(sandbox, invoice, {
    attempted: true,
    attempt_count: invoice.attempt_count + 1,
    next_payment_attempt: nextAttempt(sandbox, invoice),
  })
  emit(sandbox, 'invoice.payment_failed', failed)
  updateCustomer(sandbox, getCustomer(sandbox, invoice.customer), { delinquent: true })
  return failed
}

/** The first invoice of a subscription is not tried again by itself: who subscribes is there to do it. */
function nextAttempt(sandbox: Sandbox, invoice: Invoice): number | null {
  const days = settingsOf(sandbox).retryDays[invoice.attempt_count]
  const waits =
    invoice.billing_reason === 'subscription_create' || !invoice.auto_advance || days === undefined
  if (waits) return null
  const at = nowOf(sandbox) + days * DAY
  schedule(sandbox, 'retry', invoice.id, at)
  return at
}

/** What a tried payment means for the subscription: active again, past due, or over when the last try has failed. */
export function settleSubscription(sandbox: Sandbox, { invoice, refusal }: Collected): void {
  const subscription = sandbox.store.find('subscription', invoice.parent.subscription_details.subscription)
  if (subscription === undefined) return
  const { status } = subscription
  if (refusal === undefined) {
    if (!awaitsPayment(status) || subscription.latest_invoice !== invoice.id) return
    unschedule(sandbox, subscription.id, 'incomplete-expiry')
    scheduleSubscription(sandbox, updateSubscription(sandbox, subscription, { status: 'active' }))
    return
  }
  if (status !== 'active' && status !== 'past_due') return
  const late = updateSubscription(sandbox, subscription, { status: 'past_due' })
  if (invoice.next_payment_attempt !== null) return
  const { afterRetries } = settingsOf(sandbox)
  if (afterRetries === 'cancel') endSubscription(sandbox, late, 'payment_failed')
  else if (afterRetries === 'unpaid') updateSubscription(sandbox, late, { status: 'unpaid' })
}

/** A draft's hour is over: it is opened and tried. */
export function finalizeAndCollect(sandbox: Sandbox, id: string): void {
  const draft = getInvoice(sandbox, id)
  if (draft.status !== 'draft') return
  settleSubscription(sandbox, collectInvoice(sandbox, finalizeInvoice(sandbox, draft)))
}

/** The next try of an invoice that failed. */
export function retryInvoice(sandbox: Sandbox, id: string): void {
  const invoice = getInvoice(sandbox, id)
  if (invoice.status !== 'open' || !invoice.auto_advance) return
  settleSubscription(sandbox, collectInvoice(sandbox, invoice))
}

/** Somebody asks for the payment now. Throws ApiError when it is refused; the failed attempt stays. */
export function payInvoice(sandbox: Sandbox, invoice: Invoice, method?: PaymentMethod): Invoice {
  const collected = collectInvoice(sandbox, invoice, method)
  settleSubscription(sandbox, collected)
  const { refusal } = collected
  if (refusal !== undefined) {
    throw new ApiError(refusal.type === 'card_error' ? 402 : 400, refusal, { kept: true })
  }
  return collected.invoice
}
