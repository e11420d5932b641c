import { hostname } from 'node:os'
import { createAssistant } from './adapters/assistant.ts'
import { createMissingMailer, createSmtpMailer } from './adapters/mail.ts'
import { createMailbox } from './adapters/mailbox.ts'
import { createStripe } from './adapters/stripe.ts'
import { systemClock, systemIds } from './adapters/system.ts'
import { breakWhenRefused } from './adapters/telephony-breaker.ts'
import { createTwilio } from './adapters/twilio.ts'
import { createTwilioVerifier } from './adapters/twilio-signature.ts'
import { loadConfig } from './config/load.ts'
import { splitRotated } from './config/secrets.ts'
import { packageVersion } from './config/version.ts'
import { createAdminQueries } from './database/admin.ts'
import { createBillingQueries } from './database/billing.ts'
import { createChangeQueries } from './database/changes.ts'
import { createIdempotencyQueries } from './database/idempotency.ts'
import { createJobQueries, isEnqueue } from './database/jobs.ts'
import { migrate } from './database/migrate.ts'
import { type ObservedDatabase, observeWrites } from './database/observed.ts'
import { openDatabase } from './database/open.ts'
import { createSignInQueries } from './database/sign-in.ts'
import { createTelephonyQueries } from './database/telephony.ts'
import { createUserQueries } from './database/users.ts'
import type { App } from './domain/app.ts'
import type { Billing } from './domain/billing.ts'
import type { Mailbox, Mailer } from './domain/mailer.ts'
import { createPersonas } from './domain/personas.ts'
import type { Clock, Database, Ids, Log } from './domain/ports.ts'
import type { ProjectConfig } from './domain/project.ts'
import type { Secrets } from './domain/secrets.ts'
import { type Telephony, VOICE_OPTIONS, WEBHOOK_PATHS } from './domain/telephony.ts'
import type { HttpService } from './http/service.ts'

export interface AppOptions {
  /** Default: `loadConfig()`, together with its secrets. */
  readonly config?: ProjectConfig
  /** Default: those of `loadConfig()`; none when `config` is given alone. */
  readonly secrets?: Secrets
  /** An open database to use; it stays the caller's to close. Default: the one `config.database.url` names. */
  readonly database?: Database
  /** Default: silent. */
  readonly log?: Log
  readonly clock?: Clock
  readonly ids?: Ids
  /** Default: a mailbox in memory in development, else the server of `SMTP_URL`. */
  readonly mailer?: Mailer
  /** Default: Stripe, when `features.stripe_enabled` is on and there is a key. */
  readonly billing?: Billing
  /** Default: Twilio, when there is an account and a token for it; in development only the sandbox. */
  readonly telephony?: Telephony
  /** Brings the schema up to date before anything else. Default: only in development. */
  readonly migrate?: boolean
}

export interface OpenApp {
  readonly app: App
  readonly secrets: Secrets
  /** The database of `app`, which tells of every unit this process writes. */
  readonly database: ObservedDatabase
  /** Where mails arrive in development; absent where they are really sent. */
  readonly mailbox: Mailbox | undefined
  close(): Promise<void>
}

/**
 * Config, database, queries and clock, put together: what actions need and no door yet.
 * Throws ConfigError, and AppError `unavailable` or `misconfigured` when the database cannot be opened.
 */
export async function openApp(options: AppOptions = {}): Promise<OpenApp> {
  const { config, secrets } = settle(options)
  const clock = options.clock ?? systemClock
  const log = options.log ?? silentLog
  const migrates = options.migrate ?? config.environment === 'development'
  const opened = options.database ?? (await openConfigured(config, secrets, { log, migrate: migrates }))
  if (options.database !== undefined && options.migrate === true) await migrate(opened)
  const database = observeWrites(opened)
  const mailbox = options.mailer === undefined ? mailboxFor(config, secrets, clock) : undefined
  const mailer = options.mailer ?? mailbox ?? mailerFor(config, secrets)
  const users = createUserQueries(database)
  const jobs = createJobQueries(database, clock)
  const traffic = createTelephonyQueries(database, clock)
  const telephony = options.telephony ?? telephonyFor(config, secrets)
  const breakerParts = { config, database, jobs, clock, log, numbers: traffic.numbers }
  const app: App = {
    config,
    personas: createPersonas(config.personas),
    database,
    users,
    changes: createChangeQueries(database),
    idempotency: createIdempotencyQueries(database),
    jobs,
    ...createSignInQueries(database, clock, config),
    ...createAdminQueries(database, clock, users),
    ...createBillingQueries(database),
    billing: options.billing ?? billingFor(config, secrets, clock),
    ...traffic,
    telephony: telephony && breakWhenRefused(telephony, breakerParts),
    assistant: createAssistant(secrets.XSWARM_SERVICE_TOKEN),
    mailer,
    clock,
    ids: options.ids ?? systemIds,
    log,
  }
  const close = async () => {
    if (options.mailer === undefined) await mailer.close()
    if (options.database === undefined) await database.close()
  }
  return { app, secrets, database, mailbox, close }
}

