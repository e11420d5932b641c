import type { App } from '../domain/app.ts'
import { CODE_TRIES_MAX, isCode, parseCode } from '../domain/codes.ts'
import type { EmailChange } from '../domain/email-changes.ts'
import { parseEmail } from '../domain/emails.ts'
import { AppError } from '../domain/errors.ts'
import type { Statement } from '../domain/ports.ts'
import { takenBy, unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import type { RevisedUser, User } from '../domain/users.ts'

type Parts = Pick<App, 'users' | 'emailChanges' | 'audit' | 'jobs' | 'database' | 'ids' | 'clock'>

/** The notice to the old address is not sent any more after this: the address must not stay here. */
const NOTICE_KEPT_MS = 2 * 24 * 60 * 60 * 1000

/**
 * Swaps a user's address for the one they have just proven, in one guarded write. The old address is told and codes on
 * their way to it open nothing. Sessions stay: see docs/decisions/0008-email-change-keeps-sessions.md.
 * Throws AppError `invalid` (field `code`, always in the same words), `email-taken`, `unavailable`, `unknown-outcome`.
 */
export async function changeEmail(
  app: Parts,
  user: User,
  input: { readonly email: unknown; readonly code: unknown },
): Promise<RevisedUser> {
  const email = parseEmail(input.email)
  const code = parseCode(input.code)
  const now = app.clock.now()
  const change = await app.emailChanges.find(user.id, now)
  if (change === undefined || change.tries >= CODE_TRIES_MAX || change.email !== email) throw wrongCode()
  if (!isCode(code, change)) {
    await countTry(app, change)
    throw wrongCode()
  }
  await swap(app, user, change, now)
  const changed = await app.users.findRevised(user.id)
  if (changed === undefined) throw new AppError('not-found', 'There is no such user.')
  return changed
}

async function countTry(app: Parts, change: EmailChange): Promise<void> {
  const outcome = await app.database.write({ statements: [app.emailChanges.countTry(change)] })
  if (outcome.outcome !== 'done')
    throw new AppError('unavailable', 'The code could not be checked. Try again in a moment.')
}

async function swap(app: Parts, user: User, change: EmailChange, now: number): Promise<void> {
  const notice = app.jobs.enqueue({
    name: 'send-mail',
    user_id: user.id,
    payload: { template: 'address-changed', to: user.email },
    expires_at: now + NOTICE_KEPT_MS,
  })
  const outcome = await app.audit.write(
    { actor: `user:${user.id}`, action: 'user.email-changed', user_id: user.id },
    {
      opId: `email-${app.ids.uuid()}`,
      statements: [
        app.emailChanges.redeem(change, now),
        app.users.update(user.id, { email: change.email }),
        app.emailChanges.voidSignInCodes(user.id),
        notice,
        ...tellStripe(app, user),
      ],
    },
  )
  if (outcome.outcome === 'done') return
  if (outcome.outcome === 'unknown') {
    throw unknownOutcome(
      'The address may have been changed. Look at your account before you try again.',
      outcome.cause,
    )
  }
  // Used, replaced or closed in the same moment.
  if (outcome.refusal.kind === 'rows') throw wrongCode()
  if (takenBy(outcome.refusal) !== 'email') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  // Whoever brings the code reads this mailbox, so they may know.
  throw new AppError(
    'email-taken',
    'Another account has this address by now. Sign in there, or choose another one.',
  )
}

/** Receipts go to the address that Stripe has. */
function tellStripe({ jobs }: Parts, { id, stripe_customer_id: customer_id }: User): Statement[] {
  if (customer_id === null) return []
  return [jobs.enqueue({ name: 'update-customer', user_id: id, payload: { customer_id }, key: customer_id })]
}

function wrongCode(): AppError {
  const message = 'This code is wrong, used up or too old. Ask for a new one.'
  return new AppError('invalid', message, { fields: [{ field: 'code', message }] })
}
