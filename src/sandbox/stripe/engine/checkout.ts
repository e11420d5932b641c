import { refuse } from '../errors.ts'
import { emit } from '../events.ts'
import type { CheckoutPlan, CheckoutSession, CustomerDetails } from '../objects/checkout-session.ts'
import { type Customer, newCustomer } from '../objects/customer.ts'
import { newPaymentIntent, type PaymentIntent } from '../objects/payment-intent.ts'
import { newPaymentMethod } from '../objects/payment-method.ts'
import { endOfTrial } from '../objects/subscription.ts'
import { nowOf, type Sandbox, unschedule } from '../sandbox.ts'
import type { TestCard } from '../test-cards.ts'
import { addCard, setUpCard } from './cards.ts'
import { getCustomer } from './customers.ts'
import { takePayment } from './payments.ts'
import { subscribePaid } from './subscribe.ts'

export interface Payer {
  /** None where nothing is due and the session does not insist. */
  readonly card: TestCard | undefined
  readonly email: string | null
  readonly name: string | null
  /** Whether the holder has authenticated themselves already. */
  readonly authenticated: boolean
}

export type CheckoutOutcome =
  | { readonly outcome: 'complete'; readonly session: CheckoutSession }
  | { readonly outcome: 'authenticate' }
  | { readonly outcome: 'declined'; readonly message: string }

/** Somebody presses the button on the page. Throws ApiError when the session is not open. */
export function payCheckout(sandbox: Sandbox, session: CheckoutSession, payer: Payer): CheckoutOutcome {
  if (session.status !== 'open') throw refuse(`This Checkout Session is ${session.status}.`)
  const plan = planOf(sandbox, session)
  const { card } = payer
  if (card === undefined && needsCard(session)) throw refuse('A card is needed.')
  if (card !== undefined && card.charged !== 'succeeds') {
    const fails = card.entered === 'declined' || (session.amount_total ?? 0) > 0
    if (fails) return decline(sandbox, session, plan, card)
  }
  if (card?.entered === 'authenticate' && !payer.authenticated) {
    sandbox.store.put('checkout_plan', { ...plan, authenticating: card.number })
    return { outcome: 'authenticate' }
  }
  return { outcome: 'complete', session: complete(sandbox, session, plan, payer) }
}

/** The holder did not authenticate themselves: as a declined card, and the page asks again. */
export function failAuthentication(sandbox: Sandbox, session: CheckoutSession): void {
  sandbox.store.put('checkout_plan', { ...planOf(sandbox, session), authenticating: null })
}

export function planOf(sandbox: Sandbox, session: CheckoutSession): CheckoutPlan {
  const plan = sandbox.store.find('checkout_plan', session.id)
  if (plan === undefined) throw new Error(`${session.id} has no plan`)
  return plan
}

/** Whether the page insists on a card. */
export function needsCard({ amount_total, payment_method_collection }: CheckoutSession): boolean {
  return (amount_total ?? 0) > 0 || payment_method_collection !== 'if_required'
}

function decline(
  sandbox: Sandbox,
  session: CheckoutSession,
  plan: CheckoutPlan,
  card: TestCard,
): CheckoutOutcome {
  const message = card.charged === 'succeeds' ? '' : card.charged.message
  if ((session.amount_total ?? 0) === 0) return { outcome: 'declined', message }
  const intent = intentOf(sandbox, session, plan)
  const method = newPaymentMethod(nowOf(sandbox), card, null)
  sandbox.store.put('payment_method', method)
  takePayment(sandbox, intent, method)
  sandbox.store.put('checkout_plan', { ...plan, paymentIntent: intent.id })
  return { outcome: 'declined', message }
}

function intentOf(sandbox: Sandbox, session: CheckoutSession, plan: CheckoutPlan): PaymentIntent {
  const known =
    plan.paymentIntent === null ? undefined : sandbox.store.find('payment_intent', plan.paymentIntent)
  if (known !== undefined) return known
  const intent = newPaymentIntent(nowOf(sandbox), {
    amount: session.amount_total ?? 0,
    currency: session.currency ?? 'usd',
    customer: session.customer,
    description: 'Subscription creation',
  })
  sandbox.store.put('payment_intent', intent)
  emit(sandbox, 'payment_intent.created', intent)
  return intent
}

