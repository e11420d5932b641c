import { InvalidArgumentError } from 'commander'
import type { LoadedConfig } from '../../config/load.ts'
import type { App } from '../../domain/app.ts'
import { AppError } from '../../domain/errors.ts'
import type { Log } from '../../domain/ports.ts'
import type { ProjectConfig } from '../../domain/project.ts'
import type { RevisedUser } from '../../domain/users.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import { findDatabaseFile } from '../database-file.ts'
import { createDevLog } from '../dev-log.ts'
import { announceDev } from '../dev-state.ts'
import {
  type DevStripe,
  type DevStripeSandbox,
  developmentSecrets,
  noteOf,
  refuseUnfitKeys,
  sayLive,
  startDevStripe,
  withDevStripe,
} from '../dev-stripe.ts'
import { findFreePort } from '../free-port.ts'
import type { Io } from '../io.ts'
import { readProject } from '../project.ts'
import { formatTable, printable, type Report } from '../report.ts'

export interface DevOptions extends GlobalOptions {
  readonly port?: number
  readonly host?: string
  /** Puts the test user back to what config.toml says. */
  readonly reset?: boolean
  readonly live?: boolean
}

export const defineDev: Define = (dev, act) => {
  dev
    .description(
      'Run everything on this machine with a local database, as the test user of config.toml.\nNo key is needed, and none that lies around is used.',
    )
    .option('--port <number>', 'where to listen (default: server.port; 0 takes a free one)', parsePort)
    .option('--host <address>', 'where to listen (default: server.host)')
    .option('--reset', 'put the test user back to what config.toml says')
    .option('--live', "Stripe's test mode with your own test key, instead of the sandbox")
    .action((options: DevOptions) => act((globals, io) => runDev({ ...globals, ...options }, io)))
}

/** Runs until it is asked to stop. Throws AppError `misconfigured`, for example when the port is taken. */
export async function runDev(options: DevOptions, io: Io): Promise<undefined> {
  const loaded = await readProject(options, io, 'development')
  if (options.live === true) refuseUnfitKeys(loaded)
  const project = await developmentConfig(loaded, options, io)
  const [{ serve }, { createSecrets }, { createRedaction }] = await Promise.all([
    import('../../main.ts'),
    import('../../config/secrets.ts'),
    import('../../adapters/log.ts'),
  ])
  const log = createDevLog(io, createRedaction(loaded.secrets).text)
  const stripe = options.live === true ? undefined : await startStripe(project, log)
  const config = stripe === undefined ? project : withDevStripe(project, stripe)
  const secrets = createSecrets(developmentSecrets(loaded.secrets, options.live === true, stripe))
  let user: RevisedUser | undefined
  const running = await serve({
    config,
    secrets,
    role: 'all',
    migrate: true,
    log,
    prepare: async ({ app }) => {
      user = await prepareTestUser(app, options.reset === true)
    },
  }).catch(async (error: unknown) => {
    await stripe?.close()
    throw error
  })
  const url = running.url ?? config.server.public_url
  const withdraw = await announce(config, url, stripe)
  try {
    if (user !== undefined) io.report(welcome(url, user, running.service.app, io))
    if (options.live === true) sayLive(loaded.secrets, io)
    await io.stopRequest()
    io.say('Stopping.')
  } finally {
    withdraw()
    await running.stop()
    await stripe?.close()
  }
}

/** Stripe's sandbox, unless Stripe is switched off. */
async function startStripe(config: ProjectConfig, log: Log): Promise<DevStripeSandbox | undefined> {
  if (!config.features.stripe_enabled) return undefined
  const file = await findDatabaseFile(config.database.url)
  return file === undefined ? undefined : startDevStripe(config, file, log)
}

async function prepareTestUser(app: App, reset: boolean): Promise<RevisedUser> {
  const { ensureTestUser } = await import('../../actions/ensure-test-user.ts')
  return ensureTestUser(app, { reset })
}

/**
 * The project as `dev` runs it: at the address of the flags, on a local file also when config.toml names a server.
 * Throws AppError `misconfigured` for `--reset` then: a reset must never reach shared data by a slip.
 */
async function developmentConfig(
  { config, folder }: LoadedConfig,
  options: DevOptions,
  io: Io,
): Promise<ProjectConfig> {
  const file = await findDatabaseFile(config.database.url)
  if (file === undefined && options.reset === true) {
    throw new AppError(
      'misconfigured',
      'config.toml names a remote database, and --reset refuses to touch one. Set database.url to a file: in config.development.toml first.',
    )
  }
  if (file === undefined)
    io.say('config.toml names a remote database; dev leaves it alone and uses data/xswarm.db here.')
  const host = options.host ?? config.server.host
  const wanted = options.port ?? config.server.port
  const port = wanted === 0 ? await findFreePort(host) : wanted
  const moved = port !== config.server.port || host !== config.server.host
  return {
    ...config,
    server: { ...config.server, host, port, ...(moved && { public_url: `http://${urlHost(host)}:${port}` }) },
    database: file === undefined ? { url: `file:${encodeURI(folder)}/data/xswarm.db` } : config.database,
  }
}

function urlHost(host: string): string {
  if (host === '127.0.0.1' || host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

async function announce(config: ProjectConfig, url: string, stripe?: DevStripe): Promise<() => void> {
  const file = await findDatabaseFile(config.database.url)
  return file === undefined
    ? () => undefined
    : announceDev(file, {
        pid: process.pid,
        url,
        page: config.server.public_url,
        user: config.test_user.email,
        ...noteOf(stripe),
      })
}

function welcome(url: string, { user, revision }: RevisedUser, { config, database }: App, io: Io): Report {
  const page = config.server.public_url
  const { api_base } = config.stripe
  const rows = [
    ['xSwarm is at', page],
    ['you are', `${printable(user.email)} (${user.subscription_tier}, ${printable(user.persona)})`],
    ['database', printable(database.location)],
    ...(api_base === undefined ? [] : [['Stripe', `${api_base}/_sandbox (a sandbox: no money moves)`]]),
  ]
  io.say(io.paint.faint('Stop it with ^C. In another window: xswarm config set persona jarvis'))
  return { text: formatTable(rows), document: { url, page, user, revision, database: database.location } }
}

function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('A port is a number from 0 to 65535.')
}
