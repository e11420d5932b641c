import { z } from 'zod'
import type { Actor } from '../domain/audit.ts'
import { AppError } from '../domain/errors.ts'
import type { SignedIn } from '../domain/sessions.ts'

/** What the admin's routes and pages have in common. */

export const cursorQuery = z
  .string()
  .regex(/^\d{1,15}$/, 'Take it from `next_cursor` of the page before.')
  .transform(Number)
  .optional()

export const limitQuery = z
  .string()
  .regex(/^\d{1,4}$/, 'Give a number from 1 to 200.')
  .transform(Number)
  .pipe(z.int().min(1).max(200))
  .default(50)

export function adminOf({ user }: SignedIn): Actor {
  return `admin:${user.id}`
}

export function printCursor(cursor: number | undefined): string | null {
  return cursor === undefined ? null : String(cursor)
}

/** Throws AppError `not-found` for what is no job's number. */
export function jobIdOf(text: string | undefined): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text)
  throw new AppError('not-found', 'There is no such job.')
}
