import { AppError, type ErrorCode } from './errors.ts'
import type { SmsStatus } from './numbers.ts'

/** A number that the account owns, in our words. */
export interface OwnedNumber {
  readonly sid: string
  readonly e164: string
  /** What it is called there: our tag, or whatever somebody named it. */
  readonly name: string
  readonly voice_url: string
  readonly sms_url: string
  readonly status_url: string
  readonly voice_fallback_url: string
  /** Milliseconds since the epoch. */
  readonly created_at: number
}

/** Where a number sends what happens on it. */
export interface NumberUrls {
  readonly voice: string
  readonly voice_fallback: string
  readonly sms: string
  readonly sms_fallback: string
  readonly status: string
}

export interface PurchaseOrder {
  readonly e164: string
  readonly tag: string
  readonly urls: NumberUrls
}

export interface TelephonyAccount {
  readonly status: string
  readonly type: string
}

/**
 * What we ask of the telephone company. Every call may throw TelephonyError; its `failure` says what is known then. A list
 * may lag behind: one that does not show a number proves nothing yet.
 */
export interface Telephony {
  /** Toll-free numbers for sale that take calls and texts and need no address. A snapshot: nothing is reserved. */
  search(limit: number): Promise<readonly string[]>
  /**
   * Buys this very number, tagged and configured in one step. Buying what we own already answers as the first time.
   * `gone`: it is not for sale. `unknown`: it may have been bought.
   */
  buy(order: PurchaseOrder): Promise<OwnedNumber>
  find(e164: string): Promise<OwnedNumber | undefined>
  /** Everything the account owns. */
  list(): Promise<readonly OwnedNumber[]>
  configure(sid: string, urls: NumberUrls): Promise<OwnedNumber>
  /** Gives it back for good. False: there is no such number, or it does not show yet. */
  release(sid: string): Promise<boolean>
  /** How far the verification for texts is of every number that was handed in, by SID of the number. */
  smsStatuses(): Promise<ReadonlyMap<string, SmsStatus>>
  account(): Promise<TelephonyAccount>
}

/**
 * gone: this number cannot be bought. no-stock: none can, now. refused: it would be refused again. not-found: there is no
 * such thing, or not yet. busy: nothing was done, come back later. unreachable: nothing was sent. unknown: the answer is
 * missing or says nothing; it may have been done. account: the account itself is refused, so every call would be.
 */
export type TelephonyFailure =
  | 'gone'
  | 'no-stock'
  | 'refused'
  | 'not-found'
  | 'busy'
  | 'unreachable'
  | 'unknown'
  | 'account'

const CODES = {
  gone: 'conflict',
  'no-stock': 'unavailable',
  refused: 'invalid',
  'not-found': 'unavailable',
  busy: 'unavailable',
  unreachable: 'unavailable',
  unknown: 'unknown-outcome',
  account: 'misconfigured',
} as const satisfies Record<TelephonyFailure, ErrorCode>

/** A call that did not end well. `vendorCode` is for people who read the vendor's documentation. */
export class TelephonyError extends AppError {
  readonly failure: TelephonyFailure
  readonly vendorCode: number | undefined

  constructor(
    failure: TelephonyFailure,
    message: string,
    details: {
      readonly cause?: unknown
      readonly vendorCode?: number | undefined
      readonly retryAfterSeconds?: number
    } = {},
  ) {
    const { vendorCode, ...rest } = details
    super(CODES[failure], message, { ...rest, costsNoAttempt: failure === 'account' })
    this.name = 'TelephonyError'
    this.failure = failure
    this.vendorCode = vendorCode
  }
}

/** Which failure an error is; undefined for an error of another kind. */
export function failureOf(error: unknown): TelephonyFailure | undefined {
  return error instanceof TelephonyError ? error.failure : undefined
}

/** The addresses that every number of ours is given. No query strings: their order breaks signatures. */
export function urlsOf(publicUrl: string, fallbackUrl?: string): NumberUrls {
  const base = publicUrl.replace(/\/+$/, '')
  const fallback = fallbackUrl ?? `${base}${WEBHOOK_PATHS.fallback}`
  return {
    // Two seconds to read, one more try, then the fallback: by default a caller would wait fifteen for an error message.
    voice: `${base}${WEBHOOK_PATHS.voice}${VOICE_OPTIONS}`,
    voice_fallback: fallback,
    sms: `${base}${WEBHOOK_PATHS.sms}`,
    // Once more to the same place: a text has time, and nobody hears an answer.
    sms_fallback: `${base}${WEBHOOK_PATHS.sms}`,
    status: `${base}${WEBHOOK_PATHS.status}`,
  }
}

/** https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides */
export const VOICE_OPTIONS = '#rt=2000&rc=1'

export const WEBHOOK_PATHS = {
  voice: '/webhooks/twilio/voice',
  sms: '/webhooks/twilio/sms',
  status: '/webhooks/twilio/status',
  fallback: '/webhooks/twilio/fallback',
} as const
