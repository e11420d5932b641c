import { breakWhenRefused } from '../../src/adapters/telephony-breaker.ts'
import { createTwilio } from '../../src/adapters/twilio.ts'
import type { App } from '../../src/domain/app.ts'
import type { ClaimedJob } from '../../src/domain/jobs.ts'
import type { LedgerNumber } from '../../src/domain/numbers.ts'
import type { Telephony } from '../../src/domain/telephony.ts'
import { startTwilioSandbox, type TwilioSandbox } from '../../src/sandbox/twilio/start.ts'
import { attempt } from '../../src/worker/attempt.ts'
import { runJob } from '../../src/worker/jobs.ts'
import { createTestApp, defaultConfig, type TestApp, type TestAppOptions } from '../app.ts'

export const ACCOUNT_SID = `AC${'0'.repeat(31)}1`
/** Built up, so that nothing that looks for secrets takes it for one. */
export const AUTH_TOKEN = 'sandbox-' + 'token'
export const MINUTE_MS = 60_000
export const DAY_MS = 24 * 60 * MINUTE_MS

/** An app, and Twilio beside it as a server of its own; both by one clock that is moved by hand. */
export interface NumberWorld extends TestApp {
  readonly sandbox: TwilioSandbox
  /** Straight to the sandbox, past the app and its breaker. */
  readonly twilio: Telephony
  /** Makes a user by hand, as somebody would in the database shell. */
  addUser(
    id: string,
    columns?: { tier?: string; phone?: string | null; number?: string; persona?: string },
  ): Promise<void>
  setTier(id: string, tier: string): Promise<void>
  /** Works off what is due, and what becomes due within `forMs` of the clock. */
  work(forMs?: number): Promise<void>
  /** Sweeps once, then works. */
  sweep(forMs?: number): Promise<void>
  ledger(): Promise<LedgerNumber[]>
  numberOf(id: string): Promise<string | null>
}

export interface WorldOptions extends Omit<TestAppOptions, 'telephony'> {
  /** Laid between the app and Twilio. */
  readonly betweenTwilio?: (telephony: Telephony) => Telephony
  readonly seed?: number
  /** Shared between two apps. */
  readonly sandbox?: TwilioSandbox
  readonly twilioTimeoutMs?: number
}

export async function createNumberWorld(options: WorldOptions = {}): Promise<NumberWorld> {
  let clock = { now: () => Date.UTC(2026, 10, 23, 14, 17) }
  const sandbox =
    options.sandbox ??
    (await startTwilioSandbox({
      accountSid: ACCOUNT_SID,
      authToken: AUTH_TOKEN,
      clock: { now: () => clock.now() },
    }))
  const config = {
    ...defaultConfig(),
    ...options.config,
    twilio: { account_sid: ACCOUNT_SID, api_base: sandbox.url, toll_free_country: 'US' },
  }
  const twilio = createTwilio({
    accountSid: ACCOUNT_SID,
    authToken: AUTH_TOKEN,
    apiBase: sandbox.url,
    country: 'US',
    ...(options.twilioTimeoutMs !== undefined && { timeoutMs: options.twilioTimeoutMs }),
  })
  const { betweenTwilio = (same) => same } = options
  const parts = await createTestApp({ ...options, config })
  clock = parts.clock
  const app: App = { ...parts.app, telephony: breakWhenRefused(betweenTwilio(twilio), parts.app) }
  const world = { ...parts, app, sandbox, twilio }
  return {
    ...world,
    addUser: (id, columns) => addUser(world, id, columns),
    async setTier(id, tier) {
      const { setTier } = await import('../../src/actions/set-tier.ts')
      await setTier(app, id, tier)
    },
    work: (forMs = 0) => work(world, forMs),
    async sweep(forMs = 0) {
      const { sweepNumbers } = await import('../../src/actions/sweep-numbers.ts')
      await sweepNumbers(app)
      await work(world, forMs)
    },
    ledger: async () => (await parts.sql('SELECT * FROM numbers ORDER BY key')) as unknown as LedgerNumber[],
    numberOf: async (id) => (await app.users.findById(id))?.xswarm_phone ?? null,
    async close() {
      await parts.close()
      if (options.sandbox === undefined) await sandbox.close()
    },
  }
}

type Parts = Pick<NumberWorld, 'app' | 'clock' | 'sql' | 'sandbox'>

async function addUser(
  { sql }: Parts,
  id: string,
  {
    tier = 'premium',
    phone = '+15551234567',
    number,
    persona = 'hal-9000',
  }: Parameters<NumberWorld['addUser']>[1] = {},
): Promise<void> {
  await sql(
    `INSERT INTO users (id, email, phone, xswarm_email, xswarm_phone, subscription_tier, persona)
      VALUES (?, ?, ?, ?, ?, ?, ?)`,
    id,
    `${id}@example.com`,
    phone,
    `${id}@xswarm.ai`,
    number ?? null,
    tier,
    persona,
  )
}

/** As a worker does, with pauses that take no time. Mails are left alone. */
async function work({ app, clock }: Parts, forMs: number): Promise<void> {
  const until = clock.now() + forMs
  for (;;) {
    const jobs = await app.jobs.claim('test', 20_000, 8)
    for (const job of jobs) await runOnce(app, job)
    if (jobs.length > 0) continue
    const due = await app.jobs.nextDueAt()
    if (due === undefined || due > until) break
    clock.advance(Math.max(0, due - clock.now()))
  }
  clock.advance(Math.max(0, until - clock.now()))
}

/** One attempt with everything around it that a worker's has. */
export async function runOnce(app: App, job: ClaimedJob): Promise<boolean> {
  return attempt(app, job, {
    run: (one) => runJob(app, one),
    runMsMax: 300_000,
    // Nothing hangs here for long, and a test would wait in vain for a clock that stands.
    timers: { after: () => () => {} },
    random: () => 0.5,
  })
}

/** What Twilio says we own, without what tells nothing. */
export async function inventoryOf({
  twilio,
}: Pick<NumberWorld, 'twilio'>): Promise<{ e164: string; name: string }[]> {
  return (await twilio.list())
    .map(({ e164, name }) => ({ e164, name }))
    .sort((a, b) => (a.e164 < b.e164 ? -1 : 1))
}
