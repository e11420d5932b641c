import type { Statement } from './ports.ts'

/** A new address that its owner has yet to prove. */
export interface EmailChange {
  readonly user_id: string
  /** Normalised. */
  readonly email: string
  readonly salt: string
  readonly code_hash: string
  /** Milliseconds since the epoch. */
  readonly expires_at: number
}

export interface EmailChangeQueries {
  /** The last one asked for replaces the one before. */
  keep(change: EmailChange): Statement
  /** The live one of this user, with the tries used up. */
  find(userId: string, now: number): Promise<(EmailChange & { readonly tries: number }) | undefined>
  countTry(change: EmailChange): Statement
  /** Uses the code up. Aborts the unit (kind `rows`) when it was used, replaced, tried too often or over meanwhile. */
  redeem(change: EmailChange, now: number): Statement
  /** Sign-in codes on their way to the old address open nothing any more. */
  voidSignInCodes(userId: string): Statement
  /** Forgets what is over, a bounded number at a time. Returns a row for each. */
  forgetOld(now: number): Statement
}
