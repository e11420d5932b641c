import { newId } from '../ids.ts'
import type { Metadata } from '../params.ts'
import type { Price } from './product.ts'
import type { Seconds } from './shared.ts'
import type { MissingPaymentMethod } from './subscription.ts'

const constants = {
  object: 'checkout.session',
  adaptive_pricing: null,
  after_expiration: null,
  allowed_payment_method_types: null,
  automatic_tax: { enabled: false, liability: null, provider: null, status: null },
  client_secret: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  customer_account: null,
  custom_text: {
    after_submit: null,
    shipping_address: null,
    submit: null,
    terms_of_service_acceptance: null,
  },
  integration_identifier: null,
  invoice_creation: null,
  livemode: false,
  managed_payments: { enabled: false },
  origin_context: null,
  payment_link: null,
  payment_method_configuration_details: null,
  payment_method_options: null,
  permissions: null,
  phone_number_collection: { enabled: false },
  recovered_from: null,
  shipping_address_collection: null,
  shipping_cost: null,
  ui_mode: 'hosted_page',
  wallet_options: null,
} as const

export type CheckoutSession = typeof constants & {
  readonly id: string
  readonly allow_promotion_codes: boolean | null
  readonly amount_subtotal: number | null
  readonly amount_total: number | null
  readonly billing_address_collection: 'auto' | 'required' | null
  readonly cancel_url: string | null
  readonly client_reference_id: string | null
  readonly created: Seconds
  readonly currency: string | null
  readonly custom_fields: never[]
  readonly customer: string | null
  readonly customer_creation: 'always' | null
  readonly customer_details: CustomerDetails | null
  readonly customer_email: string | null
  readonly discounts: never[]
  readonly expires_at: Seconds
  readonly invoice: string | null
  readonly locale: 'auto' | 'en' | null
  readonly metadata: Metadata
  readonly mode: 'subscription' | 'setup'
  readonly payment_intent: string | null
  readonly payment_method_collection: 'always' | 'if_required' | null
  readonly payment_method_types: string[]
  readonly payment_status: 'paid' | 'unpaid' | 'no_payment_required'
  readonly saved_payment_method_options: {
    readonly allow_redisplay_filters: 'always'[]
    readonly payment_method_remove: 'disabled'
    readonly payment_method_save: null
  } | null
  readonly setup_intent: string | null
  readonly shipping_options: never[]
  readonly status: 'open' | 'complete' | 'expired'
  readonly submit_type: null
  readonly subscription: string | null
  readonly success_url: string
  readonly total_details: {
    readonly amount_discount: 0
    readonly amount_shipping: 0
    readonly amount_tax: 0
  } | null
  readonly url: string | null
}

export interface CustomerDetails {
  readonly address: null
  readonly business_name: null
  readonly email: string | null
  readonly individual_name: null
  readonly name: string | null
  readonly phone: string | null
  readonly tax_exempt: 'none'
  readonly tax_ids: never[]
}

export type NewCheckoutSession = Pick<
  CheckoutSession,
  | 'allow_promotion_codes'
  | 'amount_total'
  | 'billing_address_collection'
  | 'cancel_url'
  | 'client_reference_id'
  | 'currency'
  | 'customer'
  | 'customer_email'
  | 'expires_at'
  | 'locale'
  | 'metadata'
  | 'mode'
  | 'payment_method_collection'
  | 'success_url'
>

/** An open session. `pageUrl` is where its page lies, without the id. */
export function newCheckoutSession(
  now: Seconds,
  pageUrl: string,
  given: NewCheckoutSession,
): CheckoutSession {
  const id = newId('cs_test_a1', 56)
  const subscribes = given.mode === 'subscription'
  return {
    ...constants,
    ...given,
    id,
    amount_subtotal: given.amount_total,
    created: now,
    custom_fields: [],
    customer_creation: subscribes && given.customer === null ? 'always' : null,
    customer_details: null,
    discounts: [],
    invoice: null,
    payment_intent: null,
    payment_method_types: ['card'],
    payment_status: subscribes ? 'unpaid' : 'no_payment_required',
    saved_payment_method_options: subscribes
      ? { allow_redisplay_filters: ['always'], payment_method_remove: 'disabled', payment_method_save: null }
      : null,
    setup_intent: null,
    shipping_options: [],
    status: 'open',
    submit_type: null,
    subscription: null,
    total_details: subscribes ? { amount_discount: 0, amount_shipping: 0, amount_tax: 0 } : null,
    url: `${pageUrl}${id}`,
  }
}

/** What the session will make of itself once paid: kept beside it, because the API does not show it. */
export interface CheckoutPlan {
  readonly id: string
  readonly items: readonly { readonly id: string; readonly price: string; readonly quantity: number | null }[]
  readonly description: string | null
  readonly metadata: Metadata
  readonly trialEnd: Seconds | null
  readonly trialDays: number | null
  readonly missingPaymentMethod: MissingPaymentMethod
  /** The payment intent of attempts that failed on the page; the one that succeeds takes it over. */
  readonly paymentIntent: string | null
  /** A card that waits until its holder has authenticated. */
  readonly authenticating: string | null
}

export function newLineItem(id: string, price: Price, quantity: number | null, amount: number) {
  return {
    id,
    object: 'item' as const,
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency: price.currency,
    description: price.nickname,
    metadata: {},
    price,
    quantity,
  }
}
