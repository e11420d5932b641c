import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import type { ClosingReceipt } from '../domain/closing.ts'
import { AppError } from '../domain/errors.ts'
import { KEPT } from '../domain/personal-data.ts'
import type { Statement } from '../domain/ports.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import { formatTimestamp } from '../domain/times.ts'
import type { RevisedUser } from '../domain/users.ts'

type Parts = Pick<App, 'users' | 'personal' | 'audit' | 'jobs' | 'ids' | 'clock'>

/** How often it is begun anew because somebody changed the same user in between. */
const ATTEMPTS_MAX = 10
/** A receipt that could not be mailed by then is not mailed any more: its address must not stay here. */
const RECEIPT_KEPT_MS = 2 * 24 * 60 * 60 * 1000

/**
 * Closes an account: in one write everything about the person goes, sessions first of all, tombstones stay in the place of
 * what was assigned, and the receipt is put on its way. Closing it again gives the same receipt.
 * Throws AppError `not-found`, `conflict`, `unavailable`, `unknown-outcome`.
 */
export async function closeAccount(app: Parts, userId: string, actor: Actor): Promise<ClosingReceipt> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const user = await app.users.findRevised(userId)
    if (user === undefined) return findReceipt(app, userId)
    const receipt = await close(app, user, actor)
    if (receipt !== undefined) return receipt
  }
  throw new AppError('conflict', 'The account kept changing meanwhile. Nothing was removed; try again.')
}

/** The receipt, or undefined when the user changed meanwhile and all is to be done anew. */
async function close(app: Parts, current: RevisedUser, actor: Actor): Promise<ClosingReceipt | undefined> {
  const { id, email } = current.user
  const now = app.clock.now()
  const closed_at = formatTimestamp(now)
  const receipt: ClosingReceipt = {
    receipt_id: app.ids.uuid(),
    closed_at,
    removed: await app.personal.count(id),
    kept: KEPT,
  }
  const { receipt_id, removed } = receipt
  const mail = app.jobs.enqueue({
    name: 'send-mail',
    payload: { template: 'account-closed', receipt_id, closed_at, to: email },
    expires_at: now + RECEIPT_KEPT_MS,
  })
  const outcome = await app.audit.write(
    { actor, action: 'user.closed', user_id: id, detail: { receipt_id, removed } },
    {
      opId: `close-${receipt_id}`,
      statements: [...(await app.personal.close(current, closed_at)), mail, ...leaveStripe(app, current)],
    },
  )
  if (outcome.outcome === 'done') return receipt
  if (outcome.outcome === 'unknown') {
    throw unknownOutcome('The account may be closed. Trying again is safe.', outcome.cause)
  }
  if (outcome.refusal.kind !== 'rows') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  return undefined
}

/** Nobody is charged any more: the customer is deleted there, and with it every subscription ends. */
function leaveStripe({ jobs }: Parts, { user }: RevisedUser): Statement[] {
  const { stripe_customer_id: customer_id } = user
  if (customer_id === null) return []
  return [jobs.enqueue({ name: 'delete-customer', payload: { customer_id }, key: customer_id })]
}

async function findReceipt(app: Parts, userId: string): Promise<ClosingReceipt> {
  const entry = await app.audit.findLast('user.closed', userId)
  if (entry === undefined) throw new AppError('not-found', 'There is no such user.')
  // Written by close().
  const { receipt_id, removed } = entry.detail as Pick<ClosingReceipt, 'receipt_id' | 'removed'>
  return { receipt_id, closed_at: entry.at, removed, kept: KEPT }
}
