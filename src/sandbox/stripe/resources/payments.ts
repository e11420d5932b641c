import { endpoint, listing, matches, within } from '../api.ts'
import { refundCharge } from '../engine/refunds.ts'
import { malformed, missing, refuse } from '../errors.ts'
import { emit } from '../events.ts'
import type { Charge } from '../objects/charge.ts'
import { mergeMetadata } from '../objects/shared.ts'
import { integer, metadata, oneOf, range, text } from '../params.ts'
import type { Sandbox } from '../sandbox.ts'
import type { Kinds } from '../store.ts'

const of = { charge: text(), created: range(), payment_intent: text() }

export const payments = [
  listing('/v1/payment_intents', 'payment_intent', { created: range(), customer: text() }, (sandbox, asked) =>
    sandbox.store
      .all('payment_intent')
      .filter(
        (one) => matches<string | null>(one.customer, asked.customer) && within(one.created, asked.created),
      ),
  ),
  endpoint('GET', '/v1/payment_intents/:id', {}, (sandbox, _params, { id }) =>
    get(sandbox, 'payment_intent', 'payment_intent', id),
  ),
  endpoint('GET', '/v1/setup_intents/:id', {}, (sandbox, _params, { id }) =>
    get(sandbox, 'setup_intent', 'setupintent', id),
  ),

  listing(
    '/v1/charges',
    'charge',
    { created: range(), customer: text(), payment_intent: text() },
    (sandbox, asked) =>
      sandbox.store
        .all('charge')
        .filter((one) => matches<string | null>(one.customer, asked.customer))
        .filter(
          (one) => matches(one.payment_intent, asked.payment_intent) && within(one.created, asked.created),
        ),
  ),
  endpoint('GET', '/v1/charges/:id', {}, (sandbox, _params, { id }) => get(sandbox, 'charge', 'charge', id)),

  endpoint(
    'POST',
    '/v1/refunds',
    {
      amount: integer(1),
      charge: text(),
      metadata: metadata(),
      payment_intent: text(),
      reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
    },
    (sandbox, params) =>
      refundCharge(sandbox, chargeToRefund(sandbox, params), {
        amount: params.amount,
        metadata: mergeMetadata({}, params.metadata),
        reason: params.reason ?? null,
      }),
  ),
  listing('/v1/refunds', 'refund', of, (sandbox, asked) =>
    sandbox.store
      .all('refund')
      .filter((one) => matches(one.charge, asked.charge) && matches(one.payment_intent, asked.payment_intent))
      .filter((one) => within(one.created, asked.created)),
  ),
  endpoint('GET', '/v1/refunds/:id', {}, (sandbox, _params, { id }) => get(sandbox, 'refund', 'refund', id)),
  endpoint('POST', '/v1/refunds/:id', { metadata: metadata() }, (sandbox, params, { id }) => {
    const old = get(sandbox, 'refund', 'refund', id)
    const next = { ...old, metadata: mergeMetadata(old.metadata, params.metadata) }
    sandbox.store.put('refund', next)
    emit(sandbox, 'refund.updated', next, old)
    return next
  }),

  listing('/v1/disputes', 'dispute', of, (sandbox, asked) =>
    sandbox.store
      .all('dispute')
      .filter((one) => matches(one.charge, asked.charge) && matches(one.payment_intent, asked.payment_intent))
      .filter((one) => within(one.created, asked.created)),
  ),
  endpoint('GET', '/v1/disputes/:id', {}, (sandbox, _params, { id }) =>
    get(sandbox, 'dispute', 'dispute', id),
  ),
]

type Paid = 'payment_intent' | 'setup_intent' | 'charge' | 'refund' | 'dispute'

function get<K extends Paid>(sandbox: Sandbox, kind: K, what: string, id: string): Kinds[K] {
  const found = sandbox.store.find(kind, id)
  if (found === undefined) throw missing(what, id)
  return found
}

function chargeToRefund(
  sandbox: Sandbox,
  { charge, payment_intent }: { charge: string | undefined; payment_intent: string | undefined },
): Charge {
  if ((charge === undefined) === (payment_intent === undefined)) {
    throw malformed(
      'One of the following params should be provided for this request: payment_intent or charge.',
    )
  }
  if (charge !== undefined) {
    const found = sandbox.store.find('charge', charge)
    if (found === undefined) throw missing('charge', charge, 'charge')
    return found
  }
  const id = payment_intent ?? ''
  const intent = sandbox.store.find('payment_intent', id)
  if (intent === undefined) throw missing('payment_intent', id, 'payment_intent')
  const newest =
    intent.latest_charge === null ? undefined : sandbox.store.find('charge', intent.latest_charge)
  if (newest?.paid === true) return newest
  throw refuse(`This PaymentIntent (${id}) does not have a successful charge to refund.`, {
    param: 'payment_intent',
  })
}
