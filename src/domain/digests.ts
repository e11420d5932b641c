import { hash, timingSafeEqual } from 'node:crypto'

/**
 * SHA-256 in hex. The parts are kept apart by a character that none of them holds, so that no two lists of parts
 * have one digest.
 */
export function digestOf(...parts: readonly string[]): string {
  return hash('sha256', parts.join('\u0000'))
}

/** Whether two digests are the same, in a time that does not tell how far they agree. */
export function isSameDigest(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
