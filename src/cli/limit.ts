import { InvalidArgumentError } from 'commander'

/** `--limit` of a listing. */
export function parseLimit(text: string): number {
  const limit = Number(text)
  if (/^\d{1,6}$/.test(text) && limit > 0) return limit
  throw new InvalidArgumentError('A limit is a number from 1 to 999999.')
}
