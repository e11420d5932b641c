import { newId } from '../ids.ts'
import type { Metadata } from '../params.ts'
import type { Decline } from '../test-cards.ts'
import type { PaymentIntent } from './payment-intent.ts'
import type { BillingDetails, PaymentMethod } from './payment-method.ts'
import type { Seconds } from './shared.ts'

const constants = {
  object: 'charge',
  application: null,
  application_fee: null,
  application_fee_amount: null,
  balance_transaction: null,
  calculated_statement_descriptor: 'XSWARM SANDBOX',
  failure_balance_transaction: null,
  fraud_details: null,
  livemode: false,
  on_behalf_of: null,
  receipt_email: null,
  receipt_number: null,
  receipt_url: null,
  review: null,
  shipping: null,
  source: null,
  source_transfer: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  transfer_data: null,
  transfer_group: null,
} as const

export type Charge = typeof constants & {
  readonly id: string
  readonly amount: number
  readonly amount_captured: number
  readonly amount_refunded: number
  readonly billing_details: BillingDetails
  readonly captured: boolean
  readonly created: Seconds
  readonly currency: string
  readonly customer: string | null
  readonly description: string | null
  readonly disputed: boolean
  readonly failure_code: string | null
  readonly failure_message: string | null
  readonly metadata: Metadata
  readonly outcome: ReturnType<typeof outcomeOf>
  readonly paid: boolean
  readonly payment_intent: string
  readonly payment_method: string
  readonly payment_method_details: { readonly card: CardDetails; readonly type: 'card' }
  readonly refunded: boolean
  readonly status: 'succeeded' | 'failed'
}

/** One try to take the amount of a payment intent from a card; with `decline`, one that failed. */
export function newCharge(
  created: Seconds,
  intent: PaymentIntent,
  method: PaymentMethod,
  decline: Decline | undefined,
): Charge {
  const paid = decline === undefined
  return {
    ...constants,
    id: newId('ch_3', 23),
    amount: intent.amount,
    amount_captured: paid ? intent.amount : 0,
    amount_refunded: 0,
    billing_details: method.billing_details,
    captured: paid,
    created,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    metadata: {},
    outcome: outcomeOf(decline),
    paid,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: { card: cardDetails(intent, method), type: 'card' },
    refunded: false,
    status: paid ? 'succeeded' : 'failed',
  }
}

function outcomeOf(decline: Decline | undefined) {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: decline === undefined ? 'approved_by_network' : 'declined_by_network',
    reason: decline === undefined ? null : (decline.decline_code ?? decline.code),
    risk_level: 'normal',
    risk_score: 20,
    seller_message:
      decline === undefined ? 'Payment complete.' : 'The bank did not return any further details.',
    type: decline === undefined ? 'authorized' : 'issuer_declined',
  }
}

type CardDetails = ReturnType<typeof cardDetails>

function cardDetails(intent: PaymentIntent, { card }: PaymentMethod) {
  return {
    amount_authorized: intent.amount,
    authorization_code: null,
    brand: card.brand,
    checks: card.checks,
    country: card.country,
    electronic_commerce_indicator: null,
    exp_month: card.exp_month,
    exp_year: card.exp_year,
    fingerprint: card.fingerprint,
    funding: card.funding,
    installments: null,
    last4: card.last4,
    mandate: null,
    network: card.brand,
    network_token: { used: false },
    network_transaction_id: null,
    regulated_status: card.regulated_status,
    three_d_secure: null,
    transaction_link_id: null,
    wallet: null,
  }
}
