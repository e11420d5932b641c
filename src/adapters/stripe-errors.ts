import type { Stripe } from 'stripe'
import { AppError } from '../domain/errors.ts'

/** What a call does at Stripe: only a `change` can have happened although its answer never came. */
export type CallKind = 'look' | 'change'

const AWAY = 'Stripe cannot be reached right now. Nothing was charged; try again in a minute.'
const LOST = 'Stripe did not answer in time. Trying again is safe: nothing is done twice.'
const RETRY_AFTER_SECONDS = 5

/** Connections that never came about: the request was not sent. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
])

/**
 * The refusal that an error of the SDK stands for: `unavailable` (not done, later it may work), `unknown-outcome` (a change
 * that may have been made), `not-found`, `conflict` (a card or state that does not allow it), `misconfigured` (Stripe refuses
 * the key or what we ask for). Anything that is no error of Stripe is given back as it is: a bug.
 */
export function refusalOf(error: unknown, kind: CallKind, sdk: typeof Stripe): unknown {
  if (!(error instanceof sdk.errors.StripeError)) return error
  const { errors } = sdk
  const cause = causeOf(error)
  if (error instanceof errors.StripeRateLimitError || error.code === 'lock_timeout') {
    return new AppError('unavailable', AWAY, { cause, retryAfterSeconds: retryAfterOf(error) })
  }
  if (error instanceof errors.StripeConnectionError || error instanceof errors.StripeAPIError) {
    const lost = kind === 'change' && !isNeverSent(error)
    return new AppError(lost ? 'unknown-outcome' : 'unavailable', lost ? LOST : AWAY, {
      cause,
      retryAfterSeconds: retryAfterOf(error),
    })
  }
  if (error instanceof errors.StripeAuthenticationError || error instanceof errors.StripePermissionError) {
    return new AppError('misconfigured', 'Stripe refuses STRIPE_SECRET_KEY. Check it with: xswarm doctor', {
      cause,
    })
  }
  if (error instanceof errors.StripeCardError) {
    return new AppError('conflict', 'The card was declined. Use another one.', { cause })
  }
  if (error.code === 'resource_missing' && isAbout(error.param)) {
    return new AppError('not-found', 'Stripe does not know it any more.', { cause })
  }
  const where = [error.code, error.param].filter(Boolean).join(', ')
  return new AppError('misconfigured', `Stripe refuses what was asked for (${where || error.type}).`, {
    cause,
  })
}

/** What is missing is the thing itself, not something that config.toml names, such as a price. */
function isAbout(param: string | undefined): boolean {
  return (
    param === undefined || ['id', 'customer', 'subscription', 'intent', 'invoice', 'charge'].includes(param)
  )
}

function isNeverSent(error: Stripe.errors.StripeError): boolean {
  const { detail } = error
  const code = detail instanceof Error && 'code' in detail ? String(detail.code) : ''
  return NEVER_SENT.has(code)
}

function retryAfterOf({ headers }: Stripe.errors.StripeError): number {
  const seconds = Number(headers?.['retry-after'] ?? Number.NaN)
  return Number.isFinite(seconds) && seconds > 0 ? seconds : RETRY_AFTER_SECONDS
}

/**
 * For the log. Without the SDK's error itself: it carries the raw answer, which may hold names and addresses, and
 * its message may quote the key.
 */
function causeOf({ type, code, param, statusCode, requestId, message }: Stripe.errors.StripeError): Error {
  const quoted = message.replace(/[\w*-]*_(?:live|test)_[\w*-]+/g, '[key]')
  const facts = { type, code, param, status: statusCode, request: requestId }
  const told = Object.entries(facts).filter(([, value]) => value !== undefined && value !== null)
  return new Error(`${told.map(([name, value]) => `${name} ${value}`).join(', ')}: ${quoted}`)
}
