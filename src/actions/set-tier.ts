import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import { AppError } from '../domain/errors.ts'
import { parseTier } from '../domain/new-users.ts'
import { provisionJob } from '../domain/number-jobs.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import type { RevisedUser } from '../domain/users.ts'

/**
 * Gives a user a tier by hand. Without a Stripe customer it is granted: Stripe never takes it back. A user with a
 * subscription gets the tier of that subscription again as soon as Stripe reports on it.
 * Throws AppError `invalid`, `not-found`, `unavailable`, `unknown-outcome`.
 */
export async function setTier(
  app: Pick<App, 'database' | 'users' | 'jobs' | 'ids' | 'audit'>,
  userId: string,
  tier: unknown,
  /** Who does it, for the audit log. */
  actor?: Actor,
): Promise<RevisedUser> {
  const subscription_tier = parseTier(tier)
  const current = await getRevised(app, userId)
  if (current.user.subscription_tier === subscription_tier) return current
  const update = { ...app.users.update(userId, { subscription_tier }), expectRows: 1 }
  const statements = [update, app.jobs.enqueue(provisionJob(userId))]
  const unit = { opId: `tier-${app.ids.uuid()}`, statements }
  const detail = { from: current.user.subscription_tier, to: subscription_tier }
  const outcome =
    actor === undefined
      ? await app.database.write(unit)
      : await app.audit.write({ actor, action: 'user.tier-set', user_id: userId, detail }, unit)
  if (outcome.outcome === 'unknown') {
    throw unknownOutcome('The tier may have been changed. Trying again is safe.', outcome.cause)
  }
  if (outcome.outcome === 'refused' && outcome.refusal.kind !== 'rows') {
    throw unexpectedRefusal(outcome.statement, outcome.refusal)
  }
  return getRevised(app, userId)
}

async function getRevised(app: Pick<App, 'users'>, userId: string): Promise<RevisedUser> {
  const user = await app.users.findRevised(userId)
  if (user === undefined) throw new AppError('not-found', 'There is no such user.')
  return user
}
