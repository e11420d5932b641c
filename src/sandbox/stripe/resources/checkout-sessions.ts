import { endpoint, listing, matches, within } from '../api.ts'
import { expireCheckout } from '../engine/checkout.ts'
import { missing } from '../errors.ts'
import { lineItems } from '../expand.ts'
import type { CheckoutSession } from '../objects/checkout-session.ts'
import { mergeMetadata } from '../objects/shared.ts'
import { metadata, object, oneOf, range, required, text } from '../params.ts'
import type { Sandbox } from '../sandbox.ts'
import { createCheckoutSession, creation } from './checkout-create.ts'

export const checkoutSessions = [
  endpoint('POST', '/v1/checkout/sessions', creation, createCheckoutSession),

  listing(
    '/v1/checkout/sessions',
    'checkout.session',
    {
      created: range(),
      customer: text(),
      customer_details: object({ email: required(text()) }),
      payment_intent: text(),
      status: oneOf('complete', 'expired', 'open'),
      subscription: text(),
    },
    (sandbox, asked) =>
      sandbox.store
        .all('checkout_session')
        .filter(
          (one) => matches<string | null>(one.customer, asked.customer) && matches(one.status, asked.status),
        )
        .filter((one) => matches<string | null>(one.subscription, asked.subscription))
        .filter((one) => matches<string | null>(one.payment_intent, asked.payment_intent))
        .filter(
          (one) => emailMatches(one, asked.customer_details?.email) && within(one.created, asked.created),
        ),
  ),

  endpoint('GET', '/v1/checkout/sessions/:id', {}, (sandbox, _params, { id }) => getSession(sandbox, id)),

  endpoint('POST', '/v1/checkout/sessions/:id', { metadata: metadata() }, (sandbox, params, { id }) => {
    const old = getSession(sandbox, id)
    const next = { ...old, metadata: mergeMetadata(old.metadata, params.metadata) }
    sandbox.store.put('checkout_session', next)
    return next
  }),

  endpoint('POST', '/v1/checkout/sessions/:id/expire', {}, (sandbox, _params, { id }) =>
    expireCheckout(sandbox, getSession(sandbox, id)),
  ),

  listing('/v1/checkout/sessions/:id/line_items', 'line item', {}, (sandbox, _params, { id }) =>
    lineItems(sandbox, getSession(sandbox, id).id).data.toReversed(),
  ),
]

/** Throws `resource_missing` when there is none. */
export function getSession(sandbox: Sandbox, id: string): CheckoutSession {
  const found = sandbox.store.find('checkout_session', id)
  if (found === undefined) throw missing('checkout.session', id)
  return found
}

function emailMatches(
  { customer_details, customer_email }: CheckoutSession,
  email: string | undefined,
): boolean {
  return email === undefined || customer_details?.email === email || customer_email === email
}
