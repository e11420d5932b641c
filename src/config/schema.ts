import { z } from 'zod'
import type { Environment, ProjectConfig } from '../domain/project.ts'
import { ENVIRONMENTS } from '../domain/project.ts'
import { TIERS } from '../domain/users.ts'
import {
  addressRange,
  databaseUrl,
  domainName,
  emailAddress,
  hostName,
  line,
  matching,
  personaKey,
  phoneNumber,
  publicUrl,
  sender,
  url,
  whole,
} from './shapes.ts'

/**
 * What `config.toml` may say (contract section 2). Sections and keys that are not named here are faults. The
 * descriptions reach the editor through `config.schema.json`. Built once, when this file is imported.
 */

const apiBase = url('https', 'http').describe(
  'Another address for the API, for the sandbox and for tests. Leave it out to talk to the real service.',
)
const includedMinutes = whole(0, 1_000_000).describe('Voice minutes included per month.')
const includedMessages = whole(0, 1_000_000).describe('Text messages included per month.')
const tollFreeNumber = z.boolean().describe('Whether the tier comes with a toll-free number of its own.')

const server = z.strictObject({
  host: hostName.default('127.0.0.1').describe('The address to listen on.'),
  port: whole(0, 65_535).default(8787).describe('The port to listen on; 0 takes any free one.'),
  public_url: publicUrl
    .default('http://localhost:8787')
    .describe('Where people, Stripe and Twilio reach this server from outside.'),
  trusted_proxies: z
    .array(addressRange)
    .max(100, 'must have at most 100 entries')
    .default([])
    .describe('IP addresses or CIDR ranges whose X-Forwarded-* headers are believed.'),
})

const database = z.strictObject({
  url: databaseUrl
    .default('file:data/xswarm.db')
    .describe('file:PATH (relative to this file), libsql://, https://, or http:// on this machine only.'),
})

const twilio = z.strictObject({
  account_sid: matching(/^AC[0-9A-Za-z]{1,40}$/, 'must begin with AC, as the Twilio console shows it')
    .exactOptional()
    .describe('The Twilio account, AC... An id, not a secret.'),
  api_base: apiBase.exactOptional(),
  toll_free_country: matching(/^[A-Z]{2}$/, 'must be a two-letter country code in capitals, like US')
    .default('US')
    .describe('The country toll-free numbers are bought in.'),
  fallback_url: url('https', 'http')
    .exactOptional()
    .describe('Where Twilio gets its answer while this server is down: a static file of TwiML elsewhere.'),
})

const priceId = matching(/^price_[0-9A-Za-z]{1,64}$/, 'must begin with price_, as Stripe shows it')

const stripe = z.strictObject({
  publishable_key: matching(/^pk_(test|live)_\w{1,250}$/, 'must begin with pk_test_ or pk_live_')
    .exactOptional()
    .describe('The publishable key, pk_test_... or pk_live_... Made to be public.'),
  api_base: apiBase.exactOptional(),
  prices: z
    .strictObject({
      premium: priceId.exactOptional().describe('The monthly price of the premium tier.'),
      voice: priceId.exactOptional().describe('The metered price of a voice minute.'),
      sms: priceId.exactOptional().describe('The metered price of a text message.'),
    })
    .prefault({})
    .describe('Stripe price ids. Test and live ids differ: put the live ones into config.production.toml.'),
})

const email = z.strictObject({
  domain: domainName.default('xswarm.ai').describe('The domain of the addresses assigned to users.'),
  from: sender.exactOptional().describe('The sender of mails to users.'),
  alerts_to: emailAddress.exactOptional().describe('Who is told when something needs a person.'),
})

const assistant = z.strictObject({
  stream_url: url('wss', 'ws').exactOptional().describe("Where a call's audio goes."),
  sms_url: url('https', 'http').exactOptional().describe('Where an incoming text is handed on.'),
})

const billing = z.strictObject({
  past_due_grace_days: whole(0, 365)
    .default(7)
    .describe('How long a subscription that could not be charged keeps its tier.'),
})

const limits = z.strictObject({
  enabled: z
    .boolean()
    .exactOptional()
    .describe('Whether limits apply. Without it: in staging and production they do, elsewhere they do not.'),
  signups_per_hour_per_ip: whole(1, 1_000_000).default(20).describe('Sign-ups from one address.'),
  codes_per_hour_per_email: whole(1, 1_000_000).default(5).describe('Sign-in codes sent to one mailbox.'),
  codes_per_hour_per_ip: whole(1, 1_000_000).default(30).describe('Sign-in codes asked for by one address.'),
  wrong_codes_per_hour_per_ip: whole(1, 1_000_000)
    .default(30)
    .describe('Wrong sign-in codes from one address before it has to wait.'),
})

const accounts = z.strictObject({
  unproven_days: whole(1, 365)
    .default(7)
    .describe('A sign-up whose email address was never proven is removed after that many days.'),
})

const tiers = z.strictObject({
  free: z
    .strictObject({
      toll_free_number: tollFreeNumber.default(false),
      voice_minutes: includedMinutes.default(0),
      sms_messages: includedMessages.default(0),
    })
    .prefault({})
    .describe('What everybody gets.'),
  premium: z
    .strictObject({
      toll_free_number: tollFreeNumber.default(true),
      voice_minutes: includedMinutes.default(100),
      sms_messages: includedMessages.default(100),
    })
    .prefault({})
    .describe('What a premium subscription includes.'),
})

