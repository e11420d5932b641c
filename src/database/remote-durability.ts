import type { SqlValue } from '../domain/ports.ts'
import type { Durability } from './opened.ts'

/** What a server's own `PRAGMA synchronous` means; undefined when it did not say. */
export function describeDurability(level: SqlValue | undefined): Durability {
  if (level === 2 || level === 3)
    return { level: 'full', message: 'the server writes every commit to its disk first' }
  if (level === 1) {
    const message =
      'the server acknowledges before its disk has the commit (synchronous=NORMAL): a power cut can lose the last writes. Set durability_mode to strong for the namespace in its admin API'
    return { level: 'normal', message }
  }
  if (level === 0)
    return {
      level: 'off',
      message: 'the server never waits for its disk: a power cut can damage the database',
    }
  return { level: 'unknown', message: 'the server does not say how durable its commits are' }
}
