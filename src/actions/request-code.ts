import type { App } from '../domain/app.ts'
import { CODE_MINUTES, createCode } from '../domain/codes.ts'
import { digestOf } from '../domain/digests.ts'
import { parseEmail } from '../domain/emails.ts'
import { AppError } from '../domain/errors.ts'
import { hashPlace, placeOf } from '../domain/limits.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import { hashMailbox, hashRequest } from '../domain/sign-in-codes.ts'
import type { User } from '../domain/users.ts'

export interface RequestedCode {
  /** Proves that whoever brings the code also asked for it. Shown to the asker only, kept as a hash. */
  readonly request: string
  readonly minutes: number
}

type Parts = Pick<App, 'users' | 'codes' | 'sessions' | 'limits' | 'jobs' | 'database' | 'ids' | 'clock'>

/**
 * Mails a sign-in code. For an address that nobody has it does the same and mails nothing, so that the answer does not
 * tell which addresses have an account. `from.address` is the IP address that asks.
 * Throws AppError `invalid`, `too-often`, `unavailable`, `unknown-outcome`.
 */
export async function requestCode(
  app: Parts,
  input: { readonly email: string },
  from: { readonly address: string },
): Promise<RequestedCode> {
  const email = parseEmail(input.email)
  const place = placeOf(from.address)
  await app.limits.demand(
    { rule: 'code-mailbox-place', subject: digestOf(email, place) },
    { rule: 'code-place', subject: place },
  )
  const user = await app.users.findByEmail(email)
  await demandMailboxAllowance(app, email, user, from.address)
  const now = app.clock.now()
  const expires_at = now + CODE_MINUTES * 60_000
  const request = app.ids.token(32)
  const { code, ...kept } = createCode(app.ids)
  const statement = app.codes.keep({
    ...kept,
    request_hash: hashRequest(request),
    email_hash: hashMailbox(email),
    address_hash: hashPlace(from.address),
    user_id: user?.id ?? null,
    expires_at,
  })
  const mail = user === undefined ? [] : [mailTo(app, user.id, code, expires_at)]
  const outcome = await app.database.write({ statements: [statement, ...mail] })
  if (outcome.outcome === 'refused') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  if (outcome.outcome === 'unknown') throw unknownOutcome('Ask for a code again.', outcome.cause)
  return { request, minutes: CODE_MINUTES }
}

/**
 * Strangers in many places can together use up what one mailbox gets per hour. Its owner still gets a code: from a place
 * where they were signed in before, this limit does not hold.
 */
async function demandMailboxAllowance(
  app: Parts,
  email: string,
  user: User | undefined,
  address: string,
): Promise<void> {
  const seconds = await app.limits.take({ rule: 'code-mailbox', subject: email })
  if (seconds === undefined) return
  // Asked for unknown addresses too, about nobody: the same work for both.
  if (await app.sessions.isKnownPlace(user?.id ?? '', hashPlace(address))) return
  throw new AppError(
    'too-often',
    'This mailbox was sent many codes. Try again later, or where you were signed in.',
    {
      retryAfterSeconds: seconds,
    },
  )
}

function mailTo(app: Parts, userId: string, code: string, expiresAt: number) {
  return app.jobs.enqueue({
    name: 'send-mail',
    user_id: userId,
    payload: { template: 'sign-in-code', code, minutes: CODE_MINUTES },
    urgent: true,
    expires_at: expiresAt,
  })
}
