import { domainToASCII, domainToUnicode } from 'node:url'
import type { AppError } from './errors.ts'
import { invalidField } from './faults.ts'

const EMAIL_LENGTH_MAX = 254 // RFC 5321, 4.5.3.1.3, less the angle brackets
const LOCAL_LENGTH_MAX = 64
/** Longer than any address in any spelling: what is longer is refused before it is looked at. */
const TEXT_LENGTH_MAX = 1024

/** Control characters, and invisible ones that make two addresses look like one (zero width, bidi, soft hyphen). */
const INVISIBLE = /\p{C}/u
const LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const INTERNATIONAL_DOMAIN = /^[\p{L}\p{M}\p{N}.-]+$/u
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const TOP_LEVEL = /^(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})$/

/**
 * A person's own address in the one spelling we store and compare: trimmed, lower case, an international
 * domain in its ASCII form (`münchen.example` becomes `xn--mnchen-3ya.example`). The part before the @ must be
 * ASCII: few mail servers deliver to another, and look-alike letters would let two accounts seem one.
 * Throws AppError `invalid` with field `email`.
 */
export function parseEmail(text: unknown): string {
  if (typeof text !== 'string') throw refused('Give the email address as text.')
  if (text.length > TEXT_LENGTH_MAX) throw refused(tooLong)
  const email = text.trim().normalize('NFC')
  if (email === '') throw refused('Enter your email address.')
  if (INVISIBLE.test(email)) {
    throw refused('The address contains an invisible character. Type it instead of pasting it.')
  }
  if (/[<>,;]/.test(email)) throw refused('Enter one address only, without a name: alice@example.com.')
  if (/\s/.test(email)) throw refused('Remove the space inside the address.')
  const at = email.lastIndexOf('@')
  if (at === -1) throw refused('An email address has an @ in it, as in alice@example.com.')
  const local = parseLocal(email.slice(0, at))
  const domain = parseDomain(email.slice(at + 1))
  if (local.length + 1 + domain.length > EMAIL_LENGTH_MAX) throw refused(tooLong)
  return `${local}@${domain}`
}

const tooLong = `The address is too long: at most ${EMAIL_LENGTH_MAX} characters.`

function parseLocal(text: string): string {
  const local = text.toLowerCase()
  if (local === '') throw refused('Something is missing before the @.')
  if (/["\\()[\]:]/.test(local)) throw refused('Quotes and brackets before the @ are not accepted.')
  if (local.includes('@')) throw refused('The address has more than one @.')
  if (/[^\p{ASCII}]/u.test(local)) {
    throw refused(
      'Use only unaccented letters, digits and signs before the @: mail rarely arrives otherwise.',
    )
  }
  if (local.length > LOCAL_LENGTH_MAX) {
    throw refused(`The part before the @ is too long: at most ${LOCAL_LENGTH_MAX} characters.`)
  }
  if (!LOCAL.test(local))
    throw refused('The dots before the @ must stand between other characters, one at a time.')
  return local
}

function parseDomain(text: string): string {
  if (text === '') throw refused('Something is missing after the @, for example example.com.')
  if (/^\[|^[\d.]+$|:/.test(text)) throw refused('Use a domain name after the @, not an IP address.')
  if (text.endsWith('.')) throw refused('Remove the dot at the end.')
  if (text.startsWith('.') || text.includes('..'))
    throw refused('The dots after the @ must stand one at a time.')
  const domain = INTERNATIONAL_DOMAIN.test(text) ? domainToASCII(text) : ''
  const labels = domain.split('.')
  if (labels.length < 2 && domain !== '')
    throw refused('The domain is incomplete: it ends like .com or .org.')
  // Newer versions of Node let broken Punycode pass as it is.
  const isBroken = domain.includes('xn--') && /(?:^|\.)xn--/.test(domainToUnicode(domain))
  if (isBroken || domain.length > 253 || !labels.every((label) => LABEL.test(label))) {
    throw refused('What follows the @ is not a domain name. Check it for typing errors.')
  }
  if (!TOP_LEVEL.test(labels.at(-1) ?? '')) throw refused('The domain must end like .com or .org.')
  return domain
}

function refused(message: string): AppError {
  return invalidField('email', message)
}
