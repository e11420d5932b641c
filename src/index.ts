import type { AppOptions, OpenApp, Service } from './app.ts'
import { loadConfig } from './config/load.ts'
import type { OpenDatabaseOptions } from './database/open.ts'
import type { OpenedDatabase } from './database/opened.ts'
import { AppError } from './domain/errors.ts'
import type { UserQueries } from './domain/ports.ts'
import type { Settings, User } from './domain/users.ts'

export type { AppOptions, OpenApp, Service } from './app.ts'
export { ConfigError, type ConfigFault } from './config/fault.ts'
export { type LoadedConfig, type LoadOptions, loadConfig } from './config/load.ts'
export type { OpenDatabaseOptions } from './database/open.ts'
export type { OpenedDatabase } from './database/opened.ts'
export type { App } from './domain/app.ts'
export { AppError, type AppErrorDetails, type ErrorCode, type FieldFault } from './domain/errors.ts'
export type { Persona, Personas } from './domain/personas.ts'
export type { Clock, Database, Ids, Log, Statement, WriteOutcome, WriteUnit } from './domain/ports.ts'
export type { Environment, ProjectConfig, TierEntitlement } from './domain/project.ts'
export type { SecretName, Secrets } from './domain/secrets.ts'
export type { Settings, Tier, User } from './domain/users.ts'

// The functions below share one database: the one config.toml of the current folder names, opened at the first call.
// Once it is open a lookup goes straight to the prepared statement; nothing is loaded or decided again.
let opening: Promise<OpenApp> | undefined
let users: UserQueries | undefined

/**
 * The user with this email, in any spelling of upper and lower case; `undefined` when there is none.
 *
 * The answer is the row of the table `users`: the seed's eleven columns under their own names, phones in E.164
 * (`+15551234567`), `created_at` in UTC as `2026-11-23 14:17:00`. Source: contract section 3.
 *
 * Throws ConfigError when config.toml is wrong, AppError `unavailable` when the database cannot be reached now,
 * `misconfigured` when it never can, for example when its schema waits for `xswarm db migrate`, and `invalid` for
 * what is no text.
 */
export function getUserByEmail(email: string): Promise<User | undefined> {
  if (typeof email !== 'string') return noText('getUserByEmail', email)
  return users === undefined
    ? openDefault().then(({ app }) => app.users.findByEmail(email))
    : users.findByEmail(email)
}

/** The user with this id. Shape and errors as in `getUserByEmail`. */
export function getUserById(id: string): Promise<User | undefined> {
  if (typeof id !== 'string') return noText('getUserById', id)
  return users === undefined ? openDefault().then(({ app }) => app.users.findById(id)) : users.findById(id)
}

/** The user whom we gave this toll-free number, written in E.164: `+18005551234`. Shape and errors as in `getUserByEmail`. */
export function getUserByXswarmPhone(phone: string): Promise<User | undefined> {
  if (typeof phone !== 'string') return noText('getUserByXswarmPhone', phone)
  return users === undefined
    ? openDefault().then(({ app }) => app.users.findByXswarmPhone(phone))
    : users.findByXswarmPhone(phone)
}

/** The user whom we gave this address: `alice@xswarm.ai`. Shape and errors as in `getUserByEmail`. */
export function getUserByXswarmEmail(address: string): Promise<User | undefined> {
  if (typeof address !== 'string') return noText('getUserByXswarmEmail', address)
  return users === undefined
    ? openDefault().then(({ app }) => app.users.findByXswarmEmail(address))
    : users.findByXswarmEmail(address)
}

/** For programs without types: a value that is no text names nobody, and is rather a mistake than a person. */
function noText(called: string, given: unknown): Promise<never> {
  const what = given === null ? 'null' : typeof given
  return Promise.reject(new AppError('invalid', `${called} needs text, and was given ${what}.`))
}

