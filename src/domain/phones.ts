import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { invalidField } from './faults.ts'

const TEXT_LENGTH_MAX = 64
/** In E.164 already. The library would say the same after a third of the time a whole sign-up takes. */
const NORTH_AMERICAN = /^\+1[2-9][0-9]{9}$/
/** What address books wrap around a copied number: direction marks, which nobody sees. */
const DIRECTION_MARKS =
  /^[\u200e\u200f\u202a-\u202e\u2066-\u2069]+|[\u200e\u200f\u202a-\u202e\u2066-\u2069]+$/g
const DIALABLE = /^\+?[0-9 ().\-/]+$/

/**
 * A phone number in E.164 (`+15551234567`), or null when there is none (null, undefined, empty text).
 * Every possible number is accepted, also one that no carrier has given out: the seed's own +1555 numbers are
 * such. Without + and country code a number of ten digits (or eleven beginning with 1) is read as a US number,
 * because that is how people in the toll-free numbers' country write theirs; any other needs its +.
 * Throws AppError `invalid` with the field named.
 */
export function parsePhone(text: unknown, field = 'phone'): string | null {
  if (text === null || text === undefined) return null
  if (typeof text !== 'string')
    throw invalidField(field, 'Give the phone number as text, for example "+15551234567".')
  if (NORTH_AMERICAN.test(text)) return text
  if (text.length > TEXT_LENGTH_MAX) throw invalidField(field, 'The phone number is too long.')
  const written = text
    .normalize('NFKC')
    .trim()
    .replace(DIRECTION_MARKS, '')
    .replace(/[‐‑‒–—−]/g, '-')
    .trim()
  if (written === '') return null
  if (/[0-9]\s*(?:;|#|x|ext)/i.test(written))
    throw invalidField(field, 'Leave out the extension: we call the number itself.')
  if (!DIALABLE.test(written)) {
    throw invalidField(field, 'Use digits only, with the country code: +15551234567.')
  }
  return parseDigits(written.replace(/[^+0-9]/g, ''), written, field)
}

function parseDigits(dialled: string, written: string, field: string): string {
  const isNational = /^(?:1?[0-9]{10})$/.test(dialled) && !dialled.startsWith('0')
  if (!dialled.startsWith('+') && !isNational) {
    throw invalidField(field, 'Begin with + and the country code, for example +44 for the United Kingdom.')
  }
  const digits = dialled.replace('+', '')
  if (digits.length < 7) throw invalidField(field, 'The phone number is too short.')
  if (digits.length > 15) throw invalidField(field, 'The phone number is too long: at most 15 digits.')
  const number = parsePhoneNumberFromString(written, isNational ? 'US' : undefined)
  if (number === undefined) throw invalidField(field, 'There is no such country code.')
  if (!number.isPossible())
    throw invalidField(field, 'The phone number has too few or too many digits for its country.')
  return number.number
}

/** What a log or a list may show of a number: its last two digits. */
export function maskPhone(phone: string): string {
  return `***${phone.slice(-2)}`
}
