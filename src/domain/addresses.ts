import type { Personas } from './personas.ts'
import type { Ids } from './ports.ts'
import { isReserved } from './reserved-addresses.ts'

/** An assigned address in its two parts, as the ledger claims it. */
export interface Address {
  readonly local_part: string
  readonly domain: string
}

/** Three to thirty ASCII characters, a letter first, separators only one at a time and never at the end. */
const GRAMMAR = /^[a-z](?:[a-z0-9]|[._-](?=[a-z0-9])){2,29}$/
const LENGTH_MAX = 30
const SUFFIX_LENGTH = 4
const LONG_SUFFIX_LENGTH = 8

/** How many addresses a sign-up proposes before it gives up: alice, alice2 … alice9, then eleven random ones. */
const PROPOSALS_MAX = 20
const NUMBERED_MAX = 9
/** From this proposal on the random suffix is long, should a name be so popular that four characters run out. */
const LONG_FROM = 15

export function isAddressLocalPart(text: string): boolean {
  return GRAMMAR.test(text)
}

/** Both parts as one address: `alice@xswarm.ai`. */
export function formatAddress(address: Address): string {
  return `${address.local_part}@${address.domain}`
}

/**
 * The addresses to try for a person, best first: `alice`, `alice2` … `alice9`, then `alice-` and four random
 * characters. A person whose own name is reserved (`admin@example.com`), too short or not writable gets a neutral
 * `user-` or a random suffix at once: `admin2` or `my-admin` would be as misleading as `admin`.
 * Every one of them fits the grammar, is not reserved and is not the person's own address.
 */
export function* proposeAddresses(
  email: string,
  domain: string,
  personas: Personas,
  ids: Pick<Ids, 'token'>,
): Generator<Address, undefined> {
  const base = baseOf(email)
  const hasReservedName = base !== '' && isReserved(base, personas)
  for (let attempt = 0; attempt < PROPOSALS_MAX; attempt++) {
    const own = { local_part: localPart(base, attempt, ids), domain }
    const isFit = !hasReservedName && isProposable(own, email, personas)
    yield isFit ? own : neutral(attempt, email, domain, personas, ids)
  }
  return undefined
}

/** Drawn again when chance has written a reserved word: one suffix in a million reads `help`. */
function neutral(
  attempt: number,
  email: string,
  domain: string,
  personas: Personas,
  ids: Pick<Ids, 'token'>,
): Address {
  for (;;) {
    const address = { local_part: `user-${suffix(attempt, ids)}`, domain }
    if (isProposable(address, email, personas)) return address
  }
}

function isProposable(address: Address, email: string, personas: Personas): boolean {
  return (
    GRAMMAR.test(address.local_part) &&
    !isReserved(address.local_part, personas) &&
    formatAddress(address) !== email
  )
}

/** What of the person's own address may stand in ours: no tag, ASCII, one separator at a time, a letter first. */
function baseOf(email: string): string {
  const [untagged = ''] = email.slice(0, email.lastIndexOf('@')).toLowerCase().split('+')
  const written = untagged
    .normalize('NFKD')
    .replaceAll(/[^a-z0-9._-]/g, '')
    .replaceAll(/([._-])[._-]+/g, '$1')
  return shorten(/^[._-]*[0-9]/.test(written) ? `x${trim(written)}` : trim(written), LENGTH_MAX)
}

function localPart(base: string, attempt: number, ids: Pick<Ids, 'token'>): string {
  if (attempt === 0 && base.length >= 3) return base
  if (attempt > 0 && attempt < NUMBERED_MAX && base.length >= 3)
    return `${shorten(base, LENGTH_MAX - 1)}${attempt + 1}`
  const random = suffix(attempt, ids)
  return `${shorten(base, LENGTH_MAX - 1 - random.length)}-${random}`
}

function suffix(attempt: number, ids: Pick<Ids, 'token'>): string {
  return ids.token(8).slice(0, attempt < LONG_FROM ? SUFFIX_LENGTH : LONG_SUFFIX_LENGTH)
}

function shorten(text: string, length: number): string {
  return trim(text.slice(0, length))
}

function trim(text: string): string {
  return text.replaceAll(/^[._-]+|[._-]+$/g, '')
}
