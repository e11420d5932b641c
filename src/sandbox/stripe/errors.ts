/** What Stripe says in the `error` of an answer. */
export interface ErrorBody {
  readonly type: 'invalid_request_error' | 'card_error' | 'idempotency_error' | 'api_error'
  readonly message: string
  readonly code?: string
  readonly param?: string
  readonly decline_code?: string
  readonly charge?: string
  readonly payment_intent?: unknown
  readonly payment_method?: unknown
}

interface Thrown {
  /** Before the request began to execute: its answer is not remembered under an idempotency key. */
  readonly early?: boolean
  /** What was done until then stays: a declined card leaves a failed charge. */
  readonly kept?: boolean
}

/** A refusal in Stripe's shape. The transaction in which it is thrown is undone, unless it says that it is kept. */
export class ApiError extends Error {
  readonly status: number
  readonly body: ErrorBody
  readonly early: boolean
  readonly kept: boolean

  constructor(status: number, body: ErrorBody, { early = false, kept = false }: Thrown = {}) {
    super(body.message)
    this.status = status
    this.body = body
    this.early = early
    this.kept = kept
  }
}

/** 400 invalid_request_error. */
export function refuse(message: string, details: { code?: string; param?: string } = {}): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', message, ...details })
}

/** The same for a parameter that is wrong by itself, found before anything is executed. */
export function malformed(message: string, details: { code?: string; param?: string } = {}): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', message, ...details }, { early: true })
}

/** An object named in the path does not exist: 404. Named in a parameter: 400. */
export function missing(what: string, id: string, param = 'id'): ApiError {
  const message = `No such ${what}: '${id}'`
  const status = param === 'id' ? 404 : 400
  return new ApiError(status, { type: 'invalid_request_error', code: 'resource_missing', message, param })
}

export function unauthorized(message: string, code?: string): ApiError {
  const body = { type: 'invalid_request_error', message, ...(code === undefined ? {} : { code }) } as const
  return new ApiError(401, body, { early: true })
}
