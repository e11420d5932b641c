/**
 * Every refusal we expect, by the name a program may rely on. Each door translates a code once:
 * HTTP to a status and a problem type, the command line to an exit code.
 */
export type ErrorCode =
  | 'invalid' // the input breaks a rule; `fields` says where
  | 'not-found'
  | 'unauthenticated' // nobody is signed in
  | 'forbidden' // somebody is, and may not
  | 'email-taken'
  | 'address-unavailable' // no assigned address could be found for this person
  | 'idempotency-mismatch' // the same key came with another body
  | 'stale' // somebody else changed it since it was read
  | 'conflict' // the state does not allow it now
  | 'too-often'
  | 'unavailable' // a service we need is away: nothing was done, try again later
  | 'unknown-outcome' // the answer was lost on the way: it may have been done, repeating is safe
  | 'misconfigured' // the operator must change config, secrets or the machine

/** One fault in one field of an input. `field` is the name the sender used. */
export interface FieldFault {
  readonly field: string
  readonly message: string
}

export interface AppErrorDetails {
  readonly fields?: readonly FieldFault[]
  /** Seconds after which trying again makes sense. */
  readonly retryAfterSeconds?: number
  /** Nothing that a job did wrong: it waits, and this attempt of it does not count. */
  readonly costsNoAttempt?: boolean
  /** The vendor's or driver's error. Never shown to the person who asked. */
  readonly cause?: unknown
}

/** A refusal we expect. Its message is a sentence that may be shown to whoever asked. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly fields: readonly FieldFault[]
  readonly retryAfterSeconds: number | undefined
  readonly costsNoAttempt: boolean

  constructor(code: ErrorCode, message: string, details: AppErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.name = 'AppError'
    this.code = code
    this.fields = details.fields ?? []
    this.retryAfterSeconds = details.retryAfterSeconds
    this.costsNoAttempt = details.costsNoAttempt ?? false
  }
}
