import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMailbox } from '../src/adapters/mailbox.ts'
import { createAdminQueries } from '../src/database/admin.ts'
import { createBillingQueries } from '../src/database/billing.ts'
import { createChangeQueries } from '../src/database/changes.ts'
import { createIdempotencyQueries } from '../src/database/idempotency.ts'
import { createJobQueries } from '../src/database/jobs.ts'
import { openDatabase } from '../src/database/open.ts'
import type { OpenedDatabase } from '../src/database/opened.ts'
import { createSignInQueries } from '../src/database/sign-in.ts'
import { createTelephonyQueries } from '../src/database/telephony.ts'
import { createUserQueries } from '../src/database/users.ts'
import type { App } from '../src/domain/app.ts'
import type { Assistant } from '../src/domain/assistant.ts'
import type { Billing } from '../src/domain/billing.ts'
import type { Mailbox } from '../src/domain/mailer.ts'
import { createPersonas } from '../src/domain/personas.ts'
import type { Ids, Log } from '../src/domain/ports.ts'
import type { ProjectConfig } from '../src/domain/project.ts'
import type { Telephony } from '../src/domain/telephony.ts'

export interface TestAppOptions {
  /** Whole sections laid over the defaults of contract section 2. */
  readonly config?: Partial<ProjectConfig>
  /** The telephone company; without it numbers wait. */
  readonly telephony?: Telephony
  /** Default: one that takes every text. */
  readonly assistant?: Assistant
  /** Of another app, to share its time. */
  readonly clock?: TestApp['clock']
  /** Laid between everything and the database. */
  readonly between?: (database: OpenedDatabase) => OpenedDatabase
  /** Another database than a new file, for example a libsql-server. */
  readonly url?: string
  /**
   * Where ids and tokens start from: the same seed gives the same ids. By default each app of a file has its own, because
   * two apps on one database that draw the same names for their units take each other's for done.
   */
  readonly seed?: number
  /** What stands for Stripe. Default: nothing, as without a key. */
  readonly billing?: Billing
}

/** One line of the log, as the app gave it. */
export interface Logged {
  readonly level: 'info' | 'warn' | 'error'
  readonly fields: Record<string, unknown>
  readonly message: string
}

export interface TestApp {
  readonly app: App
  readonly database: OpenedDatabase
  /** Where the app's mails arrive. */
  readonly mailbox: Mailbox
  /** The url the database was opened with. */
  readonly url: string
  /** Stands still until it is moved. */
  readonly clock: { now(): number; advance(ms: number): void }
  readonly logged: Logged[]
  /** Runs SQL as somebody would in the database shell. */
  sql(text: string, ...args: (string | number | null)[]): Promise<Record<string, unknown>[]>
  /** Closes the database and removes its folder. Idempotent. */
  close(): Promise<void>
}

let appsMade = 0

/** An App on a real, migrated database in a folder of its own, with a clock and ids under the test's control. */
export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'xswarm-test-'))
  const url = options.url ?? `file:${join(folder, 'xswarm.db')}`
  const config = { ...defaultConfig(), ...options.config }
  const logged: Logged[] = []
  const clock = options.clock ?? createTestClock()
  const mailbox = createMailbox(clock)
  const { between = (same) => same } = options
  const database = between(await openDatabase({ url, migrate: true }))
  const users = createUserQueries(database)
  const app: App = {
    config,
    personas: createPersonas(config.personas),
    database,
    users,
    changes: createChangeQueries(database),
    idempotency: createIdempotencyQueries(database),
    jobs: createJobQueries(database, clock),
    ...createSignInQueries(database, clock, config),
    ...createAdminQueries(database, clock, users),
    ...createTelephonyQueries(database, clock),
    telephony: options.telephony,
    assistant: options.assistant ?? { takeText: async () => undefined },
    ...createBillingQueries(database),
    billing: options.billing,
    mailer: mailbox,
    clock,
    ids: createTestIds(options.seed ?? ++appsMade),
    log: createTestLog(logged),
  }
  return {
    app,
    mailbox,
    database,
    url,
    clock,
    logged,
    sql: (text, ...args) => runSql(database, text, args),
    async close() {
      await database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The defaults of contract section 2, written out: what a project without a config.toml has. */
export function defaultConfig(): ProjectConfig {
  return {
    environment: 'development',
    server: { host: '127.0.0.1', port: 8787, public_url: 'http://localhost:8787', trusted_proxies: [] },
    database: { url: 'file:data/xswarm.db' },
    twilio: { toll_free_country: 'US' },
    stripe: { prices: {} },
    email: { domain: 'xswarm.ai' },
    assistant: {},
    billing: { past_due_grace_days: 7 },
    limits: {
      enabled: false,
      signups_per_hour_per_ip: 20,
      codes_per_hour_per_email: 5,
      codes_per_hour_per_ip: 30,
      wrong_codes_per_hour_per_ip: 30,
    },
    accounts: { unproven_days: 7 },
    tiers: {
      free: { toll_free_number: false, voice_minutes: 0, sms_messages: 0 },
      premium: { toll_free_number: true, voice_minutes: 100, sms_messages: 100 },
    },
    numbers: { grace_days: 30, purchases_per_hour_max: 60, purchases_per_user_max: 2 },
    personas: {},
    test_user: {
      email: 'test@example.com',
      phone: '+15551234567',
      subscription_tier: 'premium',
      persona: 'hal-9000',
      xswarm_email: 'test@xswarm.ai',
      xswarm_phone: '+18005551001',
    },
    features: { voice_enabled: true, sms_enabled: true, stripe_enabled: true },
  }
}

/** Ids that look random, never repeat and are the same in every run. */
export function createTestIds(seed: number): Ids {
  let state = seed >>> 0 || 1
  const next = () => {
    // mulberry32: short, and good enough to spread suffixes
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const hex = () => next().toString(16).padStart(8, '0')
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  return {
    uuid() {
      const digits = `${hex()}${hex()}${hex()}${hex()}`
      return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20, 32)}`
    },
    token: (bytes) =>
      Array.from({ length: Math.ceil((bytes * 8) / 5) }, () => alphabet[next() % 32] ?? 'a').join(''),
  }
}

function createTestClock(): TestApp['clock'] {
  let now = Date.UTC(2026, 10, 23, 14, 17)
  return {
    now: () => now,
    advance(ms) {
      now += ms
    },
  }
}

function createTestLog(logged: Logged[]): Log {
  return {
    info: (fields, message) => logged.push({ level: 'info', fields, message }),
    warn: (fields, message) => logged.push({ level: 'warn', fields, message }),
    error: (fields, message) => logged.push({ level: 'error', fields, message }),
  }
}

async function runSql(
  database: OpenedDatabase,
  sql: string,
  args: (string | number | null)[],
): Promise<Record<string, unknown>[]> {
  if (/^\s*select/i.test(sql)) return [...(await database.read({ sql, args }))]
  const outcome = await database.write({ statements: [{ sql, args }] })
  if (outcome.outcome !== 'done') throw new Error(`${sql}: ${JSON.stringify(outcome)}`)
  return [...(outcome.rows[0] ?? [])]
}
