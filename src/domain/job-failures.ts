import { AppError, type ErrorCode } from './errors.ts'

/** Refusals that the same job would meet again whenever it runs. Everything else may pass: bugs go with the next deployment. */
const IS_PERMANENT = {
  invalid: true,
  'not-found': true,
  'email-taken': true,
  'idempotency-mismatch': true,
  unauthenticated: false,
  forbidden: false,
  'address-unavailable': false,
  stale: false,
  conflict: false,
  'too-often': false,
  unavailable: false,
  'unknown-outcome': false,
  misconfigured: false,
} as const satisfies Record<ErrorCode, boolean>

export interface JobFailure {
  /** Trying again is of no use. */
  readonly permanent: boolean
  /** For the operator, kept in the database: without the addresses and numbers that servers like to quote. */
  readonly reason: string
  /** The vendor asked not to be called before. */
  readonly pauseMsMin: number
  /** The attempt does not count: what stands in the way is not of the job's making. */
  readonly isFree: boolean
}

const REASON_CHARACTERS_MAX = 500

/** What an error of a job's action means for the job. */
export function jobFailureOf(error: unknown): JobFailure {
  if (error instanceof AppError) {
    return {
      permanent: IS_PERMANENT[error.code],
      reason: withoutPersons(`${error.code}: ${error.message}`),
      pauseMsMin: (error.retryAfterSeconds ?? 0) * 1_000,
      isFree: error.costsNoAttempt,
    }
  }
  return { permanent: false, reason: withoutPersons(`bug: ${String(error)}`), pauseMsMin: 0, isFree: false }
}

/** The text without mail addresses and phone numbers, on one line. */
export function withoutPersons(text: string): string {
  return text
    .replace(/[^\s<>"(),:;]+@[^\s<>"(),:;]+/g, '[address]')
    .replace(/\+?\d(?:[\s().-]{0,2}\d){6,}/g, '[number]')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, REASON_CHARACTERS_MAX)
}
