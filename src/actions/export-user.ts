import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import { AppError } from '../domain/errors.ts'
import type { ExportedRow } from '../domain/personal-data.ts'
import { formatTimestamp } from '../domain/times.ts'
import type { User } from '../domain/users.ts'

/** Everything held about one person, as JSON. */
export interface UserExport {
  /** UTC text. */
  readonly exported_at: string
  readonly user: User
  /** The other tables, each as a list of its rows about this person. */
  readonly [table: string]: string | User | readonly ExportedRow[]
}

/**
 * Everything held about a person. The export itself is written to the audit log first. Throws AppError `not-found`,
 * `unavailable`.
 */
export async function exportUser(
  app: Pick<App, 'users' | 'personal' | 'audit' | 'clock'>,
  userId: string,
  actor: Actor,
): Promise<UserExport> {
  if ((await app.users.findById(userId)) === undefined) throw gone()
  await app.audit.record({ actor, action: 'user.exported', user_id: userId })
  const user = await app.users.findById(userId)
  if (user === undefined) throw gone()
  return { exported_at: formatTimestamp(app.clock.now()), user, ...(await app.personal.collect(userId)) }
}

function gone(): AppError {
  return new AppError('not-found', 'There is no such user.')
}
