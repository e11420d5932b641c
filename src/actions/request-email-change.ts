import type { App } from '../domain/app.ts'
import { CODE_MINUTES, createCode } from '../domain/codes.ts'
import { digestOf } from '../domain/digests.ts'
import { parseEmail } from '../domain/emails.ts'
import { invalidField } from '../domain/faults.ts'
import type { Statement } from '../domain/ports.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import type { User } from '../domain/users.ts'

type Parts = Pick<App, 'config' | 'users' | 'emailChanges' | 'limits' | 'jobs' | 'database' | 'ids' | 'clock'>

/** The owner of an address hears at most this often that somebody else wants it. */
const TOLD_AGAIN_AFTER_MS = 60 * 60 * 1000

/**
 * Mails a code to the address that a user wants to have from now on. When it belongs to somebody else the answer is the
 * same, the code goes nowhere and the owner is told. Nothing changes before the code comes back (`changeEmail`).
 * Throws AppError `invalid`, `too-often`, `unavailable`, `unknown-outcome`.
 */
export async function requestEmailChange(
  app: Parts,
  user: User,
  input: { readonly email: unknown },
): Promise<{ readonly email: string; readonly minutes: number }> {
  const email = parseEmail(input.email)
  if (email.endsWith(`@${app.config.email.domain.toLowerCase()}`)) {
    throw invalidField('email', 'We give this address out. Enter the address where you read your mail today.')
  }
  if (email === user.email.toLowerCase()) throw invalidField('email', 'This is your address already.')
  await app.limits.demand(
    { rule: 'code-mailbox-place', subject: digestOf('email-change', user.id, email) },
    { rule: 'code-mailbox', subject: digestOf('email-change', user.id) },
    { rule: 'code-mailbox', subject: digestOf('email-change-to', email) },
  )
  const owner = await app.users.findByEmail(email)
  const expires_at = app.clock.now() + CODE_MINUTES * 60_000
  const { code, ...kept } = createCode(app.ids)
  const outcome = await app.database.write({
    statements: [
      app.emailChanges.keep({ ...kept, user_id: user.id, email, expires_at }),
      owner === undefined ? mailCode(app, { user, email, code, expires_at }) : tellOwner(app, owner),
    ],
  })
  if (outcome.outcome === 'refused') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  if (outcome.outcome === 'unknown') throw unknownOutcome('Ask for a code again.', outcome.cause)
  return { email, minutes: CODE_MINUTES }
}

function mailCode(
  app: Parts,
  { user, email, code, expires_at }: { user: User; email: string; code: string; expires_at: number },
): Statement {
  return app.jobs.enqueue({
    name: 'send-mail',
    user_id: user.id,
    payload: { template: 'address-change-code', code, minutes: CODE_MINUTES, to: email },
    urgent: true,
    expires_at,
  })
}

function tellOwner(app: Parts, owner: User): Statement {
  return app.jobs.enqueue({
    name: 'send-mail',
    user_id: owner.id,
    payload: { template: 'email-taken' },
    key: `email-taken-${owner.id}`,
    kept_until: app.clock.now() + TOLD_AGAIN_AFTER_MS,
  })
}
