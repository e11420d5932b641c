import type { LoadedConfig } from '../config/load.ts'
import { AppError } from '../domain/errors.ts'
import type { Log } from '../domain/ports.ts'
import type { ProjectConfig } from '../domain/project.ts'
import type { SecretName, Secrets } from '../domain/secrets.ts'
import type { Io } from './io.ts'

/** How to reach the Stripe of a running `xswarm dev`, for it and for the commands beside it. */
export interface DevStripe {
  readonly api_base: string
  readonly secret_key: string
  readonly webhook_secret: string
  readonly prices: { readonly premium: string; readonly voice: string; readonly sms: string }
}

export interface DevStripeSandbox extends DevStripe {
  close(): Promise<void>
}

/**
 * Starts Stripe on this machine, with what is sold and an endpoint that rings at this very server. What it holds is kept
 * beside the database. Throws AppError `misconfigured` when its state is unreadable.
 */
export async function startDevStripe(
  config: ProjectConfig,
  databaseFile: string,
  log: Log,
): Promise<DevStripeSandbox> {
  const [{ startStripeSandbox }, { createStripe }, { setupStripe, DEFAULT_AMOUNTS }] = await Promise.all([
    import('../sandbox/stripe/start.ts'),
    import('../adapters/stripe.ts'),
    import('../actions/setup-stripe.ts'),
  ])
  const publicUrl = localUrl(config)
  const options = {
    statePath: `${databaseFile}.stripe.jsonl`,
    webhook: { url: `${publicUrl}/webhooks/stripe` },
    log,
  }
  // The same address each time, where it is free: links to invoices and an open page of Checkout stay right.
  const sandbox = await startStripeSandbox({ ...options, port: config.server.port + 1 }).catch(() =>
    startStripeSandbox(options),
  )
  const { url: api_base, secretKey: secret_key, webhookSecret: webhook_secret } = sandbox
  const billing = createStripe({
    secretKey: secret_key,
    webhookSecrets: [webhook_secret],
    apiBase: api_base,
    clock: { now: () => Date.now() },
  })
  const { prices } = await setupStripe({ billing }, { publicUrl, currency: 'usd', amounts: DEFAULT_AMOUNTS })
  return { api_base, secret_key, webhook_secret, prices, close: () => sandbox.close() }
}

/** The project as it is with this Stripe. */
export function withDevStripe(config: ProjectConfig, { api_base, prices }: DevStripe): ProjectConfig {
  // No publishable key: it would belong to another account.
  return { ...config, stripe: { api_base, prices } }
}

/** Where the server is reached from this machine, whatever name it has outside. */
function localUrl({ server: { host, port } }: ProjectConfig): string {
  const isAnywhere = host === '0.0.0.0' || host === '::'
  return `http://${isAnywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Our own token opens our own routes; the keys of vendors stay where they are unless `--live` asks for them. */
export function developmentSecrets(
  { XSWARM_SERVICE_TOKEN, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET }: Secrets,
  isLive: boolean,
  stripe: DevStripe | undefined,
): Partial<Record<SecretName, string>> {
  return {
    ...(XSWARM_SERVICE_TOKEN !== undefined && { XSWARM_SERVICE_TOKEN }),
    ...(stripe !== undefined && {
      STRIPE_SECRET_KEY: stripe.secret_key,
      STRIPE_WEBHOOK_SECRET: stripe.webhook_secret,
    }),
    ...(isLive && STRIPE_SECRET_KEY !== undefined && { STRIPE_SECRET_KEY }),
    ...(isLive && STRIPE_WEBHOOK_SECRET !== undefined && { STRIPE_WEBHOOK_SECRET }),
  }
}

/** For the commands beside it. The keys are the sandbox's own and open nothing else. */
export function noteOf(stripe: DevStripe | undefined): { readonly stripe?: DevStripe } {
  if (stripe === undefined) return {}
  const { api_base, secret_key, webhook_secret, prices } = stripe
  return { stripe: { api_base, secret_key, webhook_secret, prices } }
}

/** What `--live` means for whoever watches. */
export function sayLive({ STRIPE_WEBHOOK_SECRET }: Secrets, io: Io): void {
  io.say('--live: payments go to the test mode of your Stripe account.')
  if (STRIPE_WEBHOOK_SECRET !== undefined) return
  io.say(
    'Without STRIPE_WEBHOOK_SECRET no webhook is believed; what happens there is seen within ten minutes. With the Stripe CLI: stripe listen --forward-to localhost:8787/webhooks/stripe',
  )
}

/** `--live` needs a key, and a live one is never used. */
export function refuseUnfitKeys({ config, secrets }: LoadedConfig): void {
  const { STRIPE_SECRET_KEY } = secrets
  if (STRIPE_SECRET_KEY === undefined && config.features.stripe_enabled) {
    throw new AppError(
      'misconfigured',
      '--live needs the test key of your Stripe account: put STRIPE_SECRET_KEY=sk_test_... into .env. Without --live dev brings a Stripe of its own.',
    )
  }
  if (!/^[sr]k_live_/.test(STRIPE_SECRET_KEY ?? '')) return
  throw new AppError(
    'misconfigured',
    'STRIPE_SECRET_KEY is a live key, and dev never touches live money. Use the test key of your Stripe account.',
  )
}
