import type { App } from '../domain/app.ts'
import type { UserChange } from '../domain/user-changes.ts'
import type { User } from '../domain/users.ts'

/** Who was away for longer hears only the last ones; each of them carries the whole user. */
const CHANGES_MAX = 100

/**
 * What happened to a user after a revision, oldest first; undefined when there is no such user any more. A revision
 * that lies ahead is none of this database's history (a backup was restored): answered with the state now.
 */
export async function listChanges(
  app: Pick<App, 'users' | 'changes'>,
  userId: string,
  afterRevision: number,
): Promise<readonly UserChange[] | undefined> {
  const current = await app.users.findRevised(userId)
  if (current === undefined) return undefined
  if (current.revision === afterRevision) return []
  if (current.revision < afterRevision) return [{ ...current, changed: [] }]
  const newest = await app.changes.listNewest(userId, CHANGES_MAX)
  const events: UserChange[] = []
  let { user } = current
  for (const { revision, changed, before } of newest) {
    if (revision <= afterRevision) break
    // Younger than the row that was read: the next look tells of it.
    if (revision > current.revision) continue
    events.unshift({ revision, changed, user })
    // The log holds what the settings were before: that is how the user looked at the change before this one.
    user = { ...user, ...before } as User
  }
  return events
}
