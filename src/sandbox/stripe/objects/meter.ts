import { newId } from '../ids.ts'
import type { Seconds } from './shared.ts'

export type Formula = 'sum' | 'count' | 'last'

export interface Meter {
  readonly id: string
  readonly object: 'billing.meter'
  readonly created: Seconds
  readonly customer_mapping: { readonly event_payload_key: string; readonly type: 'by_id' }
  readonly default_aggregation: { readonly formula: Formula }
  readonly display_name: string
  readonly event_name: string
  readonly event_time_window: 'day' | 'hour' | null
  readonly livemode: false
  readonly status: 'active' | 'inactive'
  readonly status_transitions: { readonly deactivated_at: Seconds | null }
  readonly updated: Seconds
  readonly value_settings: { readonly event_payload_key: string }
}

export function newMeter(
  now: Seconds,
  given: Pick<
    Meter,
    | 'customer_mapping'
    | 'default_aggregation'
    | 'display_name'
    | 'event_name'
    | 'event_time_window'
    | 'value_settings'
  >,
): Meter {
  return {
    id: newId('mtr_test_', 32),
    object: 'billing.meter',
    created: now,
    livemode: false,
    status: 'active',
    status_transitions: { deactivated_at: null },
    updated: now,
    ...given,
  }
}

/** As it is answered. Stripe never shows a meter event again; the sandbox keeps it to bill it. */
export interface MeterEvent {
  readonly object: 'billing.meter_event'
  readonly created: Seconds
  readonly event_name: string
  readonly identifier: string
  readonly livemode: false
  readonly payload: Readonly<Record<string, string>>
  readonly timestamp: Seconds
}