/** Development sends no mail whatever keys lie around; a test does when it is given a server. */
function mailboxFor({ environment }: ProjectConfig, secrets: Secrets, clock: Clock): Mailbox | undefined {
  if (environment === 'development') return createMailbox(clock)
  return environment === 'test' && secrets.SMTP_URL === undefined ? createMailbox(clock) : undefined
}

function mailerFor({ email }: ProjectConfig, { SMTP_URL }: Secrets): Mailer {
  if (SMTP_URL === undefined) return createMissingMailer()
  return createSmtpMailer({ url: SMTP_URL, from: email.from ?? `xSwarm <no-reply@${email.domain}>` })
}

/** Without a key there is nothing to ask Stripe with; the routes of billing say so. */
function billingFor(
  { features, stripe }: ProjectConfig,
  secrets: Secrets,
  clock: Clock,
): Billing | undefined {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET } = secrets
  if (!features.stripe_enabled || secretKey === undefined) return undefined
  const webhookSecrets = splitRotated(STRIPE_WEBHOOK_SECRET)
  return createStripe({ secretKey, webhookSecrets, apiBase: stripe.api_base, clock })
}

/**
 * Development and tests talk to the address that config names, which is the sandbox, and otherwise to nobody: no token
 * that lies around ever buys a number.
 */
function telephonyFor(config: ProjectConfig, secrets: Secrets): Telephony | undefined {
  const { account_sid: accountSid, api_base: apiBase, toll_free_country: country } = config.twilio
  const [authToken] = twilioTokens(config, secrets)
  if (accountSid === undefined || authToken === undefined) return undefined
  return createTwilio({ accountSid, authToken, apiBase, country })
}

function twilioTokens({ environment, twilio }: ProjectConfig, secrets: Secrets): readonly string[] {
  const isServed = environment === 'staging' || environment === 'production'
  return isServed || twilio.api_base !== undefined ? splitRotated(secrets.TWILIO_AUTH_TOKEN) : []
}

function settle(options: AppOptions): { config: ProjectConfig; secrets: Secrets } {
  if (options.config !== undefined) return { config: options.config, secrets: options.secrets ?? {} }
  const loaded = loadConfig()
  return { config: loaded.config, secrets: options.secrets ?? loaded.secrets }
}

async function openConfigured(
  config: ProjectConfig,
  secrets: Secrets,
  options: { log: Log; migrate: boolean },
): Promise<Database> {
  return openDatabase({ url: config.database.url, authToken: secrets.TURSO_AUTH_TOKEN, ...options })
}

/** A library prints nothing unless it is asked to. */
const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** The whole service: the App with its HTTP door, for embedding and for tests. */
export interface Service extends OpenApp {
  readonly http: HttpService
  /** Answers one request, as a server would. Never rejects: every fault becomes an answer. */
  fetch(request: Request): Promise<Response>
  /** Answers a request to a path of this service: `service.request('/api/signup', { method: 'POST', … })`. */
  request(path: string, init?: RequestInit): Promise<Response>
  /** Works off jobs, mails among them, until it is closed. Close it before the service. */
  startWorker(): Promise<RunningWorker>
}

export interface RunningWorker {
  /** Waits for the jobs under way. Idempotent. */
  close(): Promise<void>
}

/**
 * `openApp` with the HTTP door. Nothing listens yet: `service.fetch` answers. Close it when done; requests under way
 * are the caller's to finish first. Throws what `openApp` throws.
 */
export async function createApp(options: AppOptions = {}): Promise<Service> {
  const open = await openApp(options)
  const { createHttp } = await import('./http/service.ts')
  // Beside everything else: whoever rings first should not wait for it.
  open.app.billing
    ?.prepare()
    .catch((error: unknown) => open.app.log.error({ err: error }, 'Stripe cannot be loaded'))
  const http = createHttp(open.app, {
    version: packageVersion(),
    serviceToken: open.secrets.XSWARM_SERVICE_TOKEN,
    verifyTwilio: createTwilioVerifier({
      publicUrl: open.app.config.server.public_url,
      authTokens: twilioTokens(open.app.config, open.secrets),
      fragments: { [WEBHOOK_PATHS.voice]: VOICE_OPTIONS },
    }),
    mailbox: open.mailbox,
    onWrite: open.database.onWrite,
  })
  return {
    ...open,
    http,
    fetch: async (request) => http.fetch(request),
    request: async (path, init) => http.request(path, init),
    startWorker: () => startWorker(open),
  }
}

async function startWorker({ app, database }: OpenApp): Promise<RunningWorker> {
  const [{ Worker }, { runJob }] = await Promise.all([
    import('./worker/worker.ts'),
    import('./worker/jobs.ts'),
  ])
  const name = `${hostname()}:${process.pid}:${app.ids.token(3)}`
  const worker = new Worker(app, { name, run: (job) => runJob(app, job) })
  // What this process enqueues it sees at once; what others do, with the next look.
  const stopListening = database.onWrite((unit) => {
    if (unit.statements.some(isEnqueue)) worker.poke()
  })
  return {
    async close() {
      stopListening()
      await worker.close()
    },
  }
}
