import { newId } from '../ids.ts'
import type { Invoice } from './invoice.ts'
import type { Seconds } from './shared.ts'

/** Links an invoice with the payment intent that pays it. */
export interface InvoicePayment {
  readonly id: string
  readonly object: 'invoice_payment'
  readonly amount_paid: number | null
  readonly amount_requested: number
  readonly created: Seconds
  readonly currency: string
  readonly invoice: string
  readonly is_default: boolean
  readonly livemode: false
  readonly payment: { readonly payment_intent: string; readonly type: 'payment_intent' }
  readonly status: 'open' | 'paid' | 'canceled'
  readonly status_transitions: { readonly canceled_at: Seconds | null; readonly paid_at: Seconds | null }
}

export function newInvoicePayment(created: Seconds, invoice: Invoice, paymentIntent: string): InvoicePayment {
  return {
    id: newId('inpay_1', 23),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: paymentIntent, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  }
}
