import { randomInt } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A new id that looks like Stripe's: of `cus` comes `cus_N…`, of `sub_1` comes `sub_1N…`. */
export function newId(prefix: string, length = 24): string {
  return `${prefix}${prefix.includes('_') ? '' : '_'}${randomText(length)}`
}

/** Letters and digits that nobody guesses. */
export function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')
}
