import { createHash } from 'node:crypto'
import { type Address, formatAddress, proposeAddresses } from '../domain/addresses.ts'
import type { App } from '../domain/app.ts'
import { parseEmail } from '../domain/emails.ts'
import { AppError } from '../domain/errors.ts'
import { createFaults, invalidField } from '../domain/faults.ts'
import { placeOf } from '../domain/limits.ts'
import { DEFAULT_PERSONA, personaOf } from '../domain/personas.ts'
import { parsePhone } from '../domain/phones.ts'
import type { RememberedAnswer, Statement, WriteUnit } from '../domain/ports.ts'
import { takenBy, unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import { hashSignUpToken } from '../domain/unproven-sign-ups.ts'
import type { Tier, User } from '../domain/users.ts'

/** What a new user is told: the body of `201` from `POST /api/signup`. */
export interface SignedUp {
  readonly user_id: string
  readonly email: string
  readonly phone: string | null
  readonly xswarm_email: string
  readonly subscription_tier: Tier
  readonly persona: string
}

export interface SignUpOptions {
  /** The sender's `Idempotency-Key`: for 24 hours the same key with the same input gives the same answer. */
  readonly idempotency?: string
  /** Set by public doors: they are limited, and an address that came through one counts as unproven. */
  readonly from?: SignUpFrom
}

/** Who signs up, as far as it can be known. */
export interface SignUpFrom {
  /** The IP address. */
  readonly address: string
  /** Kept by who signs up: the first proof by the same one keeps what this one gave. */
  readonly token: string
}

type Parts = Pick<
  App,
  | 'clock'
  | 'config'
  | 'personas'
  | 'database'
  | 'users'
  | 'idempotency'
  | 'ids'
  | 'jobs'
  | 'limits'
  | 'unproven'
>
type Applicant = Pick<User, 'email' | 'phone'>
type Key = { readonly key: string; readonly requestHash: string }

const SCOPE = 'signup'
/** Whoever keeps trying an address fills nobody's mailbox. */
const TOLD_AGAIN_AFTER_MS = 3_600_000

/**
 * Makes a user with an assigned address and a mail that says so, in one write: all of it or nothing. `email` and `phone` may be written
 * in any common way (see `parseEmail`, `parsePhone`). Throws AppError `invalid`, `email-taken`, `address-unavailable`,
 * `idempotency-mismatch`, `too-often`, `unavailable`, `unknown-outcome`.
 */
export async function signUp(
  app: Parts,
  input: { readonly email: string; readonly phone?: string | null | undefined },
  options: SignUpOptions = {},
): Promise<SignedUp> {
  const applicant = parseApplicant(input, app.config.email.domain)
  const key = options.idempotency === undefined ? undefined : keyFor(options.idempotency, applicant)
  if (key !== undefined) {
    const earlier = await findAnswer(app, key)
    if (earlier !== undefined) return earlier
  }
  const { from } = options
  if (from !== undefined) await app.limits.demand({ rule: 'sign-up-place', subject: placeOf(from.address) })
  const user_id = app.ids.uuid()
  const { config, personas, ids } = app
  for (const address of proposeAddresses(applicant.email, config.email.domain.toLowerCase(), personas, ids)) {
    const user = newUser(app, user_id, applicant, address)
    const outcome = await app.database.write(unitFor(app, user, { address, key, from }))
    if (outcome.outcome === 'done') return answerFor(user)
    if (outcome.outcome === 'unknown') throw unknownOutcome(nextAfterUnknown(key), outcome.cause)
    const taken = takenBy(outcome.refusal)
    if (taken === 'email') throw await emailTaken(app, applicant)
    if (taken === 'idempotency_key') return await answerOfTwin(app, key, applicant)
    if (taken !== 'xswarm_email') throw unexpectedRefusal(outcome.statement, outcome.refusal)
    // Who comes a second time finds the own address taken: say so now instead of after nine more proposals.
    if ((await app.users.findByEmail(applicant.email)) !== undefined)
      return await answerOfTwin(app, key, applicant)
  }
  throw new AppError('address-unavailable', 'No free address was found for you. Please try again.')
}

function parseApplicant(
  input: { readonly email: string; readonly phone?: string | null | undefined },
  ourDomain: string,
): Applicant {
  const faults = createFaults()
  const email = faults.keep(() => parseEmail(input.email))
  const phone = faults.keep(() => parsePhone(input.phone))
  faults.keep(() => {
    if (!email?.endsWith(`@${ourDomain.toLowerCase()}`)) return
    throw invalidField('email', 'We give this address out. Enter the address where you read your mail today.')
  })
  faults.refuse()
  if (email === undefined || phone === undefined) throw new Error('a parsed value is never undefined')
  return { email, phone }
}

function newUser(app: Parts, id: string, applicant: Applicant, address: Address): Omit<User, 'created_at'> {
  const persona = personaOf({ persona: DEFAULT_PERSONA }, app.personas)
  return {
    id,
    ...applicant,
    xswarm_email: formatAddress(address),
    xswarm_phone: null,
    subscription_tier: 'free',
    persona: persona.key,
    wake_word: persona.wake_word,
    stripe_customer_id: null,
    stripe_subscription_id: null,
  }
}

interface UnitOptions {
  readonly address: Address
  readonly key: Key | undefined
  readonly from: SignUpFrom | undefined
}

/** The key goes first, so that of two twins the second meets the key before it meets its own email address. */
function unitFor(app: Parts, user: Omit<User, 'created_at'>, { address, key, from }: UnitOptions): WriteUnit {
  const statements = [
    app.users.claimAddress({ ...address, user_id: user.id }),
    app.users.insert(user),
    app.jobs.enqueue({ name: 'send-mail', user_id: user.id, payload: { template: 'welcome' } }),
    ...(from === undefined ? [] : [unprovenOf(app, user.id, from)]),
  ]
  // A name is for answers that get lost on the way; in a local file it would only be one more row.
  const name = app.database.kind === 'local' ? undefined : { opId: user.id }
  if (key === undefined) return { ...name, statements }
  const answer = { request_hash: key.requestHash, status: 201, body: JSON.stringify(answerFor(user)) }
  return { ...name, statements: [app.idempotency.remember(SCOPE, key.key, answer), ...statements] }
}

function unprovenOf(app: Parts, user_id: string, from: SignUpFrom): Statement {
  return app.unproven.keep({
    user_id,
    signed_up_at: app.clock.now(),
    request_hash: hashSignUpToken(from.token),
  })
}

function answerFor(user: Omit<User, 'created_at'>): SignedUp {
  const { id: user_id, email, phone, xswarm_email, subscription_tier, persona } = user
  return { user_id, email, phone, xswarm_email, subscription_tier, persona }
}

/** The key with a hash of what was understood: `Alice@Example.com ` and `alice@example.com` are the same request. */
function keyFor(key: string, applicant: Applicant): Key {
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw invalidField('Idempotency-Key', 'An Idempotency-Key has 1 to 255 visible ASCII characters.')
  }
  const canonical = JSON.stringify([applicant.email, applicant.phone])
  return { key, requestHash: createHash('sha256').update(canonical).digest('hex') }
}

