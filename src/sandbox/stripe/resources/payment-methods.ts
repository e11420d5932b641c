import { endpoint, listing, matches } from '../api.ts'
import { attachCard, detachCard } from '../engine/cards.ts'
import { getCustomer } from '../engine/customers.ts'
import { malformed, missing, refuse } from '../errors.ts'
import { newPaymentMethod, type PaymentMethod } from '../objects/payment-method.ts'
import { object, oneOf, required, text } from '../params.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import { lookUpCard } from '../test-cards.ts'

const byType = { type: oneOf('card') }

export const paymentMethods = [
  endpoint(
    'POST',
    '/v1/payment_methods',
    { type: required(oneOf('card')), card: required(object({ token: required(text()) })) },
    (sandbox, { card }) => {
      const found = card.token.startsWith('tok_') ? lookUpCard(card.token.slice('tok_'.length)) : undefined
      if (found === undefined) throw missing('token', card.token, 'card[token]')
      const method = newPaymentMethod(nowOf(sandbox), found, null)
      sandbox.store.put('payment_method', method)
      return method
    },
  ),

  listing('/v1/payment_methods', 'PaymentMethod', { ...byType, customer: text() }, (sandbox, { customer }) =>
    sandbox.store
      .all('payment_method')
      .filter((one) => one.customer !== null && matches(one.customer, customer)),
  ),

  listing('/v1/customers/:id/payment_methods', 'PaymentMethod', byType, (sandbox, _params, { id }) => {
    const customer = getCustomer(sandbox, id)
    return sandbox.store.all('payment_method').filter((one) => one.customer === customer.id)
  }),

  endpoint('GET', '/v1/payment_methods/:id', {}, (sandbox, _params, { id }) => getMethod(sandbox, id)),

  endpoint(
    'POST',
    '/v1/payment_methods/:id/attach',
    { customer: required(text()) },
    (sandbox, { customer }, { id }) => {
      const method = findCardMethod(sandbox, id)
      if (method.customer !== null && method.customer !== customer) {
        throw refuse('The payment method you provided has already been attached to a customer.')
      }
      return attachCard(sandbox, method, getCustomer(sandbox, customer, 'customer'))
    },
  ),

  endpoint('POST', '/v1/payment_methods/:id/detach', {}, (sandbox, _params, { id }) => {
    const method = getMethod(sandbox, id)
    if (method.customer !== null) return detachCard(sandbox, method)
    throw refuse('The payment method you provided is not attached to a customer so detachment is impossible.')
  }),
]

/** One that exists, or a new one of a ready-made name such as `pm_card_visa`. */
export function findCardMethod(sandbox: Sandbox, id: string): PaymentMethod {
  if (!id.startsWith('pm_card_')) return getMethod(sandbox, id, 'payment_method')
  const card = lookUpCard(id.slice('pm_card_'.length))
  if (card === undefined) {
    throw malformed(`No such PaymentMethod: '${id}'`, { code: 'resource_missing', param: 'payment_method' })
  }
  return newPaymentMethod(nowOf(sandbox), card, null)
}

/** Throws `resource_missing` when there is none. */
export function getMethod(sandbox: Sandbox, id: string, param = 'id'): PaymentMethod {
  const found = sandbox.store.find('payment_method', id)
  if (found === undefined) throw missing('PaymentMethod', id, param)
  return found
}