/** What `signUp` answers; the body of `POST /api/signup`. */
export type SignedUp = Awaited<ReturnType<typeof import('./actions/sign-up.ts').signUp>>

/**
 * Makes a user and assigns them an address of ours, all or nothing, durable when it resolves. Source: contract
 * section 5, `POST /api/signup`; this is the same action. `idempotency` is a key of your choice: for 24 hours the
 * same key with the same input answers the same and makes nobody twice.
 *
 * Throws AppError `invalid` (`.fields` says where), `email-taken`, `address-unavailable`, `idempotency-mismatch`,
 * `unavailable` (nothing was done) and `unknown-outcome` (repeat it with the same key), and what opening throws.
 */
export async function signUp(
  input: { readonly email: string; readonly phone?: string | null },
  options: { readonly idempotency?: string } = {},
): Promise<SignedUp> {
  const [{ app }, action] = await Promise.all([openDefault(), import('./actions/sign-up.ts')])
  return action.signUp(app, input, options)
}

/**
 * Changes settings of the user with this id and answers the whole user. A key that is absent stays as it is; a phone
 * of `null` is removed. Choosing a persona brings its wake word along unless the user has one of their own.
 * Source: contract section 5, `PATCH /api/me`; this is the same action.
 *
 * Throws AppError `invalid` (`.fields` says where), `not-found`, `unavailable` (nothing was done), and what opening
 * throws.
 */
export async function changeSettings(id: string, patch: Partial<Settings>): Promise<User> {
  const [{ app }, action] = await Promise.all([openDefault(), import('./actions/change-settings.ts')])
  const { user } = await action.changeSettings(app, id, patch)
  return user
}

/**
 * Opens a database of its own, apart from the one the functions above share: the one that config.toml names, or
 * another by `url` (`file:PATH`, `libsql://HOST`, `https://HOST`, or `http://` to this machine), alone or among the
 * options. `migrate: true` brings its schema up to date. Close it when done.
 * Throws AppError `unavailable` and `misconfigured`, and ConfigError when it looks into config.toml.
 */
export async function openDatabase(
  options: string | Partial<OpenDatabaseOptions> = {},
): Promise<OpenedDatabase> {
  const database = await import('./database/open.ts')
  const { url, ...others } = typeof options === 'string' ? { url: options } : options
  if (url !== undefined) return database.openDatabase({ ...others, url })
  const { config, secrets } = loadConfig()
  const configured = { url: config.database.url, authToken: secrets.TURSO_AUTH_TOKEN }
  return database.openDatabase({ migrate: config.environment === 'development', ...configured, ...others })
}

/**
 * The whole service without a port: `service.request('/healthz')`, `service.fetch(request)`. For embedding and for
 * tests: database, clock, ids and log can be given; what is not comes from config.toml. Throws ConfigError, and
 * AppError as `getUserByEmail` does. Close it when done.
 */
export async function createApp(options: AppOptions = {}): Promise<Service> {
  const wiring = await import('./app.ts')
  return wiring.createApp(options)
}

/** Closes the database that the functions above share. The next call of one opens it again, with config.toml read anew. */
export async function closeDatabase(): Promise<void> {
  const closing = opening
  opening = undefined
  users = undefined
  if (closing === undefined) return
  const [opened] = await Promise.allSettled([closing])
  if (opened.status === 'fulfilled') await opened.value.close()
}

/** One opening for everybody who asks meanwhile. A failed one is forgotten, so that the next call tries again. */
function openDefault(): Promise<OpenApp> {
  if (opening !== undefined) return opening
  const mine = openFromConfig()
  opening = mine
  mine.then(
    ({ app }) => {
      if (opening === mine) users = app.users
    },
    () => {
      if (opening === mine) opening = undefined
    },
  )
  return mine
}

async function openFromConfig(): Promise<OpenApp> {
  const { config, secrets } = loadConfig()
  const { openApp } = await import('./app.ts')
  return openApp({ config, secrets })
}
