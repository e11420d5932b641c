import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { faultsOf, folderWith, loadFrom, refusalOf } from '../../test/config-folder.ts'
import { AppError } from '../domain/errors.ts'
import { describeSources } from './inspect.ts'
import { loadConfig } from './load.ts'
import { DEFAULT_PROJECT } from './schema.ts'

const seed = readFileSync(new URL('../../test/fixtures/seed-config.toml', import.meta.url), 'utf8')
const stripeKey = `sk_${'test'}_${'4eC39HqLyjWDarjtT1zd'}`
const otherKey = `sk_${'test'}_${'9zQ11MnOpQrStUvWxYz0'}`

test("the seed's example loads exactly as printed, with no secret set and nothing to warn about", () => {
  const { config, warnings, secrets } = loadFrom({ 'config.toml': seed })
  expect(config).toMatchObject({
    environment: 'production',
    twilio: { account_sid: 'AC1234567890' },
    stripe: {
      publishable_key: 'pk_test_xxx',
      prices: { premium: 'price_1234567890', voice: 'price_0987654321', sms: 'price_1122334455' },
    },
    test_user: {
      email: 'test@example.com',
      phone: '+15551234567',
      subscription_tier: 'premium',
      persona: 'hal-9000',
      xswarm_email: 'test@xswarm.ai',
      xswarm_phone: '+18005551001',
    },
    admin: {
      email: 'admin@xswarm.dev',
      phone: '+15559876543',
      access_level: 'superadmin',
      can_provision_numbers: true,
      can_view_all_users: true,
    },
    features: { voice_enabled: true, sms_enabled: true, stripe_enabled: true },
  })
  expect(warnings).toEqual([])
  expect(secrets.STRIPE_SECRET_KEY).toBeUndefined()
})

test("the project's own config.toml loads, in development", () => {
  const { config } = loadConfig({
    path: join(import.meta.dirname, '../../config.toml'),
    env: {},
    phase: 'build',
  })
  expect(config.environment).toBe('development')
  expect(config.admin?.email).toBe('admin@xswarm.dev')
})

test('without a config.toml everything is the default of the contract', () => {
  const { config, path, folder, files } = loadFrom({})
  expect(config).toEqual({ ...DEFAULT_PROJECT, database: { url: `file:${join(folder, 'data/xswarm.db')}` } })
  expect(config).toMatchObject({
    environment: 'development',
    server: { host: '127.0.0.1', port: 8787, public_url: 'http://localhost:8787', trusted_proxies: [] },
    twilio: { toll_free_country: 'US' },
    email: { domain: 'xswarm.ai' },
    billing: { past_due_grace_days: 7 },
    limits: { enabled: false },
    accounts: { unproven_days: 7 },
    tiers: {
      free: { toll_free_number: false, voice_minutes: 0, sms_messages: 0 },
      premium: { toll_free_number: true, voice_minutes: 100, sms_messages: 100 },
    },
    numbers: { grace_days: 30, purchases_per_hour_max: 60, purchases_per_user_max: 2 },
    features: { voice_enabled: true, sms_enabled: true, stripe_enabled: true },
  })
  expect(config.admin).toBeUndefined()
  expect(path).toBe(join(folder, 'config.toml'))
  expect(files).toEqual([])
})

test.each([
  ['development', false],
  ['test', false],
  ['staging', true],
  ['production', true],
] as const)('in %s limits are enabled: %s, unless the file says otherwise', (environment, expected) => {
  expect(loadFrom({}, { environment }).config.limits.enabled).toBe(expected)
  const opposite = { 'config.toml': `[limits]\nenabled = ${!expected}` }
  expect(loadFrom(opposite, { environment }).config.limits.enabled).toBe(!expected)
})

test('a test user that is written down may leave out both phones, and the rest stays the default', () => {
  const { config } = loadFrom({ 'config.toml': '[test_user]\nemail = "test@example.com"' })
  expect(config.test_user).toEqual({
    email: 'test@example.com',
    phone: null,
    subscription_tier: 'premium',
    persona: 'hal-9000',
    xswarm_email: 'test@xswarm.ai',
    xswarm_phone: null,
  })
})

