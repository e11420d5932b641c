import { newId } from '../ids.ts'
import type { Metadata } from '../params.ts'
import { type ApiList, listOf, type Seconds } from './shared.ts'
import type { Period, SubscriptionItem } from './subscription-item.ts'

export type SubscriptionStatus =
  | 'active'
  | 'canceled'
  | 'incomplete'
  | 'incomplete_expired'
  | 'past_due'
  | 'paused'
  | 'trialing'
  | 'unpaid'

export type Feedback =
  | 'customer_service'
  | 'low_quality'
  | 'missing_features'
  | 'other'
  | 'switched_service'
  | 'too_complex'
  | 'too_expensive'
  | 'unused'

export interface CancellationDetails {
  readonly comment: string | null
  readonly feedback: Feedback | null
  readonly feedback_option: null
  readonly reason: 'cancellation_requested' | 'payment_disputed' | 'payment_failed' | null
}

const constants = {
  object: 'subscription',
  application: null,
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  billing_cycle_anchor_config: null,
  billing_thresholds: null,
  collection_method: 'charge_automatically',
  customer_account: null,
  days_until_due: null,
  default_source: null,
  livemode: false,
  managed_payments: { enabled: false },
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  pause_collection: null,
  pending_invoice_item_interval: null,
  pending_setup_intent: null,
  pending_update: null,
  schedule: null,
  test_clock: null,
  transfer_data: null,
} as const

export type Subscription = typeof constants & {
  readonly id: string
  readonly billing_cycle_anchor: Seconds
  readonly billing_mode: {
    readonly flexible: { readonly proration_discounts: 'included' }
    readonly type: 'flexible'
    readonly updated_at: Seconds
  }
  readonly billing_schedules: never[]
  readonly cancel_at: Seconds | null
  readonly cancel_at_period_end: boolean
  readonly canceled_at: Seconds | null
  readonly cancellation_details: CancellationDetails
  readonly created: Seconds
  readonly currency: string
  readonly customer: string
  readonly default_payment_method: string | null
  readonly default_tax_rates: never[]
  readonly description: string | null
  readonly discounts: never[]
  readonly ended_at: Seconds | null
  readonly invoice_settings: {
    readonly account_tax_ids: null
    readonly custom_fields: null
    readonly description: null
    readonly footer: null
    readonly issuer: { readonly type: 'self' }
  }
  readonly items: ApiList<SubscriptionItem>
  readonly latest_invoice: string | null
  readonly metadata: Metadata
  readonly payment_settings: {
    readonly payment_method_options: null
    readonly payment_method_types: null
    readonly save_default_payment_method: 'off' | 'on_subscription'
  }
  readonly start_date: Seconds
  readonly status: SubscriptionStatus
  readonly trial_end: Seconds | null
  readonly trial_settings: {
    readonly end_behavior: {
      readonly billing_cycle_anchor: null
      readonly missing_payment_method: MissingPaymentMethod
    }
  }
  readonly trial_start: Seconds | null
}

export type MissingPaymentMethod = 'cancel' | 'create_invoice' | 'pause'

export type NewSubscription = Pick<
  Subscription,
  | 'billing_cycle_anchor'
  | 'currency'
  | 'customer'
  | 'default_payment_method'
  | 'description'
  | 'metadata'
  | 'status'
  | 'trial_end'
  | 'trial_settings'
>

export function newSubscription(now: Seconds, given: NewSubscription): Subscription {
  const id = newId('sub_1', 23)
  return {
    ...constants,
    ...given,
    id,
    billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible', updated_at: now },
    billing_schedules: [],
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    created: now,
    default_tax_rates: [],
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: listOf(`/v1/subscription_items?subscription=${id}`, []),
    latest_invoice: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: 'off',
    },
    start_date: now,
    trial_start: given.trial_end === null ? null : now,
  }
}

/** What happens at the end of a trial when there is no card. */
export function endOfTrial(missing: MissingPaymentMethod): Subscription['trial_settings'] {
  return { end_behavior: { billing_cycle_anchor: null, missing_payment_method: missing } }
}

/** The period that is running: all items of a sandbox subscription share it. */
export function periodOf(subscription: Subscription): Period {
  const [first] = subscription.items.data
  if (first === undefined) throw new Error(`${subscription.id} has no items`)
  return { start: first.current_period_start, end: first.current_period_end }
}

/** Whether it can still change: neither canceled nor expired. */
export function isLiving(subscription: Subscription): boolean {
  return subscription.status !== 'canceled' && subscription.status !== 'incomplete_expired'
}
