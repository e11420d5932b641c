import { endpoint, listing, matches, textMap } from '../api.ts'
import { aggregate } from '../engine/usage.ts'
import { malformed, missing, refuse } from '../errors.ts'
import { emit } from '../events.ts'
import { newId } from '../ids.ts'
import { reportMeterFault } from '../meter-errors.ts'
import { type Meter, type MeterEvent, newMeter } from '../objects/meter.ts'
import { integer, object, oneOf, required, text } from '../params.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'

const DAY = 86_400

export const meters = [
  endpoint(
    'POST',
    '/v1/billing/meters',
    {
      customer_mapping: object({ event_payload_key: required(text(100)), type: required(oneOf('by_id')) }),
      default_aggregation: required(object({ formula: required(oneOf('sum', 'count', 'last')) })),
      display_name: required(text(250)),
      event_name: required(text(100)),
      event_time_window: oneOf('day', 'hour'),
      value_settings: object({ event_payload_key: required(text(100)) }),
    },
    (sandbox, params) => {
      const { default_aggregation, display_name, event_name } = params
      const same = sandbox.store
        .all('meter')
        .find((one) => one.event_name === event_name && one.status === 'active')
      if (same !== undefined) {
        throw refuse(`There is an existing meter with the same event_name. Existing meter: ${same.id}`)
      }
      const meter = newMeter(nowOf(sandbox), {
        customer_mapping: params.customer_mapping ?? {
          event_payload_key: 'stripe_customer_id',
          type: 'by_id',
        },
        default_aggregation,
        display_name,
        event_name,
        event_time_window: params.event_time_window ?? null,
        value_settings: params.value_settings ?? { event_payload_key: 'value' },
      })
      sandbox.store.put('meter', meter)
      emit(sandbox, 'billing.meter.created', meter)
      return meter
    },
  ),

  listing('/v1/billing/meters', 'meter', { status: oneOf('active', 'inactive') }, (sandbox, { status }) =>
    sandbox.store.all('meter').filter((one) => matches(one.status, status)),
  ),

  endpoint('GET', '/v1/billing/meters/:id', {}, (sandbox, _params, { id }) => getMeter(sandbox, id)),

  endpoint('POST', '/v1/billing/meters/:id', { display_name: text(250) }, (sandbox, params, { id }) => {
    const old = getMeter(sandbox, id)
    return saveMeter(sandbox, old, { display_name: params.display_name ?? old.display_name }, 'updated')
  }),

  endpoint('POST', '/v1/billing/meters/:id/deactivate', {}, (sandbox, _params, { id }) => {
    const status_transitions = { deactivated_at: nowOf(sandbox) }
    return saveMeter(
      sandbox,
      getMeter(sandbox, id),
      { status: 'inactive', status_transitions },
      'deactivated',
    )
  }),

  endpoint('POST', '/v1/billing/meters/:id/reactivate', {}, (sandbox, _params, { id }) => {
    const status_transitions = { deactivated_at: null }
    return saveMeter(sandbox, getMeter(sandbox, id), { status: 'active', status_transitions }, 'reactivated')
  }),

  listing(
    '/v1/billing/meters/:id/event_summaries',
    'meter event summary',
    { customer: required(text()), start_time: required(integer(0)), end_time: required(integer(0)) },
    (sandbox, { customer, start_time, end_time }, { id }) => {
      if (start_time % 60 !== 0 || end_time % 60 !== 0) {
        throw malformed('`start_time` and `end_time` must be aligned with minute boundaries.')
      }
      const meter = getMeter(sandbox, id)
      const aggregated_value = aggregate(sandbox, meter, customer, { start: start_time, end: end_time })
      const summary = { aggregated_value, end_time, livemode: false, meter: id, start_time }
      return [{ id: newId('mtrusg_test_', 24), object: 'billing.meter_event_summary', ...summary }]
    },
  ),

  endpoint(
    'POST',
    '/v1/billing/meter_events',
    {
      event_name: required(text(100)),
      identifier: text(100),
      payload: required(textMap()),
      timestamp: integer(0),
    },
    (sandbox, params) => recordEvent(sandbox, params),
  ),
]

/** Throws `resource_missing` when there is none. */
function getMeter(sandbox: Sandbox, id: string): Meter {
  const found = sandbox.store.find('meter', id)
  if (found === undefined) throw missing('meter', id)
  return found
}

function saveMeter(sandbox: Sandbox, old: Meter, change: Partial<Meter>, what: string): Meter {
  const next = { ...old, ...change, updated: nowOf(sandbox) }
  sandbox.store.put('meter', next)
  emit(sandbox, `billing.meter.${what}`, next, old)
  return next
}

interface Reported {
  readonly event_name: string
  readonly identifier?: string | undefined
  readonly payload: Readonly<Record<string, string>>
  readonly timestamp?: number | undefined
}

/**
 * Refuses what Stripe refuses at once: a known identifier, a time too far away. That nobody meters the event or that
 * its customer is unknown Stripe finds out later and says so in a thin event; what was reported so is never billed.
 */
function recordEvent(sandbox: Sandbox, { event_name, identifier, payload, timestamp }: Reported): MeterEvent {
  const now = nowOf(sandbox)
  const at = timestamp ?? now
  if (at < now - 35 * DAY) {
    throw malformed('The timestamp must be within the past 35 calendar days.', { param: 'timestamp' })
  }
  if (at > now + 300) {
    throw malformed('The timestamp must not be more than 5 minutes in the future.', { param: 'timestamp' })
  }
  const id = identifier ?? newId('mevt')
  const known = sandbox.store.find('meter_event', id)
  if (known !== undefined && known.created > now - DAY) {
    throw refuse(`An event already exists with identifier ${id}.`, { param: 'identifier' })
  }
  const event: MeterEvent = {
    object: 'billing.meter_event',
    created: now,
    event_name,
    identifier: id,
    livemode: false,
    payload,
    timestamp: at,
  }
  // A second event under an old identifier counts beside the first: it must not take its place.
  sandbox.store.put('meter_event', { ...event, id: known === undefined ? id : newId('mevt') })
  reportMeterFault(sandbox, event)
  return event
}
