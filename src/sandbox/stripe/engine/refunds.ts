import { refuse } from '../errors.ts'
import { emit } from '../events.ts'
import type { Charge } from '../objects/charge.ts'
import { newRefund, type Refund } from '../objects/refund.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'

/** Gives money back. The subscription knows nothing of it. Throws ApiError when there is not so much to give. */
export function refundCharge(
  sandbox: Sandbox,
  charge: Charge,
  given: { readonly amount: number | undefined } & Pick<Refund, 'reason' | 'metadata'>,
): Refund {
  const left = charge.amount_captured - charge.amount_refunded
  if (!charge.paid)
    throw refuse('This charge did not succeed, so it cannot be refunded.', { param: 'charge' })
  if (charge.disputed)
    throw refuse(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: 'charge_disputed',
    })
  if (left === 0) {
    throw refuse(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' })
  }
  const amount = given.amount ?? left
  if (amount > left) {
    const text = (cents: number) => `$${(cents / 100).toFixed(2)}`
    const which = charge.amount_refunded > 0 ? 'unrefunded amount on charge' : 'charge amount'
    throw refuse(`Refund amount (${text(amount)}) is greater than ${which} (${text(left)})`, {
      param: 'amount',
    })
  }
  const refund = newRefund(nowOf(sandbox), charge, { ...given, amount })
  const amount_refunded = charge.amount_refunded + amount
  const next: Charge = { ...charge, amount_refunded, refunded: amount_refunded === charge.amount_captured }
  sandbox.store.put('refund', refund)
  sandbox.store.put('charge', next)
  emit(sandbox, 'refund.created', refund)
  emit(sandbox, 'charge.refunded', next, charge)
  emit(sandbox, 'refund.updated', refund, { ...refund, destination_details: null })
  emit(sandbox, 'charge.refund.updated', refund, { ...refund, destination_details: null })
  return refund
}
