import { newId } from '../ids.ts'
import type { Metadata } from '../params.ts'
import type { Price } from './product.ts'
import type { Seconds } from './shared.ts'

export interface SubscriptionItem {
  readonly id: string
  readonly object: 'subscription_item'
  readonly billing_thresholds: null
  readonly created: Seconds
  readonly current_period_end: Seconds
  readonly current_period_start: Seconds
  readonly current_trial: null
  readonly discounts: never[]
  readonly metadata: Metadata
  readonly plan: ReturnType<typeof planOf>
  readonly price: Price
  readonly quantity?: number
  readonly subscription: string
  readonly tax_rates: never[]
}

export interface Period {
  readonly start: Seconds
  readonly end: Seconds
}

export function newSubscriptionItem(
  subscription: string,
  price: Price,
  quantity: number | undefined,
  period: Period,
  created: Seconds,
): SubscriptionItem {
  return {
    id: newId('si', 14),
    object: 'subscription_item',
    billing_thresholds: null,
    created,
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(price),
    price,
    ...(price.recurring?.usage_type === 'metered' ? {} : { quantity: quantity ?? 1 }),
    subscription,
    tax_rates: [],
  }
}

/** The price in the older shape that items still carry. */
export function planOf(price: Price) {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: 'per_unit',
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: price.recurring?.meter ?? null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: price.recurring?.usage_type ?? 'licensed',
  } as const
}
