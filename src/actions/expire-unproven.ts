import type { App } from '../domain/app.ts'
import { unexpectedRefusal } from '../domain/refusals.ts'

type Parts = Pick<App, 'config' | 'users' | 'unproven' | 'personal' | 'database' | 'audit' | 'clock' | 'log'>

const DAY_MS = 24 * 60 * 60 * 1000
const EXPIRED_AT_ONCE = 100
/** What one run leaves behind, the next one takes. */
const BATCHES_MAX = 100

/**
 * Removes sign-ups whose address was never proven within `[accounts] unproven_days`, with everything about them; their
 * assigned address is free again. Whoever proves theirs in the same moment stays. Rows made by hand never expire.
 */
export async function expireUnproven(app: Parts): Promise<void> {
  const before = app.clock.now() - app.config.accounts.unproven_days * DAY_MS
  let removed = 0
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const due = await app.unproven.listBefore(before, EXPIRED_AT_ONCE)
    if (due.length === 0) break
    const gone = await Promise.all(due.map(({ user_id }) => expire(app, user_id, before)))
    const count = gone.filter(Boolean).length
    removed += count
    // Those that stay were changed or proven just now; the next run looks at them again.
    if (count === 0) break
  }
  if (removed === 0) return
  await app.audit.record({ actor: 'system', action: 'users.expired', detail: { users: removed } })
  app.log.info({ users: removed }, 'sign-ups that nobody proved have expired')
}

async function expire(app: Parts, userId: string, before: number): Promise<boolean> {
  const user = await app.users.findRevised(userId)
  if (user === undefined) return false
  const outcome = await app.database.write({ statements: app.personal.expire(user, before) })
  if (outcome.outcome === 'refused' && outcome.refusal.kind !== 'rows') {
    throw unexpectedRefusal(outcome.statement, outcome.refusal)
  }
  return outcome.outcome === 'done'
}