async function findAnswer(app: Parts, key: Key): Promise<SignedUp | undefined> {
  const answer: RememberedAnswer | undefined = await app.idempotency.find(SCOPE, key.key)
  if (answer === undefined) return undefined
  if (answer.request_hash !== key.requestHash) {
    throw new AppError(
      'idempotency-mismatch',
      'This Idempotency-Key came with another sign-up before. Use a new key for each sign-up.',
    )
  }
  return JSON.parse(answer.body) as SignedUp // ours: unitFor wrote it
}

/** Somebody was faster. The same request sent twice at once gets the answer of its twin, everybody else a refusal. */
async function answerOfTwin(app: Parts, key: Key | undefined, applicant: Applicant): Promise<SignedUp> {
  const answer = key === undefined ? undefined : await findAnswer(app, key)
  if (answer === undefined) throw await emailTaken(app, applicant)
  return answer
}

/** The refusal, after the owner was sent a way to sign in: they may have forgotten that they are here already. */
async function emailTaken(app: Parts, { email }: Applicant): Promise<AppError> {
  const owner = await app.users.findByEmail(email)
  if (owner !== undefined) {
    const told = app.jobs.enqueue({
      name: 'send-mail',
      user_id: owner.id,
      payload: { template: 'email-taken' },
      key: `email-taken-${owner.id}`,
      kept_until: app.clock.now() + TOLD_AGAIN_AFTER_MS,
    })
    await app.database.write({ statements: [told] })
  }
  const message = 'There is an account with this email address already. Sign in instead.'
  return new AppError('email-taken', message, { fields: [{ field: 'email', message }] })
}

function nextAfterUnknown(key: Key | undefined): string {
  return key === undefined
    ? 'Your account may have been made. Try again: if the address is taken then, it was.'
    : 'Your account may have been made. Repeat the request with the same Idempotency-Key: it is done once.'
}
