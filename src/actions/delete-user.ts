import type { App } from '../domain/app.ts'
import { AppError } from '../domain/errors.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'

/**
 * Removes a user's row. The assigned address stays claimed for ever: mail to it may recover accounts elsewhere, so
 * nobody else may get it. Throws AppError `not-found`, `unavailable`, `unknown-outcome`.
 */
export async function deleteUser(
  app: Pick<App, 'database' | 'users' | 'ids'>,
  userId: string,
): Promise<void> {
  const remove = { ...app.users.remove(userId), expectRows: 1 }
  const outcome = await app.database.write({ opId: `delete-${app.ids.uuid()}`, statements: [remove] })
  if (outcome.outcome === 'done') return
  if (outcome.outcome === 'unknown') {
    throw unknownOutcome('The user may have been removed. Trying again is safe.', outcome.cause)
  }
  if (outcome.refusal.kind !== 'rows') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  throw new AppError('not-found', 'There is no such user.')
}
