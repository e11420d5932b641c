import { newId } from '../ids.ts'
import type { Metadata } from '../params.ts'
import type { Customer } from './customer.ts'
import type { InvoiceLine } from './invoice-line.ts'
import { type ApiList, listOf, type Seconds } from './shared.ts'
import type { Subscription } from './subscription.ts'
import type { Period } from './subscription-item.ts'

export type InvoiceStatus = 'draft' | 'open' | 'paid' | 'uncollectible' | 'void'
export type BillingReason =
  | 'manual'
  | 'subscription_create'
  | 'subscription_cycle'
  | 'subscription_update'
  | 'upcoming'

const constants = {
  object: 'invoice',
  account_country: 'US',
  account_name: 'xswarm sandbox',
  account_tax_ids: null,
  amount_overpaid: 0,
  amount_shipping: 0,
  application: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
  collection_method: 'charge_automatically',
  custom_fields: null,
  customer_account: null,
  customer_address: null,
  customer_shipping: null,
  customer_tax_exempt: 'none',
  default_source: null,
  due_date: null,
  footer: null,
  from_invoice: null,
  issuer: { type: 'self' },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  on_behalf_of: null,
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  statement_descriptor: null,
  test_clock: null,
} as const

export type Invoice = typeof constants & {
  readonly id: string
  readonly amount_due: number
  readonly amount_paid: number
  readonly amount_remaining: number
  readonly attempt_count: number
  readonly attempted: boolean
  readonly auto_advance: boolean
  readonly automatically_finalizes_at: Seconds | null
  readonly billing_reason: BillingReason
  readonly created: Seconds
  readonly currency: string
  readonly customer: string
  readonly customer_email: string | null
  readonly customer_name: string | null
  readonly customer_phone: string | null
  readonly customer_tax_ids: never[]
  readonly default_payment_method: string | null
  readonly default_tax_rates: never[]
  readonly description: string | null
  readonly discounts: never[]
  readonly effective_at: Seconds | null
  readonly ending_balance: number | null
  readonly hosted_invoice_url: string | null
  readonly invoice_pdf: string | null
  readonly lines: ApiList<InvoiceLine>
  readonly metadata: Metadata
  readonly next_payment_attempt: Seconds | null
  readonly number: string | null
  readonly parent: {
    readonly quote_details: null
    readonly subscription_details: { readonly metadata: Metadata; readonly subscription: string }
    readonly type: 'subscription_details'
  }
  readonly period_end: Seconds
  readonly period_start: Seconds
  readonly starting_balance: number
  readonly status: InvoiceStatus
  readonly status_transitions: {
    readonly finalized_at: Seconds | null
    readonly marked_uncollectible_at: Seconds | null
    readonly paid_at: Seconds | null
    readonly voided_at: Seconds | null
  }
  readonly subtotal: number
  readonly subtotal_excluding_tax: number
  readonly total: number
  readonly total_discount_amounts: never[]
  readonly total_excluding_tax: number
  readonly total_pretax_credit_amounts: never[]
  readonly total_taxes: never[]
  readonly webhooks_delivered_at: Seconds | null
}

export interface NewInvoice {
  readonly now: Seconds
  readonly reason: BillingReason
  readonly customer: Customer
  readonly subscription: Subscription
  readonly period: Period
  readonly lines: readonly InvoiceLine[]
}

/** A draft. What is owed is never below nothing: a credit beyond it would go to the customer's balance. */
export function newInvoice({ now, reason, customer, subscription, period, lines }: NewInvoice): Invoice {
  const id = newId('in_1', 23)
  const total = lines.reduce((sum, line) => sum + line.amount, 0)
  const owed = Math.max(0, total)
  return {
    ...constants,
    id,
    amount_due: owed,
    amount_paid: 0,
    amount_remaining: owed,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatically_finalizes_at: null,
    billing_reason: reason,
    created: now,
    currency: subscription.currency,
    customer: customer.id,
    customer_email: customer.email,
    customer_name: customer.name,
    customer_phone: customer.phone,
    customer_tax_ids: [],
    default_payment_method: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    effective_at: null,
    ending_balance: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    lines: listOf(
      `/v1/invoices/${id}/lines`,
      lines.map((line) => ({ ...line, invoice: id })),
    ),
    metadata: {},
    next_payment_attempt: null,
    number: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: 'subscription_details',
    },
    period_end: period.end,
    period_start: period.start,
    starting_balance: 0,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: now,
  }
}
