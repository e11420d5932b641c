import type { Meter } from '../objects/meter.ts'
import type { Price } from '../objects/product.ts'
import type { Period } from '../objects/subscription-item.ts'
import type { Sandbox } from '../sandbox.ts'

/** What a customer used of a metered price in a period. */
export function usageOf(sandbox: Sandbox, customer: string, price: Price, period: Period): number {
  const id = price.recurring?.meter
  const meter = id == null ? undefined : sandbox.store.find('meter', id)
  return meter === undefined ? 0 : aggregate(sandbox, meter, customer, period)
}

/** The meter's sum, count or last value over the events of a customer in a period; its end is not part of it. */
export function aggregate(sandbox: Sandbox, meter: Meter, customer: string, { start, end }: Period): number {
  const values = sandbox.store
    .all('meter_event')
    .filter(
      (event) => event.event_name === meter.event_name && event.timestamp >= start && event.timestamp < end,
    )
    .filter((event) => event.payload[meter.customer_mapping.event_payload_key] === customer)
    .toSorted((a, b) => a.timestamp - b.timestamp)
    .map((event) => Number(event.payload[meter.value_settings.event_payload_key] ?? 0))
    .filter(Number.isFinite) // what is no number was reported as a fault and counts for nothing
  const { formula } = meter.default_aggregation
  if (formula === 'count') return values.length
  if (formula === 'last') return values.at(-1) ?? 0
  return values.reduce((sum, value) => sum + value, 0)
}
