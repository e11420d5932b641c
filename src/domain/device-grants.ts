import { numberOf } from './codes.ts'
import { digestOf } from './digests.ts'
import type { Ids, Statement } from './ports.ts'

/** How long a device's request stands. */
export const GRANT_MINUTES = 10
/** How long a device waits between two questions, at first. */
export const POLL_INTERVAL_S = 5
/** What RFC 8628, 3.5 adds to the interval of a device that did not wait. */
export const SLOW_DOWN_S = 5

export const DEVICE_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code'

export type GrantState = 'waiting' | 'approved' | 'denied' | 'used'

/** A device that asks to be signed in, as it is kept. */
export interface DeviceGrant {
  readonly device_code_hash: string
  readonly user_code_hash: string
  /** What the program calls itself. Anybody can claim any name. */
  readonly client_id: string
  /** What the person recognises the device by. */
  readonly name: string
  readonly address_hash: string
  readonly state: GrantState
  /** Who decided. */
  readonly user_id: string | null
  readonly interval_s: number
  /** Milliseconds since the epoch. */
  readonly polled_at: number | null
  readonly created_at: string
  readonly expires_at: number
}

export interface DeviceGrantQueries {
  /** Refused `unique` when the user code is taken: make another. */
  keep(grant: DeviceGrant): Statement
  findByDeviceCode(hash: string): Promise<DeviceGrant | undefined>
  findByUserCode(hash: string): Promise<DeviceGrant | undefined>
  /** Writes a question down. Aborts the unit (kind `rows`) when another question came meanwhile. */
  poll(grant: DeviceGrant, polled: { readonly at: number; readonly interval_s: number }): Statement
  /** Aborts the unit (kind `rows`) when it was decided before or is over. */
  decide(userCodeHash: string, state: 'approved' | 'denied', userId: string, now: number): Statement
  /** Hands the approval over, once. Aborts the unit (kind `rows`) when it was handed over before. */
  use(deviceCodeHash: string): Statement
  /** Forgets requests that are over for an hour, a bounded number at a time. Returns a row for each. */
  forgetOld(now: number): Statement
}

/** The errors of RFC 6749, 5.2 and RFC 8628, 3.5 that the token endpoint answers. */
export type TokenError =
  | 'authorization_pending'
  | 'slow_down'
  | 'access_denied'
  | 'expired_token'
  | 'invalid_grant'
  | 'invalid_request'
  | 'unsupported_grant_type'

export type Poll =
  | { readonly kind: 'refuse'; readonly error: TokenError }
  | { readonly kind: 'wait'; readonly error: TokenError; readonly interval_s: number }
  | { readonly kind: 'hand-over'; readonly user_id: string }

/** What a device that asks now is told. */
export function answerPoll(grant: DeviceGrant | undefined, now: number): Poll {
  if (grant === undefined || grant.state === 'used') return { kind: 'refuse', error: 'invalid_grant' }
  if (grant.expires_at <= now) return { kind: 'refuse', error: 'expired_token' }
  if (grant.state === 'denied') return { kind: 'refuse', error: 'access_denied' }
  if (grant.polled_at !== null && now < grant.polled_at + grant.interval_s * 1000 - POLL_TOLERANCE_MS)
    return { kind: 'wait', error: 'slow_down', interval_s: grant.interval_s + SLOW_DOWN_S }
  if (grant.state === 'approved' && grant.user_id !== null)
    return { kind: 'hand-over', user_id: grant.user_id }
  return { kind: 'wait', error: 'authorization_pending', interval_s: grant.interval_s }
}

/** A device that waits just as long as told must not be told off for a fast network. */
const POLL_TOLERANCE_MS = 500

/** Consonants only: no words, and nothing that looks like a digit. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'

/** Eight letters in two groups, as in `WDJB-MJHT`: 34 bits, good for ten minutes and for somebody signed in only. */
export function createUserCode(ids: Ids): string {
  let number = numberOf(ids.token(16))
  let code = ''
  for (let index = 0; index < 8; index += 1) {
    code += LETTERS.charAt(Number(number % BigInt(LETTERS.length)))
    number /= BigInt(LETTERS.length)
  }
  return `${code.slice(0, 4)}-${code.slice(4)}`
}

/** A user code as a person types it; undefined for what cannot be one. */
export function readUserCode(text: string): string | undefined {
  if (text.length > 40) return undefined
  const letters = text.toUpperCase().replaceAll(/[\s-]/g, '')
  return /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/.test(letters)
    ? `${letters.slice(0, 4)}-${letters.slice(4)}`
    : undefined
}

export function hashUserCode(code: string): string {
  return digestOf('user-code', code)
}

export function hashDeviceCode(code: string): string {
  return digestOf('device-code', code)
}

const CLIENT_ID = /^[A-Za-z0-9._:/-]{1,64}$/

/** Programs are not registered, so the id is a claim, shown as one; it only has to be fit to be shown. */
export function isClientId(text: string): boolean {
  return CLIENT_ID.test(text)
}