test('a file that was asked for must be there, by option or by variable; the option wins', () => {
  const folder = folderWith({ 'a.toml': 'environment = "test"', 'b.toml': 'environment = "staging"' })
  const environmentOf = (path: string | undefined, XSWARM_CONFIG: string) =>
    loadConfig({ cwd: folder, env: { XSWARM_CONFIG }, ...(path && { path }) }).config.environment
  expect(environmentOf(undefined, 'b.toml')).toBe('staging')
  expect(environmentOf('a.toml', 'b.toml')).toBe('test')
  expect(() => environmentOf('none.toml', '')).toThrow(/^none.toml: this file does not exist/)
  expect(() => environmentOf(undefined, 'none.toml')).toThrow(/^none.toml: this file does not exist/)
})

test('relative database files begin at the folder of config.toml, wherever one stands', () => {
  const folder = folderWith({ 'sub/config.toml': '[database]\nurl = "file:data/mine.db"' })
  const { config } = loadConfig({ cwd: folder, env: {}, path: 'sub/config.toml' })
  expect(config.database.url).toBe(`file:${join(folder, 'sub/data/mine.db')}`)
  const elsewhere = loadFrom({ 'config.toml': '[database]\nurl = "file:/var/lib/xswarm.db"' })
  expect(elsewhere.config.database.url).toBe('file:/var/lib/xswarm.db')
  const remote = loadFrom({ 'config.toml': '[database]\nurl = "libsql://users-acme.turso.io"' })
  expect(remote.config.database.url).toBe('libsql://users-acme.turso.io')
})

test('the overlay of the environment is laid over the file key by key', () => {
  const { config, files, sources } = loadFrom({
    'config.toml': seed,
    'config.production.toml':
      '[stripe.prices]\npremium = "price_live1"\n[server]\ntrusted_proxies = ["10.0.0.0/8"]',
    'config.staging.toml': '[stripe.prices]\npremium = "price_staging"',
  })
  expect(config.stripe.prices).toEqual({
    premium: 'price_live1',
    voice: 'price_0987654321',
    sms: 'price_1122334455',
  })
  expect(config.server).toMatchObject({ port: 8787, trusted_proxies: ['10.0.0.0/8'] })
  expect(files).toEqual(['config.toml', 'config.production.toml'])
  expect(sources.values['stripe.prices.premium']).toEqual({
    layer: 'overlay',
    name: 'config.production.toml',
  })
  expect(sources.values['stripe.prices.voice']).toEqual({ layer: 'file', name: 'config.toml' })
  expect(sources.values['server.port']).toEqual({ layer: 'default' })
  expect(sources.values.environment).toEqual({ layer: 'file', name: 'config.toml' })
})

test('the environment is taken from the option, else XSWARM_ENVIRONMENT, else the file; the overlay follows it', () => {
  const files = {
    'config.toml': seed,
    'config.test.toml': 'server.port = 1',
    'config.staging.toml': 'server.port = 2',
  }
  const env = { XSWARM_ENVIRONMENT: 'staging' }
  const byVariable = loadFrom(files, { env })
  expect([byVariable.config.environment, byVariable.config.server.port]).toEqual(['staging', 2])
  expect(byVariable.sources.values.environment).toEqual({ layer: 'env', name: 'XSWARM_ENVIRONMENT' })
  const byOption = loadFrom(files, { env, environment: 'test' })
  expect([byOption.config.environment, byOption.config.server.port]).toEqual(['test', 1])
  expect(byOption.sources.values.environment).toEqual({ layer: 'option' })
  expect(faultsOf(files, { env: { XSWARM_ENVIRONMENT: 'producton' } })[0]?.message).toBe(
    'XSWARM_ENVIRONMENT must be one of development, test, staging, production - did you mean production?',
  )
})

