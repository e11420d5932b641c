import { InvalidArgumentError } from 'commander'
import type { LoadedConfig } from '../../config/load.ts'
import type { App } from '../../domain/app.ts'
import { AppError } from '../../domain/errors.ts'
import type { Log } from '../../domain/ports.ts'
import type { ProjectConfig } from '../../domain/project.ts'
import type { SecretName, Secrets } from '../../domain/secrets.ts'
import type { RevisedUser } from '../../domain/users.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import { findDatabaseFile } from '../database-file.ts'
import { createDevLog } from '../dev-log.ts'
import { announceDev, type DevState } from '../dev-state.ts'
import {
  type DevStripeSandbox,
  developmentSecrets,
  noteOf,
  refuseUnfitKeys,
  sayLive,
  startDevStripe,
  withDevStripe,
} from '../dev-stripe.ts'
import {
  type DevTwilio,
  type DevTwilioSandbox,
  noteOfTwilio,
  sayLiveTwilio,
  startDevTwilio,
  withDevTwilio,
  withLiveTwilio,
} from '../dev-twilio.ts'
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
    .option(
      '--live',
      "Stripe's test mode and your real Twilio account with your own keys, instead of the sandboxes",
    )
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
  const live = options.live === true
  const { config, stripe, twilio, close } = live
    ? { config: withLiveTwilio(project), stripe: undefined, twilio: undefined, close: async () => undefined }
    : await startSandboxes(project, log)
  const secrets = createSecrets({
    ...developmentSecrets(loaded.secrets, live, stripe),
    ...twilioSecrets(loaded.secrets, live, twilio),
  })
  let user: RevisedUser | undefined
  const running = await serve({
    config,
    secrets,
    role: 'all',
    migrate: true,
    log,
    prepare: async ({ app }) => {
      user = await prepareTestUser(app, options.reset === true)
      if (twilio !== undefined) await prepareTestNumber(app, user)
    },
  }).catch(async (error: unknown) => {
    await close()
    throw error
  })
  const url = running.url ?? config.server.public_url
  const withdraw = await announce(config, url, { ...noteOf(stripe), ...noteOfTwilio(twilio) })
  try {
    if (user !== undefined) io.report(welcome(url, user, running.service.app, io))
    if (live) {
      sayLive(loaded.secrets, io)
      sayLiveTwilio(loaded.secrets, config, io)
    }
    await io.stopRequest()
    io.say('Stopping.')
  } finally {
    withdraw()
    await running.stop()
    await close()
  }
}

interface Sandboxes {
  readonly config: ProjectConfig
  readonly stripe: DevStripeSandbox | undefined
  readonly twilio: DevTwilioSandbox | undefined
  close(): Promise<void>
}

/** The vendors on this machine, each unless it is switched off, and the project as it is with them. */
async function startSandboxes(project: ProjectConfig, log: Log): Promise<Sandboxes> {
  const { stripe_enabled, voice_enabled, sms_enabled } = project.features
  const file = await findDatabaseFile(project.database.url)
  const stripe = stripe_enabled && file !== undefined ? await startDevStripe(project, file, log) : undefined
  try {
    const hasPhones = voice_enabled || sms_enabled
    const twilio = hasPhones && file !== undefined ? await startDevTwilio(project, file, log) : undefined
    const paid = stripe === undefined ? project : withDevStripe(project, stripe)
    const config = twilio === undefined ? paid : withDevTwilio(paid, twilio)
    const close = async () => {
      await Promise.all([stripe?.close(), twilio?.close()])
    }
    return { config, stripe, twilio, close }
  } catch (error) {
    await stripe?.close()
    throw error
  }
}

/** No token that lies around is ever used: only `--live` takes the real one. */
function twilioSecrets(
  { TWILIO_AUTH_TOKEN }: Secrets,
  live: boolean,
  twilio: DevTwilio | undefined,
): Partial<Record<SecretName, string>> {
  if (twilio !== undefined) return { TWILIO_AUTH_TOKEN: twilio.auth_token }
  return live && TWILIO_AUTH_TOKEN !== undefined ? { TWILIO_AUTH_TOKEN } : {}
}

async function prepareTestUser(app: App, reset: boolean): Promise<RevisedUser> {
  const { ensureTestUser } = await import('../../actions/ensure-test-user.ts')
  return ensureTestUser(app, { reset })
}

async function prepareTestNumber(app: App, { user }: RevisedUser): Promise<void> {
  const { ensureTestNumber } = await import('../../actions/ensure-test-number.ts')
  await ensureTestNumber(app, user.id)
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

async function announce(
  config: ProjectConfig,
  url: string,
  sandboxes: Pick<DevState, 'stripe' | 'twilio'>,
): Promise<() => void> {
  const file = await findDatabaseFile(config.database.url)
  return file === undefined
    ? () => undefined
    : announceDev(file, {
        pid: process.pid,
        url,
        page: config.server.public_url,
        user: config.test_user.email,
        ...sandboxes,
      })
}

function welcome(url: string, { user, revision }: RevisedUser, { config, database }: App, io: Io): Report {
  const page = config.server.public_url
  const { api_base } = config.stripe
  const twilio = config.twilio.api_base
  const isSandboxed = twilio?.startsWith('http://') === true
  const rows = [
    ['xSwarm is at', page],
    ['you are', `${printable(user.email)} (${user.subscription_tier}, ${printable(user.persona)})`],
    ['database', printable(database.location)],
    ...(api_base === undefined ? [] : [['Stripe', `${api_base}/_sandbox (a sandbox: no money moves)`]]),
    ...(isSandboxed ? [['Twilio', `${twilio}/_sandbox (a sandbox: nobody is called)`]] : []),
  ]
  io.say(io.paint.faint('Stop it with ^C. In another window: xswarm config set persona jarvis'))
  return { text: formatTable(rows), document: { url, page, user, revision, database: database.location } }
}

function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('A port is a number from 0 to 65535.')
}
