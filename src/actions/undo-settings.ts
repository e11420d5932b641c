import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import { AppError } from '../domain/errors.ts'
import type { Change } from '../domain/ports.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import { type RevisedUser, SETTING_KEYS, type Settings } from '../domain/users.ts'

/** Changes of one user read at a time while looking for the last one of their settings. */
const PAGE = 200

export interface UndoSettingsOptions {
  /** The revision the sender saw: AppError `stale` when the user has another by now. */
  readonly expectedRevision?: number
  /** An operator who changes somebody else's settings: then it is in the audit log. */
  readonly actor?: Actor
}

/**
 * Takes the last change of a user's settings back; what was no setting (a tier, a number) stays. Undoing is a change
 * itself, so a second undo restores what the first took back. Throws AppError `not-found`, `stale`, `conflict` (there is
 * nothing to undo, or somebody changed the user meanwhile), `unavailable`, `unknown-outcome`.
 */
export async function undoSettings(
  app: Pick<App, 'personas' | 'database' | 'users' | 'changes' | 'ids' | 'audit'>,
  userId: string,
  options: UndoSettingsOptions = {},
): Promise<RevisedUser> {
  const current = await getRevised(app, userId)
  if (options.expectedRevision !== undefined && options.expectedRevision !== current.revision) {
    throw new AppError('stale', 'Somebody changed these settings since you read them. Look at them first.')
  }
  const last = await findLastSettingsChange(app, userId, current.revision)
  if (last === undefined) throw new AppError('conflict', 'There is no change of settings to undo.')
  const before = settingsBefore(last)
  if (before.persona !== undefined && !app.personas.has(before.persona)) {
    throw new AppError(
      'conflict',
      'The persona of before is not in the catalogue any more. Choose another one.',
    )
  }
  const unit = {
    opId: `undo-${app.ids.uuid()}`,
    statements: [
      app.users.expectRevision(userId, current.revision),
      { ...app.users.update(userId, before), expectRows: 1 },
    ],
  }
  const { actor } = options
  const detail = { changed: Object.keys(before), undo: true }
  const outcome =
    actor === undefined
      ? await app.database.write(unit)
      : await app.audit.write({ actor, action: 'settings.changed', user_id: userId, detail }, unit)
  if (outcome.outcome === 'unknown') {
    throw unknownOutcome(
      'The settings may have been restored. Look at them before you undo again.',
      outcome.cause,
    )
  }
  if (outcome.outcome === 'done') return getRevised(app, userId)
  if (outcome.refusal.kind !== 'rows') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  throw new AppError(
    'conflict',
    'Somebody changed this user meanwhile. Look at the settings, then undo again.',
  )
}

/**
 * Looks back from the latest change in windows that double. Revisions are shared by all users, so most of a window
 * belongs to others and costs nothing: the index holds each user's own together.
 */
async function findLastSettingsChange(
  app: Pick<App, 'changes'>,
  userId: string,
  latest: number,
): Promise<Change | undefined> {
  for (let window = 1; ; window *= 2) {
    const after = Math.max(0, latest - window)
    const found = await lastInWindow(app, userId, after)
    if (found !== undefined || after === 0) return found
  }
}

async function lastInWindow(
  app: Pick<App, 'changes'>,
  userId: string,
  afterRevision: number,
): Promise<Change | undefined> {
  let found: Change | undefined
  let after = afterRevision
  for (;;) {
    const page = await app.changes.listForUser(userId, after, PAGE)
    found = page.findLast(isSettingsChange) ?? found
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return found
    after = last.revision
  }
}

function isSettingsChange(change: Change): boolean {
  return SETTING_KEYS.some((key) => change.changed.includes(key))
}

/** Of the values before only those that this change touched: a later change of another setting is not undone. */
function settingsBefore(change: Change): Partial<Settings> {
  const touched = SETTING_KEYS.filter(
    (key) => change.changed.includes(key) && change.before[key] !== undefined,
  )
  return Object.fromEntries(touched.map((key) => [key, change.before[key]]))
}

async function getRevised(app: Pick<App, 'users'>, userId: string): Promise<RevisedUser> {
  const user = await app.users.findRevised(userId)
  if (user === undefined) throw new AppError('not-found', 'There is no such user.')
  return user
}
