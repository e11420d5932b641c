import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import { AppError } from '../domain/errors.ts'
import type { RevisedUser } from '../domain/users.ts'
import type { Follower, SettingsDoor } from './settings-door.ts'

const LOOK_EVERY_MS = 250

/** The settings of one user in the database, for operators and in development. */
export function openDatabaseSettings(
  app: App,
  userId: string,
  /** An operator who works on somebody else's settings, for the audit log. */
  actor?: Actor,
): SettingsDoor {
  const options = actor === undefined ? {} : { actor }
  const read = async (): Promise<RevisedUser> => {
    const revised = await app.users.findRevised(userId)
    if (revised === undefined) throw gone()
    return revised
  }
  return {
    read,
    async change(key, value) {
      const { changeSettings } = await import('../actions/change-settings.ts')
      const before = await read()
      return { before, after: await changeSettings(app, userId, { [key]: value }, options) }
    },
    async undo() {
      const { undoSettings } = await import('../actions/undo-settings.ts')
      const before = await read()
      return { before, after: await undoSettings(app, userId, options) }
    },
    follow: (afterRevision, follower) => follow(app, userId, afterRevision, follower),
  }
}

/** The log is the same for every process, so looking at it hears of what servers and other commands write. */
async function follow(
  app: App,
  userId: string,
  afterRevision: number,
  { stop, tell, say }: Follower,
): Promise<void> {
  const { listChanges } = await import('../actions/list-changes.ts')
  let position = afterRevision
  let isOut = false
  while (!stop.aborted) {
    try {
      const changes = await listChanges(app, userId, position)
      if (changes === undefined) throw gone()
      for (const change of changes) tell(change)
      position = changes.at(-1)?.revision ?? position
      isOut = false
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'unavailable') throw error
      if (!isOut) say('The database cannot be reached. Waiting for it.')
      isOut = true
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined)
  }
}

function gone(): AppError {
  return new AppError('not-found', 'There is no such user any more.')
}
