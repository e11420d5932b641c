import type { Stripe } from 'stripe'
import type { BillingEvent } from '../domain/billing-events.ts'
import { AppError } from '../domain/errors.ts'

/** How old a delivery may be, and how far ahead its clock: an old one could be somebody's copy. */
export const TOLERANCE_SECONDS = 300

export interface Delivery {
  readonly payload: string
  readonly signature: string | null
  /** Any of them will do: while a secret is being replaced there are two. */
  readonly secrets: readonly string[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * Verifies a delivery and reads whom it is about. Throws AppError `invalid` for a wrong or missing signature, one that is
 * too old or from the future, and a body that is no event; `misconfigured` without a secret.
 */
export function readDelivery(stripe: Stripe, sdk: typeof Stripe, delivery: Delivery): BillingEvent {
  const { payload, signature, secrets, now } = delivery
  if (secrets.length === 0) {
    throw new AppError(
      'misconfigured',
      'STRIPE_WEBHOOK_SECRET is missing, so no webhook can be verified. Put it into .env.',
    )
  }
  if (signature === null) throw wrong('The header Stripe-Signature is missing.')
  // The SDK knows no limit for the future, and an old copy could be dated there.
  if (timeOf(signature) > now / 1000 + TOLERANCE_SECONDS) throw wrong('The signature is from the future.')
  for (const secret of secrets) {
    const event = tryRead(stripe, sdk, { payload, signature, secret, now })
    if (event !== undefined) return event
  }
  throw wrong('The signature does not fit, or is too old.')
}

function tryRead(
  stripe: Stripe,
  sdk: typeof Stripe,
  { payload, signature, secret, now }: { payload: string; signature: string; secret: string; now: number },
): BillingEvent | undefined {
  try {
    const event = stripe.webhooks.constructEvent(
      payload,
      signature,
      secret,
      TOLERANCE_SECONDS,
      undefined,
      now,
    )
    return fromSnapshot(event)
  } catch (error) {
    if (error instanceof sdk.errors.StripeSignatureVerificationError) return undefined
    if (error instanceof AppError) throw error
    // Signed: either one of the thin events, which the SDK takes another way, or nothing that can be read.
    const thin = readThin(stripe, { payload, signature, secret, now })
    if (thin !== undefined) return thin
    throw wrong('The body is no event of Stripe.', error)
  }
}

function readThin(
  stripe: Stripe,
  { payload, signature, secret, now }: { payload: string; signature: string; secret: string; now: number },
): BillingEvent | undefined {
  if (!payload.includes('v2.core.event')) return undefined
  return fromThin(
    stripe.parseEventNotification(payload, signature, secret, TOLERANCE_SECONDS, undefined, now),
  )
}

function timeOf(signature: string): number {
  return Number(/(?:^|,)\s*t=(\d{1,12})(?:,|$)/.exec(signature)?.[1] ?? 0)
}

function wrong(message: string, cause?: unknown): AppError {
  return new AppError('invalid', message, { cause })
}

/** What the SDK calls an event is whatever was signed, so nothing in it is taken for granted. */
export function fromSnapshot(event: Stripe.Event): BillingEvent {
  const { id, type, created, livemode, api_version } = event
  if (
    typeof id !== 'string' ||
    !/^evt_\w{1,250}$/.test(id) ||
    typeof type !== 'string' ||
    !Number.isInteger(created)
  )
    throw wrong('The body is no event of Stripe.')
  const object: unknown = event.data?.object
  return {
    id,
    type: type.slice(0, 200),
    created_at: created * 1000,
    customer_id: customerOf(object),
    dispute_id: type.startsWith('charge.dispute.') ? idOf(object, 'du_', 'dp_') : null,
    livemode: livemode === true,
    api_version: typeof api_version === 'string' ? api_version : null,
  }
}

function fromThin(event: {
  id: string
  type: string
  created: string | Date
  livemode: boolean
}): BillingEvent {
  const created_at = new Date(event.created).getTime()
  if (typeof event.id !== 'string' || typeof event.type !== 'string' || Number.isNaN(created_at))
    throw wrong('The body is no event of Stripe.')
  const { id, type, livemode } = event
  return {
    id,
    type,
    created_at,
    customer_id: null,
    dispute_id: null,
    livemode: livemode === true,
    api_version: null,
  }
}

function customerOf(object: unknown): string | null {
  if (typeof object !== 'object' || object === null) return null
  if ('object' in object && object.object === 'customer') return idOf(object, 'cus_')
  if (!('customer' in object)) return null
  const { customer } = object
  return typeof customer === 'string' ? idOf({ id: customer }, 'cus_') : idOf(customer, 'cus_')
}

function idOf(object: unknown, ...prefixes: readonly string[]): string | null {
  if (typeof object !== 'object' || object === null || !('id' in object)) return null
  const { id } = object
  if (typeof id !== 'string' || !/^\w{5,255}$/.test(id)) return null
  return prefixes.some((prefix) => id.startsWith(prefix)) ? id : null
}
