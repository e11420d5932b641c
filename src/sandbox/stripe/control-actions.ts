import { AppError } from '../../domain/errors.ts'
import { replaceCard } from './engine/cards.ts'
import { closeDispute, disputeCharge } from './engine/disputes.ts'
import { wants } from './events.ts'
import { type Fields, textOf } from './guard.ts'
import { newId } from './ids.ts'
import type { Charge } from './objects/charge.ts'
import type { Dispute } from './objects/dispute.ts'
import type { PaymentMethod } from './objects/payment-method.ts'
import type { Sandbox } from './sandbox.ts'
import { lookUpCard } from './test-cards.ts'

/** `charge`, or `customer` for their newest paid one; `reason` [fraudulent]. */
export function disputeNewest(sandbox: Sandbox, fields: Fields): Dispute {
  const [id, customer] = [textOf(fields, 'charge'), textOf(fields, 'customer')]
  const fits = (charge: Charge) => (id === undefined ? charge.customer === customer : charge.id === id)
  const charge = sandbox.store.all('charge').findLast((one) => one.paid && fits(one))
  if (charge === undefined) throw new AppError('not-found', 'There is no such paid charge.')
  return disputeCharge(sandbox, charge, textOf(fields, 'reason') ?? 'fraudulent')
}

/** `dispute`, and `status` won or lost. */
export function decideDispute(sandbox: Sandbox, fields: Fields): Dispute {
  const id = textOf(fields, 'dispute') ?? ''
  const dispute = sandbox.store.find('dispute', id)
  const status = textOf(fields, 'status')
  if (dispute === undefined) throw new AppError('not-found', `There is no dispute ${id}.`)
  if (status !== 'won' && status !== 'lost') throw new AppError('invalid', 'status must be won or lost.')
  return closeDispute(sandbox, dispute, status)
}

/** `customer` pays with `card` from now on: the number of a test card, or good, or declined. */
export function changeCardOf(sandbox: Sandbox, fields: Fields): PaymentMethod {
  const customer = textOf(fields, 'customer') ?? ''
  const named = textOf(fields, 'card') ?? 'good'
  const card = lookUpCard({ good: '4242', declined: '0341' }[named] ?? named)
  if (card === undefined) throw new AppError('invalid', `There is no test card ${named}.`)
  if (sandbox.store.find('customer', customer) === undefined) {
    throw new AppError('not-found', `There is no customer ${customer}.`)
  }
  return replaceCard(sandbox, customer, card)
}

/** `event` is sent once more, whether it was received or not, to every endpoint that wants it. */
export function resend(
  sandbox: Sandbox,
  fields: Fields,
): { readonly event: string; readonly endpoints: number } {
  const id = textOf(fields, 'event') ?? ''
  const event = sandbox.store.find('event', id)
  if (event === undefined) throw new AppError('not-found', `There is no event ${id}.`)
  const endpoints = sandbox.store.all('webhook_endpoint').filter((endpoint) => wants(endpoint, event.type))
  for (const endpoint of endpoints) {
    const delivery = {
      id: newId('del'),
      event: id,
      endpoint: endpoint.id,
      attempts: 0,
      atMs: sandbox.time.now(),
    }
    sandbox.store.put('delivery', delivery)
  }
  return { event: id, endpoints: endpoints.length }
}
