import { z } from 'zod'
import { AppError } from '../domain/errors.ts'

/** For routes that change what has a revision. */
export const ifMatchHeaders = z.object({
  'if-match': z
    .string()
    .optional()
    .describe('The ETag you read. When it is not the current one any more, nothing is changed.'),
})

export function etagOf(revision: number): { readonly ETag: string } {
  return { ETag: `"${revision}"` }
}

/**
 * The revision that must still hold when the change is written; undefined when any will do. Tags are compared as RFC 9110
 * wants it for If-Match: a weak one never matches. Throws AppError `stale`.
 */
export function expectedRevision(
  headers: z.output<typeof ifMatchHeaders>,
  current: number,
): { readonly expectedRevision?: number } {
  const header = headers['if-match']?.trim()
  if (header === undefined || header === '*') return {}
  const tags = header.split(',').map((tag) => tag.trim())
  // Bare digits too: many programs take the quotes off, and what is meant is clear.
  if (tags.includes(`"${current}"`) || tags.includes(String(current))) return { expectedRevision: current }
  throw new AppError('stale', 'Somebody changed this since you read it. Read it again, then change it.')
}
