import { newId } from '../ids.ts'
import type { Metadata } from '../params.ts'
import type { Seconds } from './shared.ts'

export type Interval = 'day' | 'week' | 'month' | 'year'

export interface Product {
  readonly id: string
  readonly object: 'product'
  readonly active: boolean
  readonly created: Seconds
  readonly default_price: string | null
  readonly description: string | null
  readonly images: string[]
  readonly livemode: false
  readonly marketing_features: never[]
  readonly metadata: Metadata
  readonly name: string
  readonly package_dimensions: null
  readonly shippable: null
  readonly statement_descriptor: string | null
  readonly tax_code: string | null
  readonly tax_details: null
  readonly type: 'service'
  readonly unit_label: string | null
  readonly updated: Seconds
  readonly url: string | null
}

export function newProduct(
  now: Seconds,
  given: Pick<Product, 'name' | 'active' | 'description' | 'metadata' | 'unit_label'> & {
    readonly id?: string
  },
): Product {
  return {
    id: newId('prod', 14),
    object: 'product',
    created: now,
    default_price: null,
    images: [],
    livemode: false,
    marketing_features: [],
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    updated: now,
    url: null,
    ...given,
  }
}

export interface Recurring {
  readonly interval: Interval
  readonly interval_count: number
  readonly meter: string | null
  readonly trial_period_days: null
  readonly usage_type: 'licensed' | 'metered'
}

const priceConstants = {
  object: 'price',
  billing_scheme: 'per_unit',
  custom_unit_amount: null,
  livemode: false,
  tax_behavior: 'unspecified',
  tiers_mode: null,
  transform_quantity: null,
} as const

export type Price = typeof priceConstants & {
  readonly id: string
  readonly active: boolean
  readonly created: Seconds
  readonly currency: string
  readonly lookup_key: string | null
  readonly metadata: Metadata
  readonly nickname: string | null
  readonly product: string
  readonly recurring: Recurring | null
  readonly type: 'one_time' | 'recurring'
  readonly unit_amount: number | null
  readonly unit_amount_decimal: string
}

export function newPrice(
  created: Seconds,
  given: Omit<Price, keyof typeof priceConstants | 'id' | 'created' | 'type'>,
): Price {
  return {
    ...priceConstants,
    ...given,
    id: newId('price'),
    created,
    type: given.recurring === null ? 'one_time' : 'recurring',
  }
}

/** What `quantity` of it costs, in the smallest unit of its currency, rounded half up. */
export function costOf(price: Price, quantity: number): number {
  return Math.round(Number(price.unit_amount_decimal) * quantity)
}

export function isMetered(price: Price): boolean {
  return price.recurring?.usage_type === 'metered'
}
