import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Stripe from 'stripe'
import { createUser } from '../../src/actions/create-user.ts'
import { setupStripe } from '../../src/actions/setup-stripe.ts'
import { createStripe } from '../../src/adapters/stripe.ts'
import type { Billing } from '../../src/domain/billing.ts'
import type { User } from '../../src/domain/users.ts'
import { startServer } from '../../src/http/serve.ts'
import { createHttp, type HttpService } from '../../src/http/service.ts'
import {
  type StripeSandbox,
  type StripeSandboxOptions,
  startStripeSandbox,
} from '../../src/sandbox/stripe/start.ts'
import { runJob } from '../../src/worker/jobs.ts'
import { createTestApp, defaultConfig, type TestAppOptions } from '../app.ts'
import { serviceToken, type TestService } from '../http/service.ts'

export const DAY = 24 * 60 * 60 * 1000
export const AMOUNTS = { premium: '2000', voice: '5', sms: '2' } as const

export interface BillingStage extends TestService {
  readonly sandbox: StripeSandbox
  readonly billing: Billing
  /** The official SDK, as an operator would use it beside us. */
  readonly stripe: Stripe
  readonly prices: { readonly premium: string; readonly voice: string; readonly sms: string }
  /** Where the service listens. */
  readonly url: string
  /** Those that the service accepts; the first one is the endpoint's. */
  readonly secrets: string[]
  /** Moves both clocks, and waits until Stripe has sent what became due. */
  pass(ms: number): Promise<void>
  /** Runs what is due, each job once; what fails waits as for a worker. Answers what failed. */
  work(): Promise<unknown[]>
  /** Lets Stripe send and us work until both have nothing to do. */
  settle(): Promise<void>
  createPerson(email?: string): Promise<User>
  user(id: string): Promise<User>
}

export interface BillingStageOptions extends TestAppOptions {
  readonly sandbox?: Partial<StripeSandboxOptions>
  /** Stripe's webhooks are not sent to us. */
  readonly deaf?: boolean
}

const START = Date.UTC(2026, 10, 23, 14, 17)

/** The service on a port, Stripe's sandbox set up for it by our own command, and both clocks in the hands of the test. */
export async function createBillingStage(options: BillingStageOptions = {}): Promise<BillingStage> {
  const folder = mkdtempSync(join(tmpdir(), 'xswarm-billing-'))
  let clock = { now: () => START }
  let service: HttpService | undefined
  const sandbox = await startStripeSandbox({
    clock: { now: () => clock.now() },
    statePath: join(folder, 'stripe.jsonl'),
    ...options.sandbox,
  })
  const server = await startServer(
    { fetch: (request, env) => service?.fetch(request, env) ?? new Response(null, { status: 503 }) },
    { host: '127.0.0.1', port: 0 },
  )
  const secrets: string[] = []
  const billing = createStripe({
    secretKey: sandbox.secretKey,
    webhookSecrets: secrets,
    apiBase: sandbox.url,
    clock: { now: () => clock.now() },
    timeoutMs: 5_000,
  })
  const publicUrl = options.deaf === true ? 'http://127.0.0.1:9' : server.url
  const { prices, webhookSecret } = await setupStripe(
    { billing },
    { publicUrl, currency: 'usd', amounts: AMOUNTS },
  )
  secrets.push(webhookSecret ?? '')
  const defaults = defaultConfig()
  const config = {
    server: { ...defaults.server, public_url: server.url },
    stripe: { prices, api_base: sandbox.url },
    ...options.config,
  }
  const parts = await createTestApp({ ...options, config, billing })
  clock = parts.clock
  const http = createHttp(parts.app, { serviceToken })
  service = http
  const work = () => workOff(parts.app)
  const settle = async () => {
    for (let round = 0; round < 20; round++) {
      await sandbox.advance(0)
      const before = await parts.sql('SELECT count(*) AS total FROM webhook_events')
      await work()
      await sandbox.advance(0)
      const after = await parts.sql('SELECT count(*) AS total FROM webhook_events')
      if (before[0]?.total === after[0]?.total) return
    }
    throw new Error('Stripe and we never come to rest')
  }
  return {
    ...parts,
    service: http,
    sandbox,
    billing,
    prices,
    secrets,
    stripe: sdkFor(sandbox),
    url: server.url,
    work,
    settle,
    async pass(ms) {
      parts.clock.advance(ms)
      await sandbox.advance(0)
    },
    createPerson: (email = 'alice@example.com') => createUser(parts.app, { email }),
    async user(id) {
      const user = await parts.app.users.findById(id)
      if (user === undefined) throw new Error(`there is no user ${id}`)
      return user
    },
    async close() {
      http.endStreams()
      await server.close()
      await sandbox.close()
      await parts.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function sdkFor({ url, secretKey }: Pick<StripeSandbox, 'url' | 'secretKey'>): Stripe {
  const { hostname, port } = new URL(url)
  return new Stripe(secretKey, {
    host: hostname,
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  })
}

/** Each due job once, in order; a failed one waits a minute of the test's clock. */
async function workOff(app: TestService['app']): Promise<unknown[]> {
  const failures: unknown[] = []
  for (;;) {
    const claimed = await app.jobs.claim('test', 20_000, 10)
    if (claimed.length === 0) return failures
    for (const job of claimed) {
      try {
        await runJob(app, job)
        await app.jobs.finish(job)
      } catch (error) {
        failures.push(error)
        await app.jobs.retryLater(job, app.clock.now() + 60_000, String(error))
      }
    }
  }
}
