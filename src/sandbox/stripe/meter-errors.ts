import { newId } from './ids.ts'
import type { Meter, MeterEvent } from './objects/meter.ts'
import type { Sandbox } from './sandbox.ts'

/** What Stripe finds wrong with a meter event after it has accepted it. */
type Fault =
  | 'meter_event_customer_not_found'
  | 'meter_event_invalid_value'
  | 'meter_event_no_customer_defined'
  | 'no_meter'

/** An event that names what happened and holds nothing of it: whoever wants to know asks for it by its id. */
export interface ThinEvent {
  readonly id: string
  readonly object: 'v2.core.event'
  readonly type: 'v1.billing.meter.error_report_triggered' | 'v1.billing.meter.no_meter_found'
  readonly created: string
  readonly livemode: false
  readonly related_object?: { readonly id: string; readonly type: 'billing.meter'; readonly url: string }
  /** Not sent: only told to whoever asks. */
  readonly data: {
    readonly developer_message_summary: string
    readonly reason: {
      readonly error_count: number
      readonly error_types: readonly {
        readonly code: Fault
        readonly error_count: number
        readonly sample_errors: readonly {
          readonly error_message: string
          readonly request: { readonly identifier: string }
        }[]
      }[]
    }
    readonly validation_start: string
    readonly validation_end: string
  }
}

/** Looks at a meter event that was accepted and reports what is wrong with it to the endpoints that hear thin events. */
export function reportMeterFault(sandbox: Sandbox, event: MeterEvent): void {
  const { store, time } = sandbox
  const meter = store
    .all('meter')
    .find((one) => one.event_name === event.event_name && one.status === 'active')
  const fault = faultOf(sandbox, meter, event)
  if (fault === undefined) return
  const thin = describe(meter, event, fault, new Date(time.now()).toISOString())
  store.put('thin_event', thin)
  for (const { id } of store.all('thin_endpoint')) {
    store.put('delivery', { id: newId('del'), event: thin.id, endpoint: id, attempts: 0, atMs: time.now() })
  }
}

function faultOf({ store }: Sandbox, meter: Meter | undefined, { payload }: MeterEvent): Fault | undefined {
  if (meter === undefined) return 'no_meter'
  const customer = payload[meter.customer_mapping.event_payload_key]
  if (customer === undefined) return 'meter_event_no_customer_defined'
  if (store.find('customer', customer) === undefined) return 'meter_event_customer_not_found'
  const value = payload[meter.value_settings.event_payload_key]
  const counts = meter.default_aggregation.formula === 'count'
  return counts || /^\d{1,15}(\.\d+)?$/.test(value ?? '') ? undefined : 'meter_event_invalid_value'
}

function describe(meter: Meter | undefined, event: MeterEvent, code: Fault, now: string): ThinEvent {
  const error_message = `${code.replaceAll('_', ' ')}: ${event.event_name}`
  const samples = [{ error_message, request: { identifier: event.identifier } }]
  return {
    id: newId('evt_test_', 30),
    object: 'v2.core.event',
    type: meter === undefined ? 'v1.billing.meter.no_meter_found' : 'v1.billing.meter.error_report_triggered',
    created: now,
    livemode: false,
    ...(meter === undefined
      ? {}
      : { related_object: { id: meter.id, type: 'billing.meter', url: `/v1/billing/meters/${meter.id}` } }),
    data: {
      developer_message_summary: 'There is 1 invalid event.',
      reason: { error_count: 1, error_types: [{ code, error_count: 1, sample_errors: samples }] },
      validation_start: now,
      validation_end: now,
    },
  }
}
