import { missing, refuse } from '../errors.ts'
import { emit } from '../events.ts'
import { type Invoice, type NewInvoice, newInvoice } from '../objects/invoice.ts'
import { newLine } from '../objects/invoice-line.ts'
import { newInvoicePayment } from '../objects/invoice-payment.ts'
import { newPaymentIntent, type PaymentIntent } from '../objects/payment-intent.ts'
import type { Subscription } from '../objects/subscription.ts'
import { keysOf, nowOf, type Sandbox, schedule, settingsOf, unschedule } from '../sandbox.ts'

/** Throws `resource_missing` when there is none. */
export function getInvoice(sandbox: Sandbox, id: string, param = 'id'): Invoice {
  const found = sandbox.store.find('invoice', id)
  if (found === undefined) throw missing('invoice', id, param)
  return found
}

/** Saves the change and says so. */
export function updateInvoice(sandbox: Sandbox, old: Invoice, change: Partial<Invoice>): Invoice {
  const next = { ...old, ...change }
  sandbox.store.put('invoice', next)
  emit(sandbox, 'invoice.updated', next, old)
  return next
}

/** A draft of these lines and of everything that was waiting for the subscription's next invoice. */
export function draftInvoice(sandbox: Sandbox, given: Omit<NewInvoice, 'now'>): Invoice {
  const waiting = waitingItems(sandbox, given.subscription)
  const invoice = newInvoice({ ...given, now: nowOf(sandbox), lines: [...waiting.lines, ...given.lines] })
  for (const item of waiting.items) sandbox.store.put('invoice_item', { ...item, invoice: invoice.id })
  sandbox.store.put('invoice', invoice)
  emit(sandbox, 'invoice.created', invoice)
  return invoice
}

function waitingItems(sandbox: Sandbox, subscription: Subscription) {
  const items = sandbox.store
    .all('invoice_item')
    .filter(
      (item) => item.invoice === null && item.parent.subscription_details.subscription === subscription.id,
    )
  const lines = items.map((item) => {
    const price = sandbox.store.find('price', item.pricing.price_details.price)
    if (price === undefined) throw new Error(`${item.id} has no price`)
    const { amount, description, quantity, period } = item
    const { subscription_item } = item.parent.subscription_details
    return newLine({
      amount,
      description,
      price,
      quantity,
      period,
      subscription: subscription.id,
      subscriptionItem: subscription_item,
      invoiceItem: item.id,
    })
  })
  return { items, lines }
}

/** Lets the draft be finalized by itself after the time that settings give it. */
export function finalizeLater(sandbox: Sandbox, invoice: Invoice): void {
  const at = nowOf(sandbox) + settingsOf(sandbox).draftMinutes * 60
  sandbox.store.put('invoice', { ...invoice, automatically_finalizes_at: at })
  schedule(sandbox, 'finalize', invoice.id, at)
}

/**
 * From draft to open, with the payment intent that will pay it; an invoice over nothing is paid at once.
 * `adopt` is an intent that exists already, of a Checkout page.
 */
export function finalizeInvoice(sandbox: Sandbox, draft: Invoice, adopt?: PaymentIntent): Invoice {
  if (draft.status !== 'draft') throw refuse(`This invoice is already finalized: it is ${draft.status}.`)
  unschedule(sandbox, draft.id, 'finalize')
  const now = nowOf(sandbox)
  const page = `${sandbox.publicUrl}/i/${draft.id}`
  const open: Invoice = {
    ...draft,
    automatically_finalizes_at: null,
    effective_at: now,
    ending_balance: 0,
    hosted_invoice_url: page,
    invoice_pdf: `${page}/pdf`,
    number: nextNumber(sandbox),
    status: 'open',
    status_transitions: { ...draft.status_transitions, finalized_at: now },
  }
  sandbox.store.put('invoice', open)
  emit(sandbox, 'invoice.finalized', open)
  if (open.amount_due === 0) return markPaid(sandbox, open, 0)
  const intent = adopt ?? createIntent(sandbox, open)
  sandbox.store.put('invoice_payment', newInvoicePayment(now, open, intent.id))
  return open
}

function createIntent(sandbox: Sandbox, invoice: Invoice): PaymentIntent {
  const intent = newPaymentIntent(nowOf(sandbox), {
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: invoice.customer,
    description:
      invoice.billing_reason === 'subscription_create' ? 'Subscription creation' : 'Subscription update',
  })
  sandbox.store.put('payment_intent', intent)
  emit(sandbox, 'payment_intent.created', intent)
  return intent
}

function nextNumber(sandbox: Sandbox): string {
  const keys = keysOf(sandbox)
  sandbox.store.put('keys', { ...keys, invoices: keys.invoices + 1 })
  return `SANDBOX-${String(keys.invoices + 1).padStart(4, '0')}`
}

/** It is paid: `amount` of it with money, the rest was never owed. */
export function markPaid(sandbox: Sandbox, invoice: Invoice, amount: number): Invoice {
  unschedule(sandbox, invoice.id, 'retry')
  const now = nowOf(sandbox)
  const paid: Invoice = {
    ...invoice,
    amount_paid: amount,
    amount_remaining: 0,
    attempted: true,
    auto_advance: false,
    next_payment_attempt: null,
    status: 'paid',
    status_transitions: { ...invoice.status_transitions, paid_at: now },
  }
  sandbox.store.put('invoice', paid)
  emit(sandbox, 'invoice.updated', paid, invoice)
  emit(sandbox, 'invoice.paid', paid)
  emit(sandbox, 'invoice.payment_succeeded', paid)
  return paid
}
