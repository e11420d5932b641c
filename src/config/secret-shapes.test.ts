import { expect, test } from 'vitest'
import { findSecret, secretNamedBy } from './secret-shapes.ts'

// Built in pieces: scanners of this repository must not take a test for a leak.
const mixed = (length: number) => 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xYz0'.repeat(9).slice(0, length)
const hex = (length: number) => '3f9a1c7e5b2d8046'.repeat(9).slice(0, length)
const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url')
const token = (header: object, claims: object) => [part(header), part(claims), mixed(86)].join('.')

const SECRETS: readonly (readonly [kind: string, env: string | undefined, value: string])[] = [
  ['a Stripe secret key', 'STRIPE_SECRET_KEY', `sk_${'live'}_${mixed(24)}`],
  ['a Stripe secret key', 'STRIPE_SECRET_KEY', `sk_${'test'}_${'a'.repeat(24)}`],
  ['a Stripe secret key', 'STRIPE_SECRET_KEY', `rk_${'live'}_${mixed(99)}`],
  ['a Stripe secret key', 'STRIPE_SECRET_KEY', `sk_${'test'}_${mixed(8)}`],
  ['a Stripe secret key', 'STRIPE_SECRET_KEY', `my key is sk_${'test'}_${mixed(24)}, do not tell`],
  ['a Stripe secret key', 'STRIPE_SECRET_KEY', `https://example.com/sk_${'live'}_${mixed(24)}`],
  ['a Stripe webhook secret', 'STRIPE_WEBHOOK_SECRET', `whsec_${mixed(32)}`],
  ['a Stripe webhook secret', 'STRIPE_WEBHOOK_SECRET', `whsec_${hex(64)}`],
  ['a Turso token', 'TURSO_AUTH_TOKEN', token({ alg: 'EdDSA', typ: 'JWT' }, { a: 'rw', iat: 1700000000 })],
  ['a signed token (JWT)', undefined, token({ alg: 'HS256' }, { sub: '1' })],
  ['a signed token (JWT)', undefined, token({ alg: 'HS256' }, { role: 'service_role' })],
  ['a SendGrid key', undefined, `SG.${mixed(22)}.${mixed(43)}`],
  ['an Anthropic key', undefined, `sk-${'ant'}-api03-${mixed(93)}AA`],
  ['an Anthropic key', undefined, `sk-${'ant'}-admin01-${mixed(93)}AA`],
  ['an OpenAI key', undefined, `sk-${'proj'}-${mixed(74)}T3BlbkFJ${mixed(74)}`],
  ['an OpenAI key', undefined, `sk-${mixed(20)}T3BlbkFJ${mixed(20)}`],
  ['a private key', undefined, `-----BEGIN ${'PRIVATE'} KEY-----\nMIIE`],
  ['a private key', undefined, `-----BEGIN RSA ${'PRIVATE'} KEY-----\nMIIE`],
  ['a private key', undefined, `-----BEGIN OPENSSH ${'PRIVATE'} KEY-----`],
  ['a GitHub token', undefined, `ghp_${mixed(36)}`],
  ['a GitHub token', undefined, `github_pat_${mixed(82)}`],
  ['an AWS access key', undefined, `AKIA${'Q3EGRIZ7ABCD2345'}`],
  ['a Slack token', undefined, `xoxb-${'123456789012'}-${mixed(24)}`],
  ['an npm token', undefined, `npm_${mixed(36)}`],
  ['a database token in a URL', 'TURSO_AUTH_TOKEN', 'libsql://users-acme.turso.io?authToken=abc'],
  ['a database token in a URL', 'TURSO_AUTH_TOKEN', 'https://users-acme.turso.io/?tls=1&auth_token=abc'],
  ['a secret in a URL', undefined, `https://api.example.com/hook?token=${mixed(20)}`],
  ['a password in a URL', 'SMTP_URL', 'smtps://me:correct-horse@mail.example.com:465'],
  ['a password in a URL', 'TURSO_AUTH_TOKEN', 'https://user:hunter2@db.example.com'],
  ['a password in a URL', undefined, 'postgres://app:hunter2@10.0.0.5/users'],
  ['a password in a URL', undefined, 'redis://:hunter2@cache:6379'],
  ['a password in a URL', undefined, 'postgres://app:p@ss@10.0.0.5/users'],
]

test.each(SECRETS)('%s (%s) is found by its looks', (name, env, value) => {
  expect(findSecret(value)).toEqual(env ? { name, env } : { name })
})

const IN_CONTEXT: readonly (readonly [string, readonly string[], readonly string[], string])[] = [
  ['a Twilio auth token', ['twilio', 'x'], [], hex(32)],
  ['a Twilio auth token', ['anything', 'auth_token'], [], hex(32)],
  ['a Twilio auth token', ['authToken'], [], hex(32)],
  ['a Twilio auth token', ['sms', 'x'], [`AC${hex(32)}`], hex(32)],
  ['a Twilio API secret', ['sms', 'x'], [`SK${hex(32)}`], mixed(32)],
  ['what looks like a secret', ['service', 'token'], [], mixed(20)],
  ['what looks like a secret', ['x', 'client_secret'], [], mixed(24)],
  ['what looks like a secret', ['x', 'apiKey'], [], hex(40)],
  ['what looks like a secret', ['mail', 'password'], [], 'Tr0ub4dor&3xKq'],
  ['what looks like a secret', ['DB_PASSWORD'], [], mixed(16)],
]

