import type { NewJob } from './jobs.ts'
import type { Statement } from './ports.ts'

/** What Stripe tells us of an event: whose state to fetch, never what it is. */
export interface BillingEvent {
  readonly id: string
  readonly type: string
  /** Milliseconds since the epoch; Stripe's have whole seconds, so they put nothing in order. */
  readonly created_at: number
  readonly customer_id: string | null
  /** The dispute that it is about. */
  readonly dispute_id: string | null
  readonly livemode: boolean
  /** The version its payload was made for; null for a thin event, which has none. */
  readonly api_version: string | null
}

/**
 * The events that our webhook endpoint asks for. `invoice.created` is not among them on purpose: while it is not answered
 * Stripe delays the invoice by up to three days.
 */
export const HANDLED_EVENTS = [
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'customer.deleted',
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'customer.subscription.pending_update_applied',
  'customer.subscription.pending_update_expired',
  'invoice.paid',
  'invoice.payment_failed',
  'invoice.payment_action_required',
  'charge.refunded',
  'charge.dispute.created',
  'charge.dispute.closed',
] as const
export type HandledEvent = (typeof HANDLED_EVENTS)[number]

/** Thin events by which Stripe says that usage reports were wrong. They come to an event destination of their own. */
export const METER_FAULT_EVENTS = [
  'v1.billing.meter.error_report_triggered',
  'v1.billing.meter.no_meter_found',
] as const

export function isHandled(type: string): type is HandledEvent {
  return HANDLED_EVENTS.some((one) => one === type)
}

export function isMeterFault(type: string): boolean {
  return METER_FAULT_EVENTS.some((one) => one === type)
}

/** What an event makes necessary; undefined for one that concerns nobody's subscription. */
export function jobFor(event: BillingEvent): NewJob | undefined {
  if (!isHandled(event.type)) return undefined
  const { customer_id, dispute_id } = event
  if (dispute_id !== null) return { name: 'review-dispute', payload: { dispute_id }, key: dispute_id }
  return customer_id === null ? undefined : syncJob(customer_id)
}

/** The one job of a customer: however many events ask for it, it runs once at a time. */
export function syncJob(
  customer_id: string,
  when: { readonly urgent?: boolean; readonly run_at?: number } = {},
): Extract<NewJob, { name: 'sync-subscription' }> {
  return { name: 'sync-subscription', payload: { customer_id }, key: customer_id, ...when }
}

/** Where an event came from: Stripe brought it, or the sweep found that it had never arrived. */
export type EventOrigin = 'webhook' | 'sweep'

/** The events that arrived, kept 35 days: longer than Stripe would bring or show one again. */
export interface EventQueries {
  /** Refused `unique` on `webhook_events.…` when it arrived before. */
  keep(event: BillingEvent, receivedAt: number, origin: EventOrigin): Statement
  /** Those of these ids that arrived. */
  findKnown(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Up to which moment the sweep has looked for events that never arrived; undefined before the first one. */
  sweptUntil(): Promise<number | undefined>
  setSweptUntil(until: number): Statement
  /** Forgets events after 35 days, a bounded number at a time. Returns a row for each. */
  forgetOld(now: number): Statement
}