test('a section begun in one file may be finished in the other; missing in both, it is missing at its name', () => {
  const complete = {
    'config.toml': '[admin]\nphone = "+15550000000"',
    'config.test.toml': 'admin.email = "a@example.com"',
  }
  expect(loadFrom(complete, { environment: 'test' }).config.admin).toMatchObject({
    email: 'a@example.com',
    phone: '+15550000000',
    can_view_all_users: false,
  })
  expect(refusalOf({ 'config.toml': '\n[admin]\nphone = "+15550000000"' }).message).toBe(
    'config.toml:2:2 admin.email is missing',
  )
})

test('the process environment wins over .env, and set to nothing is not set', () => {
  const files = {
    '.env': `STRIPE_SECRET_KEY=${stripeKey}\nSMTP_URL=smtp://localhost:1025\nTWILIO_AUTH_TOKEN=\n`,
  }
  const { secrets, sources, warnings } = loadFrom(files, {
    env: { STRIPE_SECRET_KEY: otherKey, SMTP_URL: '' },
  })
  expect(secrets.STRIPE_SECRET_KEY).toBe(otherKey)
  expect(secrets.SMTP_URL).toBe('smtp://localhost:1025')
  expect(secrets.TWILIO_AUTH_TOKEN).toBeUndefined()
  expect(warnings).toEqual(['STRIPE_SECRET_KEY in the process environment shadows another value in .env'])
  const lines = describeSources({ sources })
  expect(lines).toEqual([
    'STRIPE_SECRET_KEY: from the process environment, which shadows another value in .env',
    'STRIPE_WEBHOOK_SECRET: not set',
    'TWILIO_AUTH_TOKEN: not set',
    'TURSO_AUTH_TOKEN: not set',
    'SMTP_URL: from .env',
    'XSWARM_SERVICE_TOKEN: not set',
  ])
})

test('the same value in both places shadows nothing', () => {
  const files = { '.env': `STRIPE_SECRET_KEY=${stripeKey}` }
  expect(loadFrom(files, { env: { STRIPE_SECRET_KEY: stripeKey } }).warnings).toEqual([])
})

test('a build checks the config and leaves secrets and .env alone', () => {
  const files = { 'config.toml': seed, '.env': 'STRIPE_PRICE_PREMIUM=price_1' }
  const { secrets, files: read } = loadFrom(files, { phase: 'build', env: { STRIPE_SECRET_KEY: stripeKey } })
  expect(secrets.STRIPE_SECRET_KEY).toBeUndefined()
  expect(read).toEqual(['config.toml'])
  expect(refusalOf({ 'config.toml': 'x = 1' }, { phase: 'build' }).faults).toHaveLength(1)
})

test('an unknown XSWARM_ variable is named, with what was meant; other variables are not our business', () => {
  const env = {
    XSWARM_ENVIROMENT: 'production',
    XSWARM_SERVER: 'https://x.example.com',
    PATH: '/bin',
    HOME: '/',
  }
  expect(loadFrom({}, { env }).warnings).toEqual([
    'unknown variable XSWARM_ENVIROMENT in the process environment - did you mean XSWARM_ENVIRONMENT?',
  ])
})

test('faults of the config, its overlay and .env are all told at once, in that order', () => {
  const error = refusalOf(
    {
      'config.toml': 'b = 1\na = 1\n',
      'config.development.toml': 'environment = "test"\nserver.port = 0.5\n',
      '.env': 'STRIPE_PRICE_SMS=price_1\n',
    },
    { env: {} },
  )
  expect(error).toBeInstanceOf(AppError)
  expect(error.code).toBe('misconfigured')
  expect(error.message.split('\n')).toEqual([
    'config.toml:1:1 unknown key b',
    'config.toml:2:1 unknown key a',
    'config.development.toml:1:1 environment must be development here, as in the name of the file - or leave it out',
    'config.development.toml:2:8 server.port must be a whole number from 0 to 65535',
    '.env:1:1 STRIPE_PRICE_SMS is not a secret - move it to sms under [stripe.prices] in config.toml',
  ])
})
