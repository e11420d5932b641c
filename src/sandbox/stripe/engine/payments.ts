import type { ErrorBody } from '../errors.ts'
import { emit } from '../events.ts'
import { type Charge, newCharge } from '../objects/charge.ts'
import type { Customer } from '../objects/customer.ts'
import type { PaymentError, PaymentIntent } from '../objects/payment-intent.ts'
import { cardOf, type PaymentMethod } from '../objects/payment-method.ts'
import type { Subscription } from '../objects/subscription.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import type { Decline } from '../test-cards.ts'

export interface Payment {
  readonly intent: PaymentIntent
  readonly charge: Charge
  readonly decline: Decline | undefined
}

/** Tries to take the intent's amount from the card. */
export function takePayment(sandbox: Sandbox, intent: PaymentIntent, method: PaymentMethod): Payment {
  const { charged } = cardOf(method)
  const decline = charged === 'succeeds' ? undefined : charged
  const charge = newCharge(nowOf(sandbox), intent, method, decline)
  const next: PaymentIntent = {
    ...intent,
    latest_charge: charge.id,
    amount_received: decline === undefined ? intent.amount : 0,
    last_payment_error: decline === undefined ? null : paymentError(decline, charge),
    payment_method: decline === undefined ? method.id : null,
    status: decline === undefined ? 'succeeded' : 'requires_payment_method',
  }
  sandbox.store.put('charge', charge)
  sandbox.store.put('payment_intent', next)
  emit(sandbox, decline === undefined ? 'charge.succeeded' : 'charge.failed', charge)
  emit(sandbox, decline === undefined ? 'payment_intent.succeeded' : 'payment_intent.payment_failed', next)
  return { intent: next, charge, decline }
}

function paymentError(decline: Decline, charge: Charge): PaymentError {
  return {
    charge: charge.id,
    code: decline.code,
    ...(decline.decline_code === null ? {} : { decline_code: decline.decline_code }),
    doc_url: `https://stripe.com/docs/error-codes/${decline.code.replaceAll('_', '-')}`,
    message: decline.message,
    type: 'card_error',
  }
}

/** What the API answers to whoever asked for a payment that was declined. */
export function cardErrorBody(decline: Decline, charge?: Charge): ErrorBody {
  return {
    type: 'card_error',
    code: decline.code,
    message: decline.message,
    ...(decline.decline_code === null ? {} : { decline_code: decline.decline_code }),
    ...(charge === undefined ? {} : { charge: charge.id }),
  }
}

/** The card that pays for a subscription without being asked: its own, else the customer's. */
export function paymentMethodFor(
  sandbox: Sandbox,
  customer: Customer,
  subscription: Subscription | undefined,
): PaymentMethod | undefined {
  const id = subscription?.default_payment_method ?? customer.invoice_settings.default_payment_method
  const method = id === null ? undefined : sandbox.store.find('payment_method', id)
  return method?.customer === customer.id ? method : undefined // a detached card pays nothing any more
}
