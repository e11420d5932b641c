import { ApiError } from '../errors.ts'
import { emit } from '../events.ts'
import type { Customer } from '../objects/customer.ts'
import { cardOf, newPaymentMethod, type PaymentMethod } from '../objects/payment-method.ts'
import { newSetupIntent, type SetupIntent } from '../objects/setup-intent.ts'
import { isLiving } from '../objects/subscription.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import type { TestCard } from '../test-cards.ts'
import { getCustomer, setDefaultCard } from './customers.ts'
import { cardErrorBody } from './payments.ts'
import { updateSubscription } from './subscriptions.ts'

/** A new card of the customer's. The caller has seen to it that it is not declined. */
export function addCard(sandbox: Sandbox, card: TestCard, customer: Customer): PaymentMethod {
  return attachCard(sandbox, newPaymentMethod(nowOf(sandbox), card, null), customer)
}

/** Throws ApiError 402 when the bank does not even let it be saved. */
export function attachCard(sandbox: Sandbox, method: PaymentMethod, customer: Customer): PaymentMethod {
  refuseDeclined(cardOf(method))
  const attached = { ...method, customer: customer.id }
  sandbox.store.put('payment_method', attached)
  emit(sandbox, 'payment_method.attached', attached)
  return attached
}

export function refuseDeclined(card: TestCard): void {
  if (card.entered !== 'declined' || card.charged === 'succeeds') return
  throw new ApiError(402, cardErrorBody(card.charged))
}

export function detachCard(sandbox: Sandbox, method: PaymentMethod): PaymentMethod {
  const customer = method.customer === null ? undefined : sandbox.store.find('customer', method.customer)
  const detached = { ...method, customer: null }
  sandbox.store.put('payment_method', detached)
  emit(sandbox, 'payment_method.detached', detached, method)
  if (customer?.invoice_settings.default_payment_method === method.id) setDefaultCard(sandbox, customer, null)
  return detached
}

/** A card saved on a page without a payment. */
export function setUpCard(
  sandbox: Sandbox,
  card: TestCard,
  customer: Customer,
): { readonly method: PaymentMethod; readonly intent: SetupIntent } {
  const method = addCard(sandbox, card, customer)
  const intent = newSetupIntent(nowOf(sandbox), customer.id, method.id)
  sandbox.store.put('setup_intent', intent)
  emit(sandbox, 'setup_intent.created', intent)
  emit(sandbox, 'setup_intent.succeeded', intent)
  return { method, intent }
}

/** Another card pays from now on, for the customer and for each subscription; the ones before are detached. */
export function replaceCard(sandbox: Sandbox, customerId: string, card: TestCard): PaymentMethod {
  refuseDeclined(card)
  const before = sandbox.store.all('payment_method').filter(({ customer }) => customer === customerId)
  const { method } = setUpCard(sandbox, card, getCustomer(sandbox, customerId))
  setDefaultCard(sandbox, getCustomer(sandbox, customerId), method.id)
  for (const subscription of sandbox.store.all('subscription')) {
    if (subscription.customer !== customerId || !isLiving(subscription)) continue
    if (subscription.default_payment_method === null) continue
    updateSubscription(sandbox, subscription, { default_payment_method: method.id })
  }
  for (const old of before) detachCard(sandbox, old)
  return method
}