function complete(
  sandbox: Sandbox,
  session: CheckoutSession,
  plan: CheckoutPlan,
  payer: Payer,
): CheckoutSession {
  const customer = customerOf(sandbox, session, payer)
  const result =
    session.mode === 'setup'
      ? setUp(sandbox, customer, payer)
      : startSubscription(sandbox, session, plan, customer, payer)
  const done: CheckoutSession = {
    ...session,
    ...result,
    customer: customer.id,
    customer_details: detailsOf(customer, payer),
    status: 'complete',
    url: null,
  }
  unschedule(sandbox, session.id, 'session-expiry')
  sandbox.store.put('checkout_session', done)
  emit(sandbox, 'checkout.session.completed', done)
  return done
}

function setUp(sandbox: Sandbox, customer: Customer, { card }: Payer): Partial<CheckoutSession> {
  if (card === undefined) throw refuse('A card is needed.')
  return { setup_intent: setUpCard(sandbox, card, customer).intent.id }
}

function startSubscription(
  sandbox: Sandbox,
  session: CheckoutSession,
  plan: CheckoutPlan,
  customer: Customer,
  { card }: Payer,
): Partial<CheckoutSession> {
  const method = card === undefined ? undefined : addCard(sandbox, card, customer)
  const begun = plan.paymentIntent === null ? undefined : intentOf(sandbox, session, plan)
  const intent = begun === undefined ? undefined : { ...begun, customer: customer.id }
  if (intent !== undefined) sandbox.store.put('payment_intent', intent)
  const items = plan.items.map(({ price: id, quantity }) => {
    const price = sandbox.store.find('price', id)
    if (price === undefined) throw refuse(`No such price: '${id}'`)
    return { price, ...(quantity === null ? {} : { quantity }) }
  })
  const trialEnd = plan.trialDays === null ? plan.trialEnd : nowOf(sandbox) + plan.trialDays * 86_400
  const subscription = subscribePaid(
    sandbox,
    {
      customer,
      items,
      defaultPaymentMethod: method?.id ?? null,
      description: plan.description,
      metadata: plan.metadata,
      trialEnd,
      trialSettings: endOfTrial(plan.missingPaymentMethod),
    },
    { intent, method },
  )
  const payment_status = session.amount_total === 0 ? 'no_payment_required' : 'paid'
  return { subscription: subscription.id, invoice: subscription.latest_invoice, payment_status }
}

function customerOf(sandbox: Sandbox, session: CheckoutSession, payer: Payer): Customer {
  if (session.customer !== null) return getCustomer(sandbox, session.customer)
  const email = session.customer_email ?? payer.email
  const customer = newCustomer(nowOf(sandbox), {
    description: null,
    email,
    metadata: {},
    name: payer.name,
    phone: null,
  })
  sandbox.store.put('customer', customer)
  emit(sandbox, 'customer.created', customer)
  return customer
}

function detailsOf(customer: Customer, payer: Payer): CustomerDetails {
  return {
    address: null,
    business_name: null,
    email: customer.email ?? payer.email,
    individual_name: null,
    name: customer.name ?? payer.name,
    phone: customer.phone,
    tax_exempt: 'none',
    tax_ids: [],
  }
}

/** Nobody may pay it any more. Throws ApiError when it is not open. */
export function expireCheckout(sandbox: Sandbox, session: CheckoutSession): CheckoutSession {
  if (session.status !== 'open') {
    throw refuse(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
    )
  }
  unschedule(sandbox, session.id, 'session-expiry')
  const expired: CheckoutSession = { ...session, status: 'expired', url: null }
  sandbox.store.put('checkout_session', expired)
  emit(sandbox, 'checkout.session.expired', expired)
  return expired
}
