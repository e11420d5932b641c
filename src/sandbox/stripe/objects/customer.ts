import { newId } from '../ids.ts'
import type { Metadata } from '../params.ts'
import type { Seconds } from './shared.ts'

const constants = {
  object: 'customer',
  address: null,
  balance: 0,
  currency: null,
  customer_account: null,
  default_source: null,
  discount: null,
  livemode: false,
  next_invoice_sequence: 1,
  preferred_locales: [],
  shipping: null,
  tax_exempt: 'none',
  test_clock: null,
} as const

export type Customer = Omit<typeof constants, 'preferred_locales'> & {
  readonly id: string
  readonly preferred_locales: string[]
  readonly created: Seconds
  readonly delinquent: boolean
  readonly description: string | null
  readonly email: string | null
  readonly invoice_prefix: string
  readonly invoice_settings: {
    readonly custom_fields: null
    readonly default_payment_method: string | null
    readonly footer: null
    readonly rendering_options: null
  }
  readonly metadata: Metadata
  readonly name: string | null
  readonly phone: string | null
}

/** What is left of a deleted customer. */
export interface DeletedCustomer {
  readonly id: string
  readonly object: 'customer'
  readonly deleted: true
}

export function newCustomer(
  created: Seconds,
  given: Pick<Customer, 'description' | 'email' | 'metadata' | 'name' | 'phone'>,
): Customer {
  const id = newId('cus', 14)
  return {
    ...constants,
    ...given,
    preferred_locales: [],
    id,
    created,
    delinquent: false,
    invoice_prefix: id.slice(-8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
  }
}
