import type { App } from '../domain/app.ts'
import { AppError } from '../domain/errors.ts'
import { type NewUser, parseNewUser, rowOf } from '../domain/new-users.ts'
import type { WriteOutcome, WriteUnit } from '../domain/ports.ts'
import { conflictOver, takenBy, unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import type { RevisedUser, User } from '../domain/users.ts'

/** The same in every database, so that a test user whose email was changed in config.toml is still recognised. */
const TEST_USER_ID = 'test-user'

type Parts = Pick<App, 'config' | 'personas' | 'database' | 'users' | 'ids'>

/**
 * The user of `[test_user]`: made when absent, afterwards left as the database has it; `reset` makes it again what
 * the config says. Its address is not claimed anew, so that it comes back after being deleted - it is the same
 * person. Throws AppError `misconfigured` (a fault in `[test_user]`), `conflict` (another user has one of its
 * addresses or numbers), `unavailable`, `unknown-outcome`.
 */
export async function ensureTestUser(
  app: Parts,
  options: { readonly reset?: boolean } = {},
): Promise<RevisedUser> {
  const wanted = parseTestUser(app)
  const found = (await app.users.findByEmail(wanted.email)) ?? (await app.users.findById(TEST_USER_ID))
  if (found === undefined) return create(app, wanted)
  if (options.reset === true) return reset(app, wanted, found)
  if (found.email.toLowerCase() !== wanted.email) {
    throw new AppError(
      'conflict',
      'The test user in the database has another email than [test_user] in config.toml. Run xswarm dev --reset to restore it from the config.',
    )
  }
  return getRevised(app, found.id)
}

function parseTestUser(app: Parts): NewUser {
  try {
    const { test_user } = app.config
    // Any domain will do: a project that sets [email] domain has not to rewrite the test user of the defaults.
    return parseNewUser(test_user, app.personas, test_user.xswarm_email.replace(/^.*@/, ''))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const faults = error.fields.map((fault) => `test_user.${fault.field}: ${fault.message}`).join(' ')
    throw new AppError('misconfigured', `The test user of config.toml cannot be made. ${faults}`, {
      cause: error,
    })
  }
}

async function create(app: Parts, wanted: NewUser): Promise<RevisedUser> {
  const user = rowFor(wanted, TEST_USER_ID)
  const outcome = await app.database.write({ opId: opId(app), statements: [app.users.insert(user)] })
  // Two commands started together: the other one was faster, and made the same user.
  if (outcome.outcome === 'refused' && (await app.users.findByEmail(wanted.email)) !== undefined) {
    return ensureTestUser(app)
  }
  return finish(app, outcome, TEST_USER_ID)
}

async function reset(app: Parts, wanted: NewUser, found: User): Promise<RevisedUser> {
  const { id, ...columns } = rowFor(wanted, found.id)
  const unit: WriteUnit = { opId: opId(app), statements: [app.users.update(id, columns)] }
  return finish(app, await app.database.write(unit), id)
}

async function finish(app: Parts, outcome: WriteOutcome, id: string): Promise<RevisedUser> {
  if (outcome.outcome === 'done') return getRevised(app, id)
  if (outcome.outcome === 'unknown') throw unknownOutcome('Start again: that is safe.', outcome.cause)
  const taken = takenBy(outcome.refusal)
  if (taken === undefined) throw unexpectedRefusal(outcome.statement, outcome.refusal)
  const { message } = conflictOver(taken)
  throw new AppError(
    'conflict',
    `The test user of config.toml cannot be made: ${message} Change [test_user] there.`,
  )
}

function rowFor(wanted: NewUser, id: string): Omit<User, 'created_at'> {
  if (wanted.address === undefined) throw new AppError('misconfigured', '[test_user] needs an xswarm_email.')
  return rowOf(wanted, id, wanted.address)
}

function opId(app: Parts): string {
  return `test-user-${app.ids.uuid()}`
}

async function getRevised(app: Parts, id: string): Promise<RevisedUser> {
  const user = await app.users.findRevised(id)
  if (user === undefined) throw new AppError('conflict', 'The test user was removed meanwhile. Start again.')
  return user
}
