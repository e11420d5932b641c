import { getCustomer } from '../engine/customers.ts'
import { paymentMethodFor } from '../engine/payments.ts'
import { subscribe } from '../engine/subscribe.ts'
import { ApiError, malformed, refuse } from '../errors.ts'
import { mergeMetadata } from '../objects/shared.ts'
import { endOfTrial, type Subscription } from '../objects/subscription.ts'
import {
  clearable,
  flag,
  integer,
  list,
  metadata,
  object,
  oneOf,
  type Read,
  required,
  text,
} from '../params.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import { getMethod } from './payment-methods.ts'
import { checkQuantity, checkTogether, recurringPrice, trialSettings } from './subscription-params.ts'

const DAY = 86_400

export const creation = {
  billing_mode: object({ type: required(oneOf('flexible')) }),
  collection_method: oneOf('charge_automatically'),
  customer: required(text()),
  default_payment_method: text(),
  description: clearable(text(500)),
  items: required(
    list(required(object({ price: required(text()), quantity: integer(0), metadata: metadata() })), 20),
  ),
  metadata: metadata(),
  off_session: flag(),
  payment_behavior: oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
  trial_end: integer(0),
  trial_period_days: integer(1, 730),
  trial_settings: trialSettings,
}

/** A subscription that somebody makes without Checkout. Throws ApiError for what does not fit together. */
export function createSubscription(sandbox: Sandbox, params: Read<typeof creation>): Subscription {
  const customer = getCustomer(sandbox, params.customer, 'customer')
  if (params.items.length === 0)
    throw refuse('Missing required param: items.', { code: 'parameter_missing', param: 'items' })
  const items = params.items.map(({ price: id, quantity }, index) => {
    const price = recurringPrice(sandbox, id, `items[${index}][price]`)
    checkQuantity(price, quantity, `items[${index}]`)
    return { price, quantity }
  })
  checkTogether(items.map(({ price }) => price))
  const method = params.default_payment_method
  if (method !== undefined) checkOwner(sandbox, method, customer.id)
  const payment = params.payment_behavior ?? 'allow_incomplete'
  const trialEnd = trialEndOf(sandbox, params)
  if (payment !== 'default_incomplete' && trialEnd === null && method === undefined) {
    if (paymentMethodFor(sandbox, customer, undefined) === undefined) {
      throw refuse(
        'This customer has no attached payment source or default payment method. Please consider adding a default payment method.',
        { code: 'resource_missing' },
      )
    }
  }
  const plan = {
    customer,
    items,
    defaultPaymentMethod: method ?? null,
    description: params.description ?? null,
    metadata: mergeMetadata({}, params.metadata),
    trialEnd,
    trialSettings: endOfTrial(params.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice'),
  }
  const made = subscribe(sandbox, plan, payment !== 'default_incomplete')
  if (payment === 'error_if_incomplete' && made.status === 'incomplete') {
    const body = { type: 'card_error', code: 'card_declined', message: 'Your card was declined.' } as const
    throw new ApiError(402, body)
  }
  return made
}

function checkOwner(sandbox: Sandbox, method: string, customer: string): void {
  if (getMethod(sandbox, method, 'default_payment_method').customer === customer) return
  const message = `The customer does not have a payment method with the ID ${method}. The payment method must be attached to the customer.`
  throw refuse(message, { code: 'resource_missing', param: 'default_payment_method' })
}

function trialEndOf(
  sandbox: Sandbox,
  { trial_end, trial_period_days }: Read<typeof creation>,
): number | null {
  if (trial_end !== undefined && trial_period_days !== undefined) {
    throw malformed('You may only specify one of these parameters: trial_end, trial_period_days.')
  }
  if (trial_end !== undefined && trial_end <= nowOf(sandbox)) {
    throw refuse('Invalid timestamp: must be an integer Unix timestamp in the future.', {
      param: 'trial_end',
    })
  }
  return trial_end ?? (trial_period_days === undefined ? null : nowOf(sandbox) + trial_period_days * DAY)
}
