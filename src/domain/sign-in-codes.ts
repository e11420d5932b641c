import { digestOf } from './digests.ts'
import type { Statement } from './ports.ts'
import type { User } from './users.ts'

/** A code on its way, as it is kept: hashes only. */
export interface SignInCode {
  readonly request_hash: string
  readonly email_hash: string
  readonly address_hash: string
  /** Null when nobody has the address: then no code in the world is right. */
  readonly user_id: string | null
  readonly salt: string
  readonly code_hash: string
  /** Milliseconds since the epoch. */
  readonly expires_at: number
}

/** A code found by what the asker brought, with the user it is for and what is not yet proven about them. */
export interface PendingCode {
  readonly code: SignInCode
  /** Tries used up on the way by which it was found. */
  readonly tries: number
  readonly user: User | undefined
  /** The hash of the token given at sign-up; undefined when the address was proven before, or the row is hand-made. */
  readonly unprovenRequestHash: string | undefined
}

/** By the token of the request for the code, or by the place the request came from. */
export type CodeWay = 'token' | 'place'

export interface SignInCodeQueries {
  keep(code: SignInCode): Statement
  /** The live code that was asked for with this token. */
  findByRequest(requestHash: string, now: number): Promise<PendingCode | undefined>
  /** The newest live codes for this mailbox that were asked for from this place, newest first. */
  listByPlace(
    emailHash: string,
    addressHash: string,
    now: number,
    limit: number,
  ): Promise<readonly PendingCode[]>
  /** Counts a try. */
  countTry(requestHash: string, way: CodeWay): Statement
  /** Uses the code up. Aborts the unit (kind `rows`) when it was used, tried too often or over meanwhile. */
  redeem(requestHash: string, way: CodeWay, now: number): Statement
  /** Forgets codes that are over, a bounded number at a time. Returns a row for each. */
  forgetOld(now: number): Statement
}

/** What is kept of a mailbox: enough to recognise it. `email` in the one spelling of `parseEmail`. */
export function hashMailbox(email: string): string {
  return digestOf('mailbox', email)
}

/** What is kept of the token that the asker for a code got. */
export function hashRequest(token: string): string {
  return digestOf('code-request', token)
}
