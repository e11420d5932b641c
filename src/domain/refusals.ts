import { AppError } from './errors.ts'
import type { Refusal, WriteOutcome } from './ports.ts'

/** What stood in the way of a new or changed user row. */
export type Taken = 'email' | 'xswarm_email' | 'xswarm_phone' | 'id' | 'idempotency_key'

const TAKEN_BY_COLUMN: Readonly<Record<string, Taken>> = {
  'users.id': 'id',
  'users.email': 'email',
  'users.xswarm_email': 'xswarm_email',
  'users.xswarm_phone': 'xswarm_phone',
  // Somebody else's that is kept for them, or on its way to them.
  'numbers.e164': 'xswarm_phone',
  'assigned_addresses.address': 'xswarm_email',
  'assigned_addresses.lookalike': 'xswarm_email',
  'idempotency_keys.scope': 'idempotency_key',
  'idempotency_keys.key': 'idempotency_key',
}

/** Which unique thing somebody else has already, or undefined when the refusal is of another kind. */
export function takenBy(refusal: Refusal): Taken | undefined {
  if (refusal.kind !== 'unique') return undefined
  return refusal.columns.map((column) => TAKEN_BY_COLUMN[column]).find((taken) => taken !== undefined)
}

const CONFLICTS: Readonly<Record<Taken, string>> = {
  email: 'There is an account with this email address already.',
  xswarm_email:
    "This address is or was somebody else's, or looks like one that is. Addresses are never given twice; choose another.",
  xswarm_phone: 'This toll-free number belongs to another user.',
  id: 'There is a user with this id already.',
  idempotency_key: 'This Idempotency-Key is in use.',
}

/** What an operator is told when something that must be unique is taken. */
export function conflictOver(taken: Taken): AppError {
  const message = CONFLICTS[taken]
  return new AppError(taken === 'email' ? 'email-taken' : 'conflict', message, {
    fields: [{ field: taken, message }],
  })
}

/** A refusal that our own statements cannot meet: a bug or a foreign trigger, told whole to the log. */
export function unexpectedRefusal(statement: number, refusal: Refusal): Error {
  return new Error(`the database refused statement ${statement}: ${JSON.stringify(refusal)}`)
}

/** The answer was lost on the way. `next` says what the asker can safely do. */
export function unknownOutcome(next: string, cause: unknown): AppError {
  return new AppError('unknown-outcome', `The database's answer was lost on the way. ${next}`, {
    cause,
    retryAfterSeconds: 2,
  })
}

/** For units of jobs, which may run again: throws AppError `unavailable` after a lost answer, and for a refusal. */
export function demandDone(outcome: WriteOutcome): void {
  if (outcome.outcome === 'done') return
  if (outcome.outcome === 'refused') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  throw new AppError('unavailable', 'The answer of the database was lost on the way.', {
    cause: outcome.cause,
  })
}
