import { accountOf } from '../domain/account.ts'
import { STORY_LENGTH, type UserStory } from '../domain/admin-views.ts'
import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import { AppError } from '../domain/errors.ts'

/**
 * Everything about one user, for an admin or operator; that they looked is written to the audit log first.
 * Throws AppError `not-found`, `unavailable`.
 */
export async function viewUser(
  app: Pick<
    App,
    | 'config'
    | 'users'
    | 'changes'
    | 'sessions'
    | 'unproven'
    | 'numbers'
    | 'jobs'
    | 'audit'
    | 'clock'
    | 'readAccountFacts'
  >,
  userId: string,
  actor: Actor,
): Promise<UserStory> {
  const user = await app.users.findRevised(userId)
  if (user === undefined) throw new AppError('not-found', 'There is no such user.')
  await app.audit.record({ actor, action: 'user.viewed', user_id: userId })
  const now = app.clock.now()
  const [facts, isUnproven, changes, sessions, numbers, jobs, audit] = await Promise.all([
    app.readAccountFacts(user.user, now),
    app.unproven.isUnproven(userId),
    app.changes.listNewest(userId, STORY_LENGTH),
    app.sessions.listForUser(userId, now),
    app.numbers.listForUser(userId),
    app.jobs.listForUser(userId, STORY_LENGTH),
    app.audit.list({ user_id: userId, limit: STORY_LENGTH }),
  ])
  return {
    user: accountOf(user, facts, app.config, now),
    proven: !isUnproven,
    changes,
    sessions,
    numbers,
    jobs,
    audit,
  }
}
