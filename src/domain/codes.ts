import { digestOf, isSameDigest } from './digests.ts'
import { AppError } from './errors.ts'
import type { Ids } from './ports.ts'

/** How long a code by mail is good for. */
export const CODE_MINUTES = 10
/** How often it may be tried. */
export const CODE_TRIES_MAX = 5

/** A code for one mail, with what is kept of it. */
export interface MailedCode {
  /** Six digits, for the mail only. */
  readonly code: string
  readonly salt: string
  readonly code_hash: string
}

/** A fresh code. */
export function createCode(ids: Ids): MailedCode {
  const code = sixDigits(ids.token(16))
  const salt = ids.token(16)
  return { code, salt, code_hash: hashCode(code, salt) }
}

/** Whether this is the code that was mailed. */
export function isCode(code: string, kept: { readonly salt: string; readonly code_hash: string }): boolean {
  return isSameDigest(hashCode(code, kept.salt), kept.code_hash)
}

/**
 * A code as a person types it: spaces and hyphens are left out. Throws AppError `invalid` with field `code` for anything
 * that cannot be one; that uses up no try.
 */
export function parseCode(text: unknown): string {
  const code = typeof text === 'string' && text.length <= 40 ? text.replaceAll(/[\s-]/g, '') : ''
  if (/^[0-9]{6}$/.test(code)) return code
  const message = 'Enter the six digits from the mail.'
  throw new AppError('invalid', message, { fields: [{ field: 'code', message }] })
}

/**
 * A million codes are searched in no time, salt or not: the salt only keeps equal codes from looking equal. What
 * protects a code in a stolen copy of the database is that it works for nobody but the one who asked for it.
 */
function hashCode(code: string, salt: string): string {
  return digestOf('code', salt, code)
}

/** 128 random bits, so that no code is likelier than another by more than one in 10^32. */
function sixDigits(token: string): string {
  return (numberOf(token) % 1_000_000n).toString().padStart(6, '0')
}

/** The number that a token's base32 letters write. */
export function numberOf(token: string): bigint {
  let number = 0n
  for (const letter of token) number = number * 32n + BigInt(BASE32.indexOf(letter))
  return number
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
