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

/** A refusal in Stripe's shape. What was changed before it is thrown stays: a declined card leaves a failed charge. */
export class ApiError extends Error {
  readonly status: number
  readonly body: ErrorBody
  /** Thrown before the request began to execute: its answer is not remembered under an idempotency key. */
  readonly early: boolean

  constructor(status: number, body: ErrorBody, early = false) {
    super(body.message)
    this.status = status
    this.body = body
    this.early = early
  }
}

/** 400 invalid_request_error. */
export function refuse(message: string, details: { code?: string; param?: string } = {}): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', message, ...details })
}

/** The same for a parameter that is wrong by itself, found before anything is executed. */
export function malformed(message: string, details: { code?: string; param?: string } = {}): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', message, ...details }, true)
}

/** An object named in the path does not exist: 404. Named in a parameter: 400. */
export function missing(what: string, id: string, param = 'id'): ApiError {
  const message = `No such ${what}: '${id}'`
  const status = param === 'id' ? 404 : 400
  return new ApiError(status, { type: 'invalid_request_error', code: 'resource_missing', message, param })
}

export function unauthorized(message: string, code?: string): ApiError {
  const body = { type: 'invalid_request_error', message, ...(code === undefined ? {} : { code }) } as const
  return new ApiError(401, body, true)
}

/** As a declined card, but the whole request is undone before it is answered so. */
export class TakenBack extends Error {
  readonly answer: ApiError

  constructor(body: ErrorBody) {
    super(body.message)
    this.answer = new ApiError(body.type === 'card_error' ? 402 : 400, body)
  }
}
