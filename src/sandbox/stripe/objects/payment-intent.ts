import { newId, randomText } from '../ids.ts'
import type { Metadata } from '../params.ts'
import type { Seconds } from './shared.ts'

const constants = {
  object: 'payment_intent',
  allowed_payment_method_types: null,
  amount_capturable: 0,
  application: null,
  application_fee_amount: null,
  automatic_payment_methods: null,
  capture_method: 'automatic_async',
  confirmation_method: 'automatic',
  customer_account: null,
  excluded_payment_method_types: null,
  livemode: false,
  managed_payments: null,
  next_action: null,
  on_behalf_of: null,
  payment_method_configuration_details: null,
  payment_method_options: null,
  payment_record: null,
  processing: null,
  receipt_email: null,
  review: null,
  shipping: null,
  source: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  transfer_data: null,
  transfer_group: null,
} as const

export interface PaymentError {
  readonly charge: string
  readonly code: string
  readonly decline_code?: string
  readonly doc_url: string
  readonly message: string
  readonly type: 'card_error'
}

export type PaymentIntent = typeof constants & {
  readonly id: string
  readonly amount: number
  readonly amount_received: number
  readonly canceled_at: Seconds | null
  readonly cancellation_reason: 'void_invoice' | null
  readonly client_secret: string
  readonly created: Seconds
  readonly currency: string
  readonly customer: string | null
  readonly description: string | null
  readonly last_payment_error: PaymentError | null
  readonly latest_charge: string | null
  readonly metadata: Metadata
  readonly payment_method: string | null
  readonly payment_method_types: string[]
  readonly setup_future_usage: 'off_session' | null
  readonly status: 'requires_payment_method' | 'requires_action' | 'succeeded' | 'canceled'
}

export function newPaymentIntent(
  created: Seconds,
  given: Pick<PaymentIntent, 'amount' | 'currency' | 'customer' | 'description'>,
): PaymentIntent {
  const id = newId('pi_3', 23)
  return {
    ...constants,
    ...given,
    id,
    amount_received: 0,
    canceled_at: null,
    cancellation_reason: null,
    client_secret: `${id}_secret_${randomText(25)}`,
    created,
    last_payment_error: null,
    latest_charge: null,
    metadata: {},
    payment_method: null,
    payment_method_types: ['card'],
    setup_future_usage: 'off_session',
    status: 'requires_payment_method',
  }
}
