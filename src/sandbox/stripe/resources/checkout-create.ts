import { getCustomer } from '../engine/customers.ts'
import { malformed, refuse } from '../errors.ts'
import { newId } from '../ids.ts'
import { type CheckoutPlan, type CheckoutSession, newCheckoutSession } from '../objects/checkout-session.ts'
import { costOf, isMetered, type Price } from '../objects/product.ts'
import { mergeMetadata } from '../objects/shared.ts'
import { flag, integer, list, metadata, object, oneOf, type Read, required, text } from '../params.ts'
import { nowOf, type Sandbox, schedule } from '../sandbox.ts'
import { checkQuantity, checkTogether, recurringPrice, trialSettings } from './subscription-params.ts'
import { url } from './url.ts'

const HOUR = 3600

export const creation = {
  allow_promotion_codes: flag(),
  automatic_tax: object({ enabled: required(flag()) }),
  billing_address_collection: oneOf('auto', 'required'),
  cancel_url: url(),
  client_reference_id: text(200),
  currency: text(3),
  customer: text(),
  customer_email: text(800),
  customer_update: object({ address: oneOf('auto', 'never'), name: oneOf('auto', 'never') }),
  expires_at: integer(0),
  line_items: list(required(object({ price: required(text()), quantity: integer(1) })), 20),
  locale: oneOf('auto', 'en'),
  metadata: metadata(),
  mode: required(oneOf('subscription', 'setup')),
  payment_method_collection: oneOf('always', 'if_required'),
  subscription_data: object({
    billing_mode: object({ type: required(oneOf('flexible')) }),
    description: text(500),
    metadata: metadata(),
    trial_end: integer(0),
    trial_period_days: integer(1, 730),
    trial_settings: trialSettings,
  }),
  success_url: required(url()),
  ui_mode: oneOf('hosted_page'),
}

type Params = Read<typeof creation>
interface Item {
  readonly price: Price
  readonly quantity: number | undefined
}

/** A page to pay on. Throws ApiError for what Checkout would not show. */
export function createCheckoutSession(sandbox: Sandbox, params: Params): CheckoutSession {
  if (params.customer !== undefined && params.customer_email !== undefined) {
    throw malformed('You may only specify one of these parameters: customer, customer_email.')
  }
  if (params.customer !== undefined) getCustomer(sandbox, params.customer, 'customer')
  if (params.customer === undefined && params.customer_update !== undefined) {
    throw refuse('`customer_update` can only be used with `customer`.', { param: 'customer_update' })
  }
  if (params.automatic_tax?.enabled === true) throw refuse('This sandbox does not calculate taxes.')
  const items = params.mode === 'subscription' ? readItems(sandbox, params) : readNoItems(params)
  const trial = trialOf(sandbox, params)
  const due = trial.trialEnd === null && trial.trialDays === null ? dueNow(items) : 0
  const session = newCheckoutSession(nowOf(sandbox), `${sandbox.publicUrl}/c/pay/`, {
    allow_promotion_codes: params.allow_promotion_codes ?? null,
    amount_total: params.mode === 'subscription' ? due : null,
    billing_address_collection: params.billing_address_collection ?? null,
    cancel_url: params.cancel_url ?? null,
    client_reference_id: params.client_reference_id ?? null,
    currency: items[0]?.price.currency ?? params.currency ?? null,
    customer: params.customer ?? null,
    customer_email: params.customer_email ?? null,
    expires_at: expiryOf(sandbox, params),
    locale: params.locale ?? null,
    metadata: mergeMetadata({}, params.metadata),
    mode: params.mode,
    payment_method_collection:
      params.mode === 'subscription' ? (params.payment_method_collection ?? 'always') : null,
    success_url: params.success_url,
  })
  sandbox.store.put('checkout_session', session)
  sandbox.store.put('checkout_plan', { ...planOf(params, items), ...trial, id: session.id })
  schedule(sandbox, 'session-expiry', session.id, session.expires_at)
  return session
}

function readItems(sandbox: Sandbox, { line_items, subscription_data: _later }: Params): Item[] {
  if (line_items === undefined || line_items.length === 0) {
    const message = 'The `line_items` parameter is required in subscription mode.'
    throw refuse(message, { code: 'parameter_missing', param: 'line_items' })
  }
  const items = line_items.map(({ price: id, quantity }, index) => {
    const param = `line_items[${index}]`
    const price = recurringPrice(sandbox, id, `${param}[price]`)
    checkQuantity(price, quantity, param)
    if (quantity === undefined && !isMetered(price)) {
      throw refuse(`Quantity is required. Add \`quantity\` to \`${param}\``, { param: `${param}[quantity]` })
    }
    return { price, quantity }
  })
  checkTogether(items.map(({ price }) => price))
  return items
}

function readNoItems({
  line_items,
  subscription_data,
  currency,
  customer,
  payment_method_collection,
}: Params): Item[] {
  const given = { line_items, subscription_data, payment_method_collection }
  const [odd] = Object.entries(given).find(([, value]) => value !== undefined) ?? []
  if (odd !== undefined) throw refuse(`You can not pass \`${odd}\` in \`setup\` mode.`, { param: odd })
  if (currency === undefined) {
    throw refuse('Missing required param: currency.', { code: 'parameter_missing', param: 'currency' })
  }
  if (customer === undefined)
    throw refuse('This sandbox saves a card only for a `customer`.', { param: 'customer' })
  return []
}

function dueNow(items: readonly Item[]): number {
  return items.reduce(
    (sum, { price, quantity }) => sum + (isMetered(price) ? 0 : costOf(price, quantity ?? 1)),
    0,
  )
}

function trialOf(
  sandbox: Sandbox,
  { subscription_data }: Params,
): Pick<CheckoutPlan, 'trialEnd' | 'trialDays'> {
  const { trial_end, trial_period_days } = subscription_data ?? {}
  if (trial_end !== undefined && trial_period_days !== undefined) {
    throw malformed('You may only specify one of these parameters: trial_end, trial_period_days.')
  }
  if (trial_end !== undefined && trial_end < nowOf(sandbox) + 48 * HOUR) {
    throw refuse('The `trial_end` date has to be at least 2 days in the future.', {
      param: 'subscription_data[trial_end]',
    })
  }
  return { trialEnd: trial_end ?? null, trialDays: trial_period_days ?? null }
}

function expiryOf(sandbox: Sandbox, { expires_at }: Params): number {
  const now = nowOf(sandbox)
  const at = expires_at ?? now + 24 * HOUR
  if (at >= now + HOUR / 2 && at <= now + 24 * HOUR) return at
  const message =
    'The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session creation.'
  throw refuse(message, { param: 'expires_at' })
}

function planOf(
  { subscription_data }: Params,
  items: readonly Item[],
): Omit<CheckoutPlan, 'id' | 'trialEnd' | 'trialDays'> {
  return {
    items: items.map(({ price, quantity }) => ({
      id: newId('li_1', 23),
      price: price.id,
      quantity: quantity ?? null,
    })),
    description: subscription_data?.description ?? null,
    metadata: mergeMetadata({}, subscription_data?.metadata),
    missingPaymentMethod:
      subscription_data?.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice',
    paymentIntent: null,
    authenticating: null,
  }
}
