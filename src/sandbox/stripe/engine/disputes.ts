import { refuse } from '../errors.ts'
import { emit } from '../events.ts'
import type { Charge } from '../objects/charge.ts'
import { type Dispute, newDispute } from '../objects/dispute.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'

/** The holder of the card calls their bank. No API does this; the control page does. */
export function disputeCharge(sandbox: Sandbox, charge: Charge, reason: string): Dispute {
  if (!charge.paid || charge.disputed) throw refuse('Only a paid charge can be disputed, and only once.')
  const dispute = newDispute(nowOf(sandbox), charge, reason)
  const next: Charge = { ...charge, disputed: true }
  sandbox.store.put('dispute', dispute)
  sandbox.store.put('charge', next)
  emit(sandbox, 'charge.dispute.created', dispute)
  emit(sandbox, 'charge.updated', next, charge)
  emit(sandbox, 'charge.dispute.funds_withdrawn', dispute)
  return dispute
}

/** The bank has decided. */
export function closeDispute(sandbox: Sandbox, dispute: Dispute, status: 'won' | 'lost'): Dispute {
  if (dispute.status !== 'needs_response') throw refuse('This dispute is closed already.')
  const next: Dispute = { ...dispute, status }
  sandbox.store.put('dispute', next)
  emit(sandbox, 'charge.dispute.closed', next, dispute)
  if (status === 'won') emit(sandbox, 'charge.dispute.funds_reinstated', next)
  return next
}