test.each(IN_CONTEXT)('%s is found by what stands around it: %j %j', (name, path, siblings, value) => {
  expect(findSecret(value, { path, siblings })?.name).toBe(name)
  expect(findSecret(value)).toBeUndefined()
})

const PUBLIC: readonly string[] = [
  'pk_test_xxx',
  `pk_test_${mixed(99)}`,
  `pk_live_${mixed(24)}`,
  'price_1234567890',
  'prod_Abc123',
  'acct_1Abc',
  'we_1Abc',
  'cus_xxx',
  `AC${hex(32)}`,
  'AC1234567890',
  `SK${hex(32)}`,
  `PN${hex(32)}`,
  `MG${hex(32)}`,
  `VA${hex(32)}`,
  `SM${hex(32)}`,
  'libsql://users-acme.turso.io',
  'libsql://users-acme.turso.io:443',
  'https://xswarm.ai/webhooks/twilio/voice',
  'http://localhost:8787',
  'wss://assistant.example.com/stream',
  'file:data/xswarm.db',
  'file:/var/lib/xswarm/users.db',
  'smtp://localhost:1025',
  '123e4567-e89b-12d3-a456-426614174000',
  `phc_${mixed(43)}`,
  `sb_publishable_${mixed(30)}`,
  `AIza${mixed(35)}`,
  `https://${hex(32)}@o1.ingest.example.com/42`,
  `pk.${mixed(60)}.${mixed(22)}`,
  `B${mixed(86)}`,
  token({ alg: 'HS256' }, { role: 'anon', iss: 'supabase' }),
  '<your key here>',
  '$' + '{STRIPE_SECRET_KEY}',
  '{{ stripe_secret }}',
  'op://vault/stripe/key',
  `encrypted:${mixed(60)}`,
  `whsec_${'0'.repeat(32)}`,
  `sk_${'test'}_${'x'.repeat(24)}`,
  'xxxxxxxxxxxxxxxx',
  '0000000000000000',
  '********',
  'smtps://user:<password>@mail.example.com',
  'libsql://x.turso.io?authToken=<token>',
  'smtp://u:xxxx@mail.example.com',
  'admin@xswarm.dev',
  'test+tag@example.com',
  'xSwarm <hello@xswarm.ai>',
  '+15551234567',
  'hal-9000',
  'Polly.Matthew-Neural',
  'Good evening. What may I do for you?',
  'production',
  'superadmin',
  '10.0.0.0/8',
  'sha256-abc',
  'task-force-one-of-many-words',
  'We ask-and-answer, risk-free',
  'disk-usage-of-everything-in-here',
  hex(40),
  mixed(64),
  'a'.repeat(200),
  '',
]

test.each(PUBLIC)('%j is no secret, under any name that is not called one', (value) => {
  expect(findSecret(value, { path: ['stripe', 'publishable_key'], siblings: [] })).toBeUndefined()
})

const IDS = PUBLIC.slice(0, PUBLIC.indexOf('smtps://user:<password>@mail.example.com')).filter(
  (id) => id !== 'AC1234567890',
)

test.each(IDS)('%j may be committed even where its key is called a secret', (value) => {
  expect(findSecret(value, { path: ['stripe', 'token'], siblings: [`AC${hex(32)}`] })).toBeUndefined()
})

test.each([
  [['x', 'secret'], 'short'],
  [['x', 'token'], 'words.with.dots'],
  [['x', 'token'], 'several words of prose here'],
  [['x', 'password'], 'aaaaaaaaaaaaaaaa'],
  [['x', 'token'], 'snake_case_word'],
  [['x', 'secretary'], mixed(24)],
  [['x', 'tokens_per_minute'], mixed(24)],
  [['x', 'public_key'], mixed(24)],
])('%j = %j is not called a secret for its name alone, nor for its randomness alone', (path, value) => {
  expect(findSecret(value, { path, siblings: [] })).toBeUndefined()
})

test.each([
  [['stripe', 'secret_key'], 'STRIPE_SECRET_KEY'],
  [['STRIPE_SECRET_KEY'], 'STRIPE_SECRET_KEY'],
  [['stripe', 'webhook_secret'], 'STRIPE_WEBHOOK_SECRET'],
  [['stripe', 'webhook', 'signing-secret'], 'STRIPE_WEBHOOK_SECRET'],
  [['twilio', 'auth_token'], 'TWILIO_AUTH_TOKEN'],
  [['database', 'auth_token'], 'TURSO_AUTH_TOKEN'],
  [['turso', 'token'], 'TURSO_AUTH_TOKEN'],
  [['email', 'smtp_password'], 'SMTP_URL'],
  [['SMTP_URL'], 'SMTP_URL'],
  [['server', 'service_token'], 'XSWARM_SERVICE_TOKEN'],
  [['stripe', 'publishable_key'], undefined],
  [['database', 'url'], undefined],
  [['twilio', 'account_sid'], undefined],
])('%j names %s', (path, name) => {
  expect(secretNamedBy(path)).toBe(name)
})
