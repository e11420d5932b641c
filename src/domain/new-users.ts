import { type Address, formatAddress, proposeAddresses } from './addresses.ts'
import { parseEmail } from './emails.ts'
import { AppError } from './errors.ts'
import { createFaults, type Faults, invalidField } from './faults.ts'
import { DEFAULT_PERSONA, type Personas, personaOf } from './personas.ts'
import { parsePhone } from './phones.ts'
import type { Ids } from './ports.ts'
import { isOfficial } from './reserved-addresses.ts'
import { parsePersona, parseWakeWord } from './settings.ts'
import { suggest } from './suggest.ts'
import { isTier } from './tiers.ts'
import { TIERS, type Tier, type User } from './users.ts'

/** A user as an operator, an import or the config describes one. Without an address one is proposed. */
export interface NewUser extends Omit<User, 'id' | 'created_at' | 'xswarm_email'> {
  readonly id?: string
  readonly address?: Address
}

const KEYS = [
  'id',
  'email',
  'phone',
  'xswarm_email',
  'xswarm_phone',
  'subscription_tier',
  'persona',
  'wake_word',
  'stripe_customer_id',
  'stripe_subscription_id',
] as const
type Key = (typeof KEYS)[number]

/**
 * Every column of a user but `created_at`, checked as a whole; only `email` is needed. Throws AppError `invalid`
 * with every fault at once; unknown keys are faults.
 */
export function parseNewUser(input: unknown, personas: Personas, domain: string): NewUser {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new AppError(
      'invalid',
      'Describe the user as an object, for example {"email": "alice@example.com"}.',
    )
  }
  const given = new Map(Object.entries(input).filter(([, value]) => value !== undefined))
  const faults = createFaults()
  for (const key of given.keys()) refuseUnknown(key, faults)
  const email = faults.keep(() => parseEmail(given.get('email')))
  const persona = faults.keep(() => parsePersona(given.get('persona') ?? DEFAULT_PERSONA, personas))
  const optional = <T>(key: Key, parse: (value: unknown) => T): T | undefined =>
    (given.get(key) ?? null) === null ? undefined : faults.keep(() => parse(given.get(key)))
  const parsed = {
    id: optional('id', (value) => parsePattern('id', value, /^[\w.:-]{1,128}$/)),
    address: optional('xswarm_email', (value) => parseAssignedAddress(value, domain)),
    phone: optional('phone', (value) => parsePhone(value)),
    xswarm_phone: optional('xswarm_phone', (value) => parsePhone(value, 'xswarm_phone')),
    tier: optional('subscription_tier', parseTier),
    wakeWord: optional('wake_word', parseWakeWord),
    customer: optional('stripe_customer_id', (value) =>
      parsePattern('stripe_customer_id', value, /^cus_\w{1,64}$/),
    ),
    subscription: optional('stripe_subscription_id', (value) =>
      parsePattern('stripe_subscription_id', value, /^sub_\w{1,64}$/),
    ),
  }
  faults.refuse()
  if (email === undefined || persona === undefined) throw new Error('a parsed value is never undefined')
  return {
    ...(parsed.id === undefined ? {} : { id: parsed.id }),
    ...(parsed.address === undefined ? {} : { address: parsed.address }),
    email,
    phone: parsed.phone ?? null,
    xswarm_phone: parsed.xswarm_phone ?? null,
    subscription_tier: parsed.tier ?? 'free',
    persona,
    wake_word: parsed.wakeWord ?? personaOf({ persona }, personas).wake_word,
    stripe_customer_id: parsed.customer ?? null,
    stripe_subscription_id: parsed.subscription ?? null,
  }
}

/** The tier, however it was capitalised. Throws AppError `invalid` that lists them. */
export function parseTier(value: unknown): Tier {
  const text = typeof value === 'string' ? value.slice(0, 64).trim().toLowerCase() : ''
  if (isTier(text)) return text
  const near = suggest(text, TIERS)
  const meant = near === undefined ? '.' : ` - did you mean ${near}?`
  throw invalidField('subscription_tier', `There is no such tier${meant} Choose one of: ${TIERS.join(', ')}.`)
}

/**
 * An address that somebody chose or that was assigned long ago: any at our domain but the official ones, which
 * would let its reader prove to a certificate authority that they own the domain.
 */
export function parseAssignedAddress(value: unknown, domain: string): Address {
  const field = 'xswarm_email'
  const faults = createFaults()
  const email = faults.keep(() => parseEmail(value))
  const [fault] = faults.found
  if (email === undefined) throw invalidField(field, fault?.message ?? 'This is not an address.')
  const at = email.lastIndexOf('@')
  const address = { local_part: email.slice(0, at), domain: email.slice(at + 1) }
  if (address.domain !== domain.toLowerCase()) {
    throw invalidField(field, `Assigned addresses end with @${domain.toLowerCase()}.`)
  }
  if (address.local_part.includes('+')) throw invalidField(field, 'An assigned address has no + in it.')
  if (isOfficial(address.local_part)) {
    throw invalidField(field, 'This address is kept for the service itself. Choose another.')
  }
  return address
}

function refuseUnknown(key: string, faults: Faults): void {
  if (KEYS.some((known) => known === key) || faults.found.length >= 20) return
  faults.keep(() => {
    const near = suggest(key, KEYS)
    const meant = near === undefined ? `There are: ${KEYS.join(', ')}.` : `Did you mean ${near}?`
    throw invalidField(key.slice(0, 64), `A user has no such field. ${meant}`)
  })
}

function parsePattern(field: Key, value: unknown, pattern: RegExp): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  const begin = /^\^(\w+_)/.exec(pattern.source)?.[1]
  throw invalidField(
    field,
    begin === undefined
      ? 'Use letters, digits, dots, dashes, colons and underscores, at most 128.'
      : `A ${field} begins with ${begin}.`,
  )
}

/** The addresses to try for a new user: the one they were given, else proposals made from their email. */
export function addressesFor(
  user: NewUser,
  domain: string,
  personas: Personas,
  ids: Pick<Ids, 'token'>,
): Iterable<Address> {
  return user.address === undefined
    ? proposeAddresses(user.email, domain.toLowerCase(), personas, ids)
    : [user.address]
}

/** The row of a new user under one of these addresses. */
export function rowOf(user: NewUser, id: string, address: Address): Omit<User, 'created_at'> {
  const { id: _given, address: _chosen, ...columns } = user
  return { ...columns, id, xswarm_email: formatAddress(address) }
}
