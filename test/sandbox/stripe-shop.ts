import type Stripe from 'stripe'
import type { Stage } from './stripe-stage.ts'

export const CARDS = {
  pays: '4242424242424242',
  asks: '4000002500003155',
  declined: '4000000000000002',
  poor: '4000000000009995',
  failsLater: '4000000000000341',
} as const

export const DAY = 86_400_000
export const HOUR = 3_600_000

/** What there is to buy: a plan by the month, another, one by the year, and minutes by use. */
export interface Shop {
  readonly premium: Stripe.Price
  readonly pro: Stripe.Price
  readonly yearly: Stripe.Price
  readonly voice: Stripe.Price
  readonly meter: Stripe.Billing.Meter
}

export async function createShop({ stripe }: Stage): Promise<Shop> {
  const product = await stripe.products.create({ name: 'Premium' })
  const meter = await stripe.billing.meters.create({
    display_name: 'Voice minutes',
    event_name: 'voice_minutes',
    default_aggregation: { formula: 'sum' },
  })
  const monthly = { interval: 'month' } as const
  const price = (nickname: string, unit_amount: number, recurring: Stripe.PriceCreateParams.Recurring) =>
    stripe.prices.create({ currency: 'usd', product: product.id, nickname, unit_amount, recurring })
  return {
    meter,
    premium: await price('Premium', 1000, monthly),
    pro: await price('Pro', 3000, monthly),
    yearly: await price('Yearly', 10_000, { interval: 'year' }),
    voice: await price('Voice', 2, { ...monthly, usage_type: 'metered', meter: meter.id }),
  }
}

/** A customer who subscribes through Checkout, as a browser would. */
export async function buy(
  { stripe }: Stage,
  shop: Shop,
  options: { readonly card?: string; readonly customer?: string; readonly days?: number } = {},
): Promise<{ customer: string; subscription: string; session: Stripe.Checkout.Session }> {
  const customer = options.customer ?? (await stripe.customers.create({ email: 'alice@example.com' })).id
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer,
    client_reference_id: 'user-1',
    success_url: 'http://localhost:8787/account?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://localhost:8787/account',
    line_items: [{ price: shop.premium.id, quantity: 1 }, { price: shop.voice.id }],
    subscription_data: {
      metadata: { user_id: 'user-1' },
      ...(options.days === undefined ? {} : { trial_period_days: options.days }),
    },
  })
  const answer = await pay(session, options.card ?? CARDS.pays)
  if (answer.status !== 303) throw new Error(`Checkout answered ${answer.status}`)
  const done = await stripe.checkout.sessions.retrieve(session.id)
  return { customer, subscription: String(done.subscription), session: done }
}

/** Presses a button of the Checkout page. */
export function pay(
  session: { readonly url: string | null },
  card: string,
  action = 'pay',
): Promise<Response> {
  return post(String(session.url), { action, card })
}

/** Sends a form as a browser does, without following where it leads. */
export function post(url: string, fields: Record<string, string>): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
}

/** Opens the billing portal and presses one of its buttons. */
export async function usePortal(
  { stripe }: Stage,
  customer: string,
  fields: Record<string, string>,
): Promise<Response> {
  const { url } = await stripe.billingPortal.sessions.create({
    customer,
    return_url: 'http://localhost:8787/account',
  })
  return post(url, fields)
}

/** From now on this customer's card is declined, or pays again. */
export function setCard({ sandbox }: Stage, customer: string, card: 'good' | 'declined'): Promise<Response> {
  return control(sandbox.url, 'card', { customer, card })
}

export function control(url: string, what: string, body: object): Promise<Response> {
  return fetch(`${url}/_sandbox/${what}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  })
}
