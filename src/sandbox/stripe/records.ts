import type { Seconds } from './objects/shared.ts'

/** What the sandbox keeps for itself, beside the objects that the API shows. */

export type TimerKind =
  | 'period-end'
  | 'cancel'
  | 'trial-will-end'
  | 'upcoming'
  | 'incomplete-expiry'
  | 'finalize'
  | 'retry'
  | 'session-expiry'

/** Something that happens by itself when its time has come. */
export interface Timer {
  readonly id: string
  readonly kind: TimerKind
  readonly target: string
  readonly atMs: number
}

/** An event on its way to an endpoint. It is gone when it was received, or after the last try. */
export interface Delivery {
  readonly id: string
  readonly event: string
  readonly endpoint: string
  readonly attempts: number
  readonly atMs: number
}

/** Where thin events go: an event destination of Stripe's, which the dashboard makes and no v1 API shows. */
export interface ThinEndpoint {
  readonly id: string
  readonly url: string
  readonly secret: string
}

/** The first answer under an idempotency key. */
export interface Answer {
  readonly id: string
  readonly path: string
  readonly parameters: string
  readonly status: number
  readonly body: unknown
  readonly requestId: string
  readonly at: Seconds
}

/** One entry: what must stay the same over restarts. */
export interface Keys {
  readonly id: 'keys'
  readonly secretKey: string
  readonly webhookSecret: string
  readonly account: string
  /** How far the sandbox's clock is ahead of the machine's. */
  readonly aheadMs: number
  readonly invoices: number
}

/** What the dashboard of Stripe decides for an account. */
export interface Settings {
  readonly id: 'settings'
  /** Days from one failed payment of an invoice to the next try. */
  readonly retryDays: readonly number[]
  /** What becomes of the subscription when the last try has failed. */
  readonly afterRetries: 'cancel' | 'unpaid' | 'past_due'
  /** Minutes that a renewal's invoice stays a draft. */
  readonly draftMinutes: number
  /** Days before a renewal that `invoice.upcoming` is sent. */
  readonly upcomingDays: number
}

export const DEFAULT_SETTINGS: Settings = {
  id: 'settings',
  retryDays: [3, 5, 7],
  afterRetries: 'cancel',
  draftMinutes: 60,
  upcomingDays: 7,
}
