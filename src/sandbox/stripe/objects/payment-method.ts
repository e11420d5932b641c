import { newId } from '../ids.ts'
import type { Metadata } from '../params.ts'
import { findCard, type TestCard } from '../test-cards.ts'
import type { Seconds } from './shared.ts'

export interface PaymentMethod {
  readonly id: string
  readonly object: 'payment_method'
  readonly allow_redisplay: 'unspecified'
  readonly billing_details: BillingDetails
  readonly card: {
    readonly brand: string
    readonly checks: { address_line1_check: null; address_postal_code_check: null; cvc_check: 'pass' }
    readonly country: 'US'
    readonly display_brand: string
    readonly exp_month: number
    readonly exp_year: number
    readonly fingerprint: string
    readonly funding: 'credit'
    readonly generated_from: null
    readonly last4: string
    readonly networks: { available: string[]; preferred: null }
    readonly regulated_status: 'unregulated'
    readonly three_d_secure_usage: { supported: true }
    readonly wallet: null
  }
  readonly created: Seconds
  readonly customer: string | null
  readonly customer_account: null
  readonly livemode: false
  readonly metadata: Metadata
  readonly type: 'card'
}

export interface BillingDetails {
  readonly address: null
  readonly email: string | null
  readonly name: string | null
  readonly phone: string | null
  readonly tax_id: null
}

export function newPaymentMethod(now: Seconds, card: TestCard, customer: string | null): PaymentMethod {
  return {
    id: newId('pm_1', 23),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: card.brand,
      exp_month: 12,
      exp_year: new Date(now * 1000).getUTCFullYear() + 5,
      fingerprint: `sandbox${card.number.slice(-8)}`,
      funding: 'credit',
      generated_from: null,
      last4: card.number.slice(-4),
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: now,
    customer,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  }
}

/** The test card behind it, which decides how its charges end. */
export function cardOf(method: PaymentMethod): TestCard {
  return findCard(method.card.last4)
}
