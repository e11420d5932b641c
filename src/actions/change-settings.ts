import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import { AppError } from '../domain/errors.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import { dependsOnCurrent, parseSettings, settingsToStore } from '../domain/settings.ts'
import type { RevisedUser, Settings } from '../domain/users.ts'

export interface ChangeSettingsOptions {
  /** The revision the sender saw: AppError `stale` when the user has another by now. */
  readonly expectedRevision?: number
  /** An operator who changes somebody else's settings: then it is in the audit log. */
  readonly actor?: Actor
}

/** How often a persona change is decided anew because somebody changed the same user in between. */
const ATTEMPTS_MAX = 10

/**
 * Changes what a person may change about themselves: `{ persona?, wake_word?, phone? }`, and answers the whole
 * user with the new revision. A patch that changes nothing writes nothing. Throws AppError `invalid` (every fault at
 * once), `not-found`, `stale`, `conflict`, `unavailable`, `unknown-outcome`.
 */
export async function changeSettings(
  app: Pick<App, 'personas' | 'database' | 'users' | 'ids' | 'audit'>,
  userId: string,
  patch: unknown,
  options: ChangeSettingsOptions = {},
): Promise<RevisedUser> {
  const settings = parseSettings(patch, app.personas)
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const current = await app.users.findRevised(userId)
    if (current === undefined) throw notFound()
    refuseStale(current.revision, options.expectedRevision)
    const changes = settingsToStore(current.user, settings, app.personas)
    if (Object.keys(changes).length === 0) return current
    const isGuarded = options.expectedRevision !== undefined || dependsOnCurrent(settings)
    const stored = await store(app, current, changes, isGuarded, options.actor)
    if (stored !== undefined) return stored
  }
  throw new AppError('conflict', 'The settings kept changing meanwhile. Nothing was changed; try again.')
}

/** The user as stored, or undefined when the guard found another revision and all is to be decided anew. */
async function store(
  app: Pick<App, 'database' | 'users' | 'ids' | 'audit'>,
  current: RevisedUser,
  changes: Partial<Settings>,
  isGuarded: boolean,
  actor: Actor | undefined,
): Promise<RevisedUser | undefined> {
  const { id } = current.user
  const update = { ...app.users.update(id, changes), expectRows: 1 }
  const unit = {
    opId: `settings-${app.ids.uuid()}`,
    statements: isGuarded ? [app.users.expectRevision(id, current.revision), update] : [update],
  }
  const detail = { changed: Object.keys(changes) }
  const outcome =
    actor === undefined
      ? await app.database.write(unit)
      : await app.audit.write({ actor, action: 'settings.changed', user_id: id, detail }, unit)
  if (outcome.outcome === 'unknown') {
    throw unknownOutcome('The settings may have been stored. Sending them again is safe.', outcome.cause)
  }
  if (outcome.outcome === 'done') return (await app.users.findRevised(id)) ?? gone()
  if (outcome.refusal.kind !== 'rows') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  return undefined
}

function refuseStale(revision: number, expected: number | undefined): void {
  if (expected === undefined || expected === revision) return
  throw new AppError(
    'stale',
    'Somebody changed these settings since you read them. Read them again, then change them.',
  )
}

function gone(): never {
  throw notFound()
}

function notFound(): AppError {
  return new AppError('not-found', 'There is no such user.')
}
