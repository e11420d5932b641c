import type { App } from '../domain/app.ts'
import { CODE_TRIES_MAX, isCode, parseCode } from '../domain/codes.ts'
import { isSameDigest } from '../domain/digests.ts'
import { parseEmail } from '../domain/emails.ts'
import { AppError } from '../domain/errors.ts'
import { type Count, hashPlace, placeOf } from '../domain/limits.ts'
import type { Statement } from '../domain/ports.ts'
import { unknownOutcome } from '../domain/refusals.ts'
import { createSession, type SessionKind } from '../domain/sessions.ts'
import { type CodeWay, hashMailbox, hashRequest, type PendingCode } from '../domain/sign-in-codes.ts'
import { formatTimestamp } from '../domain/times.ts'
import { hashSignUpToken } from '../domain/unproven-sign-ups.ts'
import type { User } from '../domain/users.ts'

export interface SignInInput {
  readonly email: string
  readonly code: string
  /** The token that came with the answer to the request for the code. Whoever gives one is held to it. */
  readonly request?: string | undefined
  /** The same, as a browser remembers it: it may be of an earlier request, so it never stands in the way. */
  readonly remembered?: string | undefined
}

/** Who signs in, as far as it can be known. */
export interface SignInFrom {
  /** The IP address. */
  readonly address: string
  readonly kind: SessionKind
  /** What the person will recognise the session by. */
  readonly name: string
  /** The token that came with the answer to the sign-up. */
  readonly signUpToken?: string | undefined
}

/** The body of `201` from `POST /api/auth/session`. */
export interface OpenedSession {
  /** Opens the account. Shown once, kept nowhere. */
  readonly token: string
  readonly user: User
  readonly session_id: string
  /** UTC; moves on while the session is used. */
  readonly expires_at: string
}

type Parts = Pick<App, 'users' | 'codes' | 'sessions' | 'unproven' | 'limits' | 'database' | 'ids' | 'clock'>

/** A code that may be the one, and how it was found. */
interface Candidate extends PendingCode {
  readonly way: CodeWay
}

/** A person may have asked a few times and read the first mail. */
const CODES_PER_PLACE = 3

/**
 * Opens a session with a mailed code. The code works for whoever asked for it: known by the token, or by the place for
 * programs that keep none. So nobody elsewhere can guess at it or use its tries up. The first time it also proves that
 * the address is the user's, and then nothing survives that was attached before (see docs/decisions).
 * Throws AppError `invalid`, `unauthenticated` (always in the same words), `too-often`, `unavailable`, `unknown-outcome`.
 */
export async function signIn(app: Parts, input: SignInInput, from: SignInFrom): Promise<OpenedSession> {
  const email = parseEmail(input.email)
  const code = parseCode(input.code)
  const now = app.clock.now()
  const count: Count = { rule: 'wrong-code-place', subject: placeOf(from.address) }
  // Counted before it is known to be wrong, or many at once would all be let through.
  const waitSeconds = await app.limits.take(count)
  const found = await findCandidates(app, email, input, from.address, now)
  // Neighbours of somebody who guesses get in all the same: the token's own five tries bound what it can be used for.
  const candidates = waitSeconds === undefined ? found : found.filter(({ way }) => way === 'token')
  const right = candidates.find((candidate) => isRight(candidate, code, email))
  if (right?.user === undefined) {
    await countTries(app, candidates)
    throw refusal(waitSeconds)
  }
  const paidBack = waitSeconds === undefined ? app.limits.giveBack(count) : []
  return redeem(app, { candidate: right, user: right.user, from, now, paidBack })
}

async function findCandidates(
  app: Parts,
  email: string,
  { request, remembered }: SignInInput,
  address: string,
  now: number,
): Promise<readonly Candidate[]> {
  const mailbox = hashMailbox(email)
  const token = request ?? remembered
  const byToken = token === undefined ? undefined : await app.codes.findByRequest(hashRequest(token), now)
  const byPlace =
    request === undefined
      ? await app.codes.listByPlace(mailbox, hashPlace(address), now, CODES_PER_PLACE)
      : []
  const candidates: Candidate[] = byPlace
    .filter(({ code }) => code.request_hash !== byToken?.code.request_hash)
    .map((pending) => ({ ...pending, way: 'place' }))
  if (byToken !== undefined && byToken.code.email_hash === mailbox)
    candidates.unshift({ ...byToken, way: 'token' })
  return candidates.filter(({ tries }) => tries < CODE_TRIES_MAX)
}

/** The address may have moved to another account since the code was sent: then it proves nothing about this one. */
function isRight({ code, user }: Candidate, given: string, email: string): boolean {
  const isTheCode = isCode(given, code)
  return isTheCode && user !== undefined && user.email.toLowerCase() === email
}

async function countTries(app: Parts, candidates: readonly Candidate[]): Promise<void> {
  if (candidates.length === 0) return
  const statements = candidates.map(({ code, way }) => app.codes.countTry(code.request_hash, way))
  const outcome = await app.database.write({ statements })
  if (outcome.outcome !== 'done')
    throw new AppError('unavailable', 'The code could not be checked. Try again in a moment.')
}

interface Redemption {
  readonly candidate: Candidate
  readonly user: User
  readonly from: SignInFrom
  readonly now: number
  readonly paidBack: readonly Statement[]
}

async function redeem(
  app: Parts,
  { candidate, user, from, now, paidBack }: Redemption,
): Promise<OpenedSession> {
  const { token, session } = createSession(
    { user_id: user.id, kind: from.kind, name: from.name, address_hash: hashPlace(from.address) },
    app.ids,
    now,
  )
  const proof = proofOf(app, candidate, user, from.signUpToken)
  const outcome = await app.database.write({
    statements: [
      app.codes.redeem(candidate.code.request_hash, candidate.way, now),
      ...proof.statements,
      app.sessions.open(session),
      ...paidBack,
    ],
  })
  if (outcome.outcome === 'unknown')
    throw unknownOutcome('Ask for a new code and sign in with that.', outcome.cause)
  // Used, tried too often or closed in the same moment.
  if (outcome.outcome === 'refused') throw refusal(undefined)
  return { token, user: proof.user, session_id: session.id, expires_at: formatTimestamp(session.expires_at) }
}

/**
 * Whoever signed up with somebody else's address may have left a phone or kept a session. The first proof by another
 * browser or program takes both away before it lets the owner in.
 */
function proofOf(
  app: Parts,
  { unprovenRequestHash }: Candidate,
  user: User,
  signUpToken: string | undefined,
): { readonly statements: readonly Statement[]; readonly user: User } {
  if (unprovenRequestHash === undefined) return { statements: [], user }
  const isSameAsker =
    signUpToken !== undefined && isSameDigest(hashSignUpToken(signUpToken), unprovenRequestHash)
  const isPhoneDoubtful = user.phone !== null && !isSameAsker
  return {
    statements: [
      app.unproven.remove(user.id),
      app.sessions.endAll(user.id),
      ...(isPhoneDoubtful ? [app.users.update(user.id, { phone: null })] : []),
    ],
    user: isPhoneDoubtful ? { ...user, phone: null } : user,
  }
}

/** One sentence for every reason, so that it tells nothing about the account. */
function refusal(waitSeconds: number | undefined): AppError {
  if (waitSeconds !== undefined)
    return new AppError('too-often', 'Too many wrong codes came from here. Wait before you try again.', {
      retryAfterSeconds: waitSeconds,
    })
  const message = 'This code is wrong or no longer good. Check it, or ask for a new one.'
  return new AppError('unauthenticated', message, { fields: [{ field: 'code', message }] })
}
