import type { App } from '../domain/app.ts'
import { AppError } from '../domain/errors.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import type { SignedIn } from '../domain/sessions.ts'

type Parts = Pick<App, 'sessions' | 'database'>

/**
 * Ends sessions of whoever asks: one by its id, the `current` one, or `all` of them with the current one. They let nobody
 * in from the next request on. Throws AppError `not-found` for an id that is none of theirs.
 */
export async function endSessions(app: Parts, asker: SignedIn, which: string): Promise<void> {
  const { sessions } = app
  const id = which === 'current' ? asker.session.id : which
  const statement = which === 'all' ? sessions.endAll(asker.user.id) : sessions.end(asker.user.id, id)
  const outcome = await app.database.write({ statements: [statement] })
  if (outcome.outcome === 'unknown') throw unknownOutcome('Repeat it.', outcome.cause)
  if (outcome.outcome === 'refused') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  // Somebody else's session is not there for the asker, in the same words as one that never was.
  if (outcome.rows[0]?.length === 0 && which !== 'all' && which !== 'current')
    throw new AppError('not-found', 'You have no such session. See which there are at /api/auth/sessions.')
}
