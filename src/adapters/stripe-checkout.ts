import type { Stripe } from 'stripe'
import type { CheckoutRequest } from '../domain/billing.ts'
import { AppError } from '../domain/errors.ts'
import { USER_KEY } from './stripe-subscriptions.ts'

/** A page that closes sooner is not worth sending anybody to. */
const OPEN_SECONDS_MIN = 10 * 60

/** A page of Checkout that is open already: whoever comes back a second time pays on the same one. */
export async function findOpenCheckout(
  stripe: Stripe,
  request: CheckoutRequest,
  now: number,
): Promise<string | undefined> {
  const { data } = await stripe.checkout.sessions.list({
    customer: request.customer_id,
    status: 'open',
    limit: 10,
    expand: ['data.line_items'],
  })
  const wanted = [request.prices.premium, ...request.prices.metered].sort().join()
  const session = data.find(
    ({ url, mode, expires_at, success_url, line_items }) =>
      url !== null &&
      mode === 'subscription' &&
      success_url === request.success_url &&
      expires_at > now / 1000 + OPEN_SECONDS_MIN &&
      pricesOf(line_items) === wanted,
  )
  return session?.url ?? undefined
}

function pricesOf(items: Stripe.Checkout.Session['line_items']): string {
  const ids = (items?.data ?? []).map(({ price }) => price?.id ?? '')
  return ids.sort().join()
}

export async function openCheckout(stripe: Stripe, request: CheckoutRequest, key: string): Promise<string> {
  const { customer_id: customer, user_id, prices, success_url, cancel_url } = request
  // Said three times: Stripe copies a session's metadata neither to the subscription nor to the reference.
  const metadata = { [USER_KEY]: user_id }
  const session = await stripe.checkout.sessions.create(
    {
      mode: 'subscription',
      customer,
      client_reference_id: user_id,
      metadata,
      subscription_data: { metadata },
      line_items: [{ price: prices.premium, quantity: 1 }, ...prices.metered.map((price) => ({ price }))],
      success_url,
      cancel_url,
    },
    { idempotencyKey: key },
  )
  if (session.url !== null) return session.url
  throw new AppError('unavailable', 'Stripe opened no page to pay on. Nothing was charged; try again.')
}

/**
 * Gives the newest payment of a subscription back. Twice is once: what was refunded already is left alone, and the key covers
 * the time between. Answers whether there was a payment.
 */
export async function refundLast(stripe: Stripe, subscription: string): Promise<boolean> {
  const { data: invoices } = await stripe.invoices.list({ subscription, status: 'paid', limit: 1 })
  const [invoice] = invoices
  if (invoice?.id === undefined) return false
  const { data: payments } = await stripe.invoicePayments.list({
    invoice: invoice.id,
    status: 'paid',
    limit: 100,
  })
  let found = false
  for (const { payment } of payments) {
    const intent = idOf(payment.payment_intent)
    const charge = idOf(payment.charge)
    if (intent === undefined && charge === undefined) continue
    found = true
    const what = intent === undefined ? { charge: charge ?? '' } : { payment_intent: intent }
    const { data: refunds } = await stripe.refunds.list({ ...what, limit: 1 })
    if (refunds.length > 0) continue
    await stripe.refunds.create(
      { ...what, reason: 'duplicate' },
      { idempotencyKey: `refund-${intent ?? charge}` },
    )
  }
  return found
}

function idOf(object: string | { readonly id: string } | null | undefined): string | undefined {
  return typeof object === 'string' ? object : object?.id
}
