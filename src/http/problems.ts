import { AppError, type ErrorCode, type FieldFault } from '../domain/errors.ts'
import { type Reply, reply } from './route.ts'

/** What only this door refuses: the request itself, before an action sees it. */
export type RequestFaultCode =
  | 'malformed'
  | 'method-not-allowed'
  | 'too-large'
  | 'address-too-long'
  | 'unsupported-type'
  | 'cross-site'
  | 'bad-signature'

/** The last part of a problem's `type`: what a program may rely on. */
export type ProblemCode = ErrorCode | RequestFaultCode | 'bug'

interface ProblemKind {
  readonly status: number
  readonly title: string
  /** Seconds, when the refusal itself names none. */
  readonly retryAfter?: number
  /** The message is for the operator; whoever asked gets a sentence and the reference. */
  readonly secret?: true
}

/** The one table from a refusal to a status. */
export const PROBLEMS = {
  invalid: { status: 422, title: 'Some of the input is not valid' },
  'not-found': { status: 404, title: 'Not found' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  forbidden: { status: 403, title: 'Not allowed' },
  'email-taken': { status: 409, title: 'This email already has an account' },
  'address-unavailable': { status: 409, title: 'No address could be assigned' },
  'idempotency-mismatch': { status: 422, title: 'This Idempotency-Key came with another body before' },
  stale: { status: 412, title: 'It changed in the meantime' },
  conflict: { status: 409, title: 'Not possible right now' },
  'too-often': { status: 429, title: 'Too many attempts', retryAfter: 60 },
  unavailable: { status: 503, title: 'Temporarily unavailable', retryAfter: 5 },
  'unknown-outcome': { status: 503, title: 'The outcome is not known', retryAfter: 1 },
  misconfigured: { status: 500, title: 'The service is not set up correctly', secret: true },
  malformed: { status: 400, title: 'The request cannot be read' },
  'method-not-allowed': { status: 405, title: 'This method is not possible here' },
  'too-large': { status: 413, title: 'The body is too large' },
  'address-too-long': { status: 414, title: 'The address is too long' },
  'unsupported-type': { status: 415, title: 'This content type is not accepted' },
  'cross-site': { status: 403, title: 'The form came from another site' },
  'bad-signature': { status: 400, title: 'The signature is not right' },
  bug: { status: 500, title: 'Something went wrong', secret: true },
} as const satisfies Record<ProblemCode, ProblemKind>

/** A request that breaks the rules of HTTP or of this service before any action is asked. */
export class RequestFault extends Error {
  readonly code: RequestFaultCode
  readonly headers: Readonly<Record<string, string>>

  constructor(code: RequestFaultCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = 'RequestFault'
    this.code = code
    this.headers = headers
  }
}

/** RFC 9457. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly errors?: readonly FieldFault[]
}

/** What a refusal of any kind becomes at this door. */
export interface Refused {
  readonly code: ProblemCode
  readonly problem: Problem
  readonly headers: Readonly<Record<string, string>>
}

export const PROBLEM_TYPE = 'application/problem+json'

export function typeOf(code: ProblemCode): string {
  return `urn:xswarm:problem:${code}`
}

/** Translates any error, once. Whatever we did not expect is a `bug` and shows nothing of itself. */
export function refusalOf(error: unknown, requestId: string): Refused {
  const code = error instanceof AppError || error instanceof RequestFault ? error.code : 'bug'
  const kind: ProblemKind = PROBLEMS[code]
  const fields = error instanceof AppError ? error.fields : []
  const detail =
    kind.secret === true || !(error instanceof Error)
      ? `This is our fault and it has been recorded. When you tell us about it, name the reference ${requestId}.`
      : withoutPlaces(error.message, code)
  const problem = { type: typeOf(code), title: kind.title, status: kind.status, detail }
  return {
    code,
    problem: fields.length === 0 ? problem : { ...problem, errors: fields },
    headers: headersOf(error, code, kind),
  }
}

/** Where our database lies is for the operator, who finds the sentence as it was in the log. */
function withoutPlaces(message: string, code: ProblemCode): string {
  if (code !== 'unavailable' || !/[/\\]/.test(message)) return message
  return 'The service cannot answer right now. Nothing was changed; try again in a moment.'
}

export function problemReply(refused: Refused): Reply {
  const headers = { 'Cache-Control': 'no-store', ...refused.headers }
  return reply(refused.problem.status, PROBLEM_TYPE, JSON.stringify(refused.problem), headers)
}

function headersOf(error: unknown, code: ProblemCode, kind: ProblemKind): Readonly<Record<string, string>> {
  if (error instanceof RequestFault) return error.headers
  if (code === 'unauthenticated') return { 'WWW-Authenticate': 'Bearer realm="xswarm"' }
  const seconds = (error instanceof AppError ? error.retryAfterSeconds : undefined) ?? kind.retryAfter
  return seconds === undefined ? {} : { 'Retry-After': String(Math.max(1, Math.ceil(seconds))) }
}
