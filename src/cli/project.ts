import { existsSync } from 'node:fs'
import type { LoadedConfig } from '../config/load.ts'
import type { App } from '../domain/app.ts'
import { AppError } from '../domain/errors.ts'
import type { Environment, ProjectConfig } from '../domain/project.ts'
import type { Secrets } from '../domain/secrets.ts'
import type { GlobalOptions } from './commands.ts'
import { findDatabaseFile } from './database-file.ts'
import { type DevState, findRunningDev } from './dev-state.ts'
import { withDevStripe } from './dev-stripe.ts'
import { withDevTwilio } from './dev-twilio.ts'
import type { Io } from './io.ts'

/** The project a command works on, its database open. */
export interface Project {
  readonly loaded: LoadedConfig
  readonly app: App
  /** The dev server running on this very database, if there is one. */
  readonly dev: DevState | undefined
  /** Whether commands act as the test user when no user is named. */
  readonly actsAsTestUser: boolean
}

/** Reads config.toml and `.env`; warnings go to stderr. Throws ConfigError. */
export async function readProject(
  globals: GlobalOptions,
  io: Io,
  environment?: Environment,
): Promise<LoadedConfig> {
  const { loadConfig } = await import('../config/load.ts')
  const loaded = loadConfig({
    env: io.env,
    ...(globals.config !== undefined && { path: globals.config }),
    ...(environment !== undefined && { environment }),
  })
  for (const warning of loaded.warnings) io.say(`${io.paint.warn('warning:')} ${warning}`)
  return loaded
}

/**
 * Opens the project, runs a command on it and closes it again, also when the command fails.
 * Throws ConfigError, and AppError `misconfigured` or `unavailable` when the database cannot be used.
 */
export async function withProject<Result>(
  globals: GlobalOptions,
  io: Io,
  run: (project: Project) => Promise<Result>,
): Promise<Result> {
  const loaded = await readProject(globals, io)
  const { config, secrets } = loaded
  const dev = await findRunningDev(config.database.url)
  const actsAsTestUser = config.environment === 'development' || dev !== undefined
  if (!actsAsTestUser) await requireDatabaseFile(config.database.url)
  const { openApp } = await import('../app.ts')
  const open = await openApp({
    config: dev === undefined ? config : besideDev(config, dev),
    secrets: actsAsTestUser ? await developmentSecrets(secrets, dev) : secrets,
    migrate: actsAsTestUser,
  })
  try {
    return await run({ loaded, app: open.app, dev, actsAsTestUser })
  } finally {
    await open.close()
  }
}

/** As the running dev has it: always development, its Stripe and Twilio, and the address that people come back to. */
function besideDev(config: ProjectConfig, { page, stripe, twilio }: DevState): ProjectConfig {
  const server = page === undefined ? config.server : { ...config.server, public_url: page }
  const there: ProjectConfig = { ...config, environment: 'development', server }
  const paid = stripe === undefined ? there : withDevStripe(there, stripe)
  return twilio === undefined ? paid : withDevTwilio(paid, twilio)
}

/** No key that happens to lie around is used in development: the vendors are the sandboxes of the running dev, or none. */
async function developmentSecrets(secrets: Secrets, dev: DevState | undefined): Promise<Secrets> {
  const { createSecrets } = await import('../config/secrets.ts')
  const { TURSO_AUTH_TOKEN, XSWARM_SERVICE_TOKEN } = secrets
  return createSecrets({
    ...(TURSO_AUTH_TOKEN !== undefined && { TURSO_AUTH_TOKEN }),
    ...(XSWARM_SERVICE_TOKEN !== undefined && { XSWARM_SERVICE_TOKEN }),
    ...(dev?.stripe !== undefined && {
      STRIPE_SECRET_KEY: dev.stripe.secret_key,
      STRIPE_WEBHOOK_SECRET: dev.stripe.webhook_secret,
    }),
    ...(dev?.twilio !== undefined && { TWILIO_AUTH_TOKEN: dev.twilio.auth_token }),
  })
}

type OpenedDatabase = import('../database/opened.ts').OpenedDatabase

/**
 * What a command wants of the database: `create` may bring it into being, `inspect` takes it as it is, `use` has it
 * created and migrated in development and takes it as it is elsewhere.
 */
export type Access = 'create' | 'inspect' | 'use'

/** Opens only the database, whatever schema it has, runs a command on it and closes it again. */
export async function withDatabase<Result>(
  globals: GlobalOptions,
  io: Io,
  access: Access,
  run: (database: OpenedDatabase) => Promise<Result>,
): Promise<Result> {
  const { config, secrets } = await readProject(globals, io)
  const { url } = config.database
  const migrate =
    access === 'use' && (config.environment === 'development' || (await findRunningDev(url)) !== undefined)
  if (access !== 'create' && !migrate) await requireDatabaseFile(url)
  const { openDatabase } = await import('../database/open.ts')
  const database = await openDatabase({
    url,
    authToken: secrets.TURSO_AUTH_TOKEN,
    migrate,
    checkSchema: false,
  })
  try {
    return await run(database)
  } finally {
    await database.close()
  }
}

/** Outside development no command but `db migrate` brings a database into being: a wrong path would look like an empty one. */
export async function requireDatabaseFile(url: string): Promise<void> {
  const file = await findDatabaseFile(url)
  if (file === undefined || existsSync(file)) return
  throw new AppError(
    'misconfigured',
    `There is no database at ${file} yet. Create it with: xswarm db migrate (or set database.url in config.toml).`,
  )
}
