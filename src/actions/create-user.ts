import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import { AppError } from '../domain/errors.ts'
import { addressesFor, parseNewUser, rowOf } from '../domain/new-users.ts'
import { provisionJob } from '../domain/number-jobs.ts'
import { includesNumber } from '../domain/numbers.ts'
import { conflictOver, takenBy, unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import type { User } from '../domain/users.ts'

/**
 * Makes a user as an operator wants them: every column but `created_at` may be given, only `email` must be. A tier
 * given here without a Stripe customer is granted. Without `xswarm_email` an address is proposed as at sign-up.
 * Throws AppError `invalid`, `email-taken`, `conflict`, `address-unavailable`, `unavailable`, `unknown-outcome`.
 */
export async function createUser(
  app: Pick<App, 'config' | 'personas' | 'database' | 'users' | 'jobs' | 'ids' | 'audit'>,
  input: unknown,
  /** Who does it, for the audit log. */
  actor?: Actor,
): Promise<User> {
  const { domain } = app.config.email
  const wanted = parseNewUser(input, app.personas, domain)
  const id = wanted.id ?? app.ids.uuid()
  const opId = `create-${app.ids.uuid()}`
  for (const address of addressesFor(wanted, domain, app.personas, app.ids)) {
    const row = rowOf(wanted, id, address)
    const hasNumber = row.xswarm_phone !== null || !includesNumber(row.subscription_tier, app.config)
    const statements = [
      app.users.claimAddress({ ...address, user_id: id }),
      app.users.insert(row),
      ...(hasNumber ? [] : [app.jobs.enqueue(provisionJob(id))]),
    ]
    const detail = { tier: row.subscription_tier }
    const outcome =
      actor === undefined
        ? await app.database.write({ opId, statements })
        : await app.audit.write({ actor, action: 'user.created', user_id: id, detail }, { opId, statements })
    if (outcome.outcome === 'unknown') {
      throw unknownOutcome('The user may have been made. Look for it before you try again.', outcome.cause)
    }
    if (outcome.outcome === 'done') return await getCreated(app, id)
    const taken = takenBy(outcome.refusal)
    if (taken === undefined) throw unexpectedRefusal(outcome.statement, outcome.refusal)
    // Of several things that are taken the email says most: it is the same person.
    if ((await app.users.findByEmail(wanted.email)) !== undefined) throw conflictOver('email')
    if (taken !== 'xswarm_email' || wanted.address !== undefined) throw conflictOver(taken)
  }
  throw new AppError('address-unavailable', 'No free address was found. Choose one with xswarm_email.')
}

async function getCreated(app: Pick<App, 'users'>, id: string): Promise<User> {
  const user = await app.users.findById(id)
  if (user === undefined) throw new AppError('conflict', 'The user was made and removed again meanwhile.')
  return user
}
