import { AppError } from '../domain/errors.ts'
import type { UserChange } from '../domain/user-changes.ts'
import type { RevisedUser, SettingKey } from '../domain/users.ts'
import type { GlobalOptions } from './commands.ts'
import { openCredentialFile } from './credential-file.ts'
import { openCredentials, parseServer } from './credentials.ts'
import { findRunningDev } from './dev-state.ts'
import { UsageError } from './failure.ts'
import type { Io } from './io.ts'
import { operatorOf } from './operator.ts'
import { withProject } from './project.ts'
import type { ServerAccess } from './server-client.ts'
import { getSubject } from './subject.ts'

/** One user's settings, behind a server or in the database. */
export interface SettingsDoor {
  read(): Promise<RevisedUser>
  change(key: SettingKey, value: string): Promise<Changed>
  undo(): Promise<Changed>
  /** Tells of every change after a revision until `stop` is aborted. Outages are waited for; `say` tells of them. */
  follow(afterRevision: number, follower: Follower): Promise<void>
}

export interface Changed {
  readonly before: RevisedUser
  readonly after: RevisedUser
}

export interface Follower {
  readonly stop: AbortSignal
  tell(change: UserChange): void
  say(line: string): void
}

export interface SettingsOptions extends GlobalOptions {
  /** The email of the user; an operator names them. */
  readonly user?: string
  /** The address of a server this device is signed in to. */
  readonly server?: string
}

/**
 * Opens the settings a command is about. An operator names a user and works on the database; beside a running `xswarm dev`
 * it is the test user; whoever is signed in talks to their server; in development with nobody signed in it is the test
 * user again. Throws UsageError when it is nobody.
 */
export async function withSettings<Result>(
  options: SettingsOptions,
  io: Io,
  run: (door: SettingsDoor) => Promise<Result>,
): Promise<Result> {
  const access = await findAccess(options, io)
  if (access !== undefined) {
    const { openServerSettings } = await import('./server-settings.ts')
    return run(openServerSettings(access))
  }
  return withProject(options, io, async (project) => {
    const { openDatabaseSettings } = await import('./database-settings.ts')
    const { user } = await getSubject(project, options.user)
    const actor = options.user === undefined ? undefined : operatorOf()
    return run(openDatabaseSettings(project.app, user.id, actor))
  })
}

/** The server to talk to, with this device's credential; undefined when the settings are to be had from the database. */
export async function findAccess(options: SettingsOptions, io: Io): Promise<ServerAccess | undefined> {
  if (options.user !== undefined) {
    if (options.server === undefined) return undefined
    throw new UsageError(
      '--user and --server do not go together',
      'An operator names a user and works on the database; a server knows only who is signed in.',
    )
  }
  const named = options.server ?? io.env.XSWARM_SERVER ?? ''
  const isNamed = named !== '' || (io.env.XSWARM_TOKEN ?? '') !== ''
  if (!isNamed) {
    if (openCredentialFile(io).read().current === undefined) return undefined
    if (await isBesideDev(options, io)) return undefined
  }
  const server = options.server === undefined ? undefined : parseServer(options.server)
  const found = await (await openCredentials(io)).find(server)
  if (found !== undefined) return found
  throw new AppError(
    'unauthenticated',
    `You are not signed in${named === '' ? '' : ` to ${server ?? named}`}. Run: xswarm login${named === '' ? '' : ` --server ${server ?? named}`}`,
  )
}

/** On the device of somebody signed in a config.toml that lies around is most likely somebody else's, so its faults do not count. */
async function isBesideDev(options: SettingsOptions, io: Io): Promise<boolean> {
  const { loadConfig } = await import('../config/load.ts')
  try {
    const { config } = loadConfig({
      env: io.env,
      ...(options.config !== undefined && { path: options.config }),
    })
    return (await findRunningDev(config.database.url)) !== undefined
  } catch (error) {
    if (error instanceof AppError && options.config === undefined) return false
    throw error
  }
}