const numbers = z.strictObject({
  grace_days: whole(0, 365)
    .default(30)
    .describe('How long a number is kept after its user lost the right to it.'),
  purchases_per_hour_max: whole(0, 10_000).default(60).describe('Numbers bought per hour, over all users.'),
  purchases_per_user_max: whole(0, 100).default(2).describe('Numbers bought for one user within 30 days.'),
})

const persona = z.strictObject({
  name: line(60).exactOptional().describe('What the persona is called.'),
  wake_word: line(60).exactOptional().describe('What one says to it first.'),
  greeting: line(500).exactOptional().describe('What a caller hears first.'),
  voice: line(100).exactOptional().describe('A Twilio voice name, like Polly.Matthew.'),
})

/** What a missing `[test_user]` means: the seed's own. A section that is there may leave out both phones. */
const SEED_TEST_USER = { phone: '+15551234567', xswarm_phone: '+18005551001' } as const

const testUser = z.strictObject({
  email: emailAddress.default('test@example.com').describe("The person's own address."),
  phone: phoneNumber.nullable().default(null).describe("The person's own phone. Left out: none."),
  subscription_tier: z.enum(TIERS).default('premium').describe('The tier, granted without a subscription.'),
  persona: personaKey.default('hal-9000').describe('A built-in persona or one of [personas].'),
  wake_word: line(60).exactOptional().describe("Left out: the persona's own."),
  xswarm_email: emailAddress.default('test@xswarm.ai').describe('The assigned address.'),
  xswarm_phone: phoneNumber.nullable().default(null).describe('The assigned number. Left out: none yet.'),
})

const admin = z.strictObject({
  email: emailAddress.describe('Whoever signs in with this address is the administrator.'),
  phone: phoneNumber.exactOptional().describe("The administrator's phone."),
  access_level: line(60).default('admin').describe('A name for the role, shown where the admin is.'),
  can_provision_numbers: z.boolean().default(false).describe('May give numbers and take them back.'),
  can_view_all_users: z.boolean().default(false).describe('May look at every user.'),
})

const features = z.strictObject({
  voice_enabled: z.boolean().default(true).describe('Calls.'),
  sms_enabled: z.boolean().default(true).describe('Text messages.'),
  stripe_enabled: z.boolean().default(true).describe('Subscriptions.'),
})

export const projectSchema = z.strictObject({
  environment: z
    .enum(ENVIRONMENTS)
    .default('development')
    .describe('development, test, staging or production. XSWARM_ENVIRONMENT overrides it.'),
  server: server.prefault({}).describe('Where this server listens and is reached.'),
  database: database.prefault({}).describe('Where user data lives. Its token is TURSO_AUTH_TOKEN in .env.'),
  twilio: twilio.prefault({}).describe('Calls and texts. Its token is TWILIO_AUTH_TOKEN in .env.'),
  stripe: stripe
    .prefault({})
    .describe('Payments. Its keys are STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET in .env.'),
  email: email.prefault({}).describe('Mail. The server to send through is SMTP_URL in .env.'),
  assistant: assistant.prefault({}).describe('The assistant that talks and texts.'),
  billing: billing.prefault({}).describe('Rules of subscriptions.'),
  limits: limits.prefault({}).describe('How often somebody may do something.'),
  accounts: accounts.prefault({}).describe('Rules of accounts.'),
  tiers: tiers.prefault({}).describe('What each tier includes.'),
  numbers: numbers.prefault({}).describe('Rules of toll-free numbers.'),
  personas: z
    .record(personaKey, persona)
    .default({})
    .describe('Personas added to the built-in ones, or laid over them, by key.'),
  test_user: testUser.prefault(SEED_TEST_USER).describe('The user of local development.'),
  admin: admin.exactOptional().describe('Who administers. Left out: nobody.'),
  features: features.prefault({}).describe('What is switched on.'),
})

type Parsed = z.output<typeof projectSchema>

/** Fills what depends on the environment. `environment` wins over the parsed one. */
export function completeProject(
  parsed: Parsed,
  environment: Environment = parsed.environment,
): ProjectConfig {
  const isServedToPeople = environment === 'staging' || environment === 'production'
  return {
    ...parsed,
    environment,
    limits: { ...parsed.limits, enabled: parsed.limits.enabled ?? isServedToPeople },
  }
}

/** Parses an object of the shape of `config.toml` without files, for embedding and tests. Throws a ZodError. */
export function parseProject(input: z.input<typeof projectSchema> = {}): ProjectConfig {
  return completeProject(projectSchema.parse(input, { jitless: true }))
}

/**
 * The project without a `config.toml`. Parsed while this file is imported: zod prepares a schema at its first use,
 * and loadConfig() should not have to wait for that.
 */
export const DEFAULT_PROJECT: ProjectConfig = parseProject()

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type Completed = DeepReadonly<Omit<Parsed, 'limits'> & { limits: Required<Parsed['limits']> }>
type Flat<T> = T extends object ? { readonly [K in keyof T]: Flat<T[K]> } : T

/** Does not compile when the schema and `ProjectConfig` part ways. */
export const schemaIsProjectConfig: Same<Flat<Completed>, Flat<ProjectConfig>> = true
