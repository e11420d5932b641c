import { format, inspect } from 'node:util'
import { expect, test } from 'vitest'
import type { ProjectConfig } from '../domain/project.ts'
import { SECRET_NAMES } from '../domain/secrets.ts'
import { parseProject } from './schema.ts'
import { missingSecrets, modeMismatches } from './secret-rules.ts'
import { createSecrets, scrub, splitRotated } from './secrets.ts'

const STRIPE_SECRET_KEY = `sk_${'test'}_${'4eC39HqLyjWDarjtT1zd'}`
const SMTP_URL = 'smtps://me:correct%20horse@mail.example.com'
const secrets = createSecrets({ STRIPE_SECRET_KEY, SMTP_URL, TWILIO_AUTH_TOKEN: 'older99,newer99' })

test('a secret is a plain string by its name', () => {
  expect(secrets.STRIPE_SECRET_KEY).toBe(STRIPE_SECRET_KEY)
  expect(secrets.TURSO_AUTH_TOKEN).toBeUndefined()
  const { SMTP_URL: url } = secrets
  expect(url).toBe(SMTP_URL)
})

test.each<readonly [string, () => unknown]>([
  ['util.inspect', () => inspect(secrets)],
  ['util.inspect, showing hidden properties', () => inspect(secrets, { showHidden: true, depth: 9 })],
  ['util.inspect of what holds it', () => inspect({ app: { list: [secrets] } }, { depth: 9 })],
  ['console.log', () => format('%o %O %s %j', secrets, secrets, secrets, secrets)],
  ['JSON.stringify', () => JSON.stringify({ secrets })],
  ['a template', () => `${secrets}`],
  ['addition to a text', () => `secrets: ${String(secrets)}`],
  ['spread', () => JSON.stringify({ ...secrets }) + inspect({ ...secrets })],
  ['Object.assign', () => inspect(Object.assign({}, secrets))],
  ['Object.entries, keys and values', () => inspect([Object.entries(secrets), Object.values(secrets)])],
  [
    'for in',
    () => {
      const seen: unknown[] = []
      for (const name in secrets) seen.push(Reflect.get(secrets, name))
      return inspect(seen)
    },
  ],
  ['an error that carries it', () => inspect(new Error('x', { cause: secrets }))],
])('%s shows no secret', (_name, show) => {
  const shown = String(show())
  expect(shown).not.toContain(STRIPE_SECRET_KEY)
  expect(shown).not.toContain('correct')
  expect(shown).not.toContain('newer99')
})

test('a structured clone takes no secret along', () => {
  // The container has functions, but none that can be enumerated, so there is nothing left to clone.
  expect(inspect(structuredClone({ ...secrets }))).toBe('{}')
  expect(inspect(structuredClone(secrets), { showHidden: true })).not.toContain(STRIPE_SECRET_KEY)
})

test('the container prints which secrets are set', () => {
  const expected = { STRIPE_SECRET_KEY: '[secret]', TWILIO_AUTH_TOKEN: '[secret]', SMTP_URL: '[secret]' }
  expect(JSON.parse(JSON.stringify(secrets))).toEqual(expected)
  expect(inspect(secrets)).toContain("STRIPE_SECRET_KEY: '[secret]'")
  expect(String(secrets)).toBe('[secret]')
})

test('the container cannot be changed', () => {
  expect(() => Object.assign(secrets, { TURSO_AUTH_TOKEN: 'x' })).toThrow(TypeError)
  expect(() => Reflect.set(secrets, 'STRIPE_SECRET_KEY', 'x')).not.toThrow()
  expect(secrets.STRIPE_SECRET_KEY).toBe(STRIPE_SECRET_KEY)
})

test('rotated secrets are split at commas, in their order', () => {
  expect(splitRotated(' a , b,,c ')).toEqual(['a', 'b', 'c'])
  expect(splitRotated('')).toEqual([])
  expect(splitRotated(undefined)).toEqual([])
})

test.each([
  [`key ${STRIPE_SECRET_KEY}!`, 'key [secret]!'],
  [`${SMTP_URL} refused`, '[secret] refused'],
  ['535 wrong password correct%20horse', '535 wrong password [secret]'],
  ['535 wrong password correct horse', '535 wrong password [secret]'],
  ['tokens older99 and newer99', 'tokens [secret] and [secret]'],
  [`?url=${encodeURIComponent(SMTP_URL)}`, '?url=[secret]'],
  ['nothing here', 'nothing here'],
])('%j is scrubbed to %j', (text, expected) => {
  expect(scrub(text, secrets)).toBe(expected)
})

test('a secret that is the beginning of another one leaves nothing of it behind, and short ones spare words', () => {
  const nested = createSecrets({ STRIPE_SECRET_KEY: 'abcdef', TURSO_AUTH_TOKEN: 'abcdefghi', SMTP_URL: 'a' })
  expect(scrub('abcdefghi abcdef a', nested)).toBe('[secret] [secret] a')
})

test('a secret with the signs of a pattern is found as it is', () => {
  const odd = createSecrets({ XSWARM_SERVICE_TOKEN: '$&.*+?"\\x' })
  expect(scrub('token $&.*+?"\\x', odd)).toBe('token [secret]')
  expect(scrub(JSON.stringify({ token: '$&.*+?"\\x' }), odd)).toBe('{"token":"[secret]"}')
})

type Input = Parameters<typeof parseProject>[0]
const production = (input: Input = {}): ProjectConfig => parseProject({ environment: 'production', ...input })
const namesMissing = (config: ProjectConfig, held: Parameters<typeof createSecrets>[0] = {}) =>
  missingSecrets(config, createSecrets(held)).map((sentence) => sentence.split(' ')[0])

test('in development no secret is missing, whatever is switched on', () => {
  expect(
    missingSecrets(parseProject({ database: { url: 'libsql://x.turso.io' } }), createSecrets({})),
  ).toEqual([])
})

test('outside development everything that is switched on names what it lacks, all at once', () => {
  const config = production({ database: { url: 'libsql://x.turso.io' } })
  expect(missingSecrets(config, createSecrets({}))).toEqual([
    'STRIPE_SECRET_KEY is missing: features.stripe_enabled is on and this is production - set it in .env or the process environment',
    'STRIPE_WEBHOOK_SECRET is missing: features.stripe_enabled is on and this is production - set it in .env or the process environment',
    'TWILIO_AUTH_TOKEN is missing: features.voice_enabled is on and this is production - set it in .env or the process environment',
    'TURSO_AUTH_TOKEN is missing: database.url names a server - set it in .env or the process environment',
    'SMTP_URL is missing: people sign in by mail and this is production - set it in .env or the process environment',
  ])
  const everything = Object.fromEntries(SECRET_NAMES.map((name) => [name, 'x']))
  expect(missingSecrets(config, createSecrets(everything))).toEqual([])
})

test('what is switched off needs nothing, but signing in always needs mail', () => {
  const off = { voice_enabled: false, sms_enabled: false, stripe_enabled: false }
  const mail = { SMTP_URL: 'smtp://localhost' }
  expect(namesMissing(production({ features: off }))).toEqual(['SMTP_URL'])
  expect(namesMissing(production({ features: off }), mail)).toEqual([])
  expect(namesMissing(production({ features: { ...off, sms_enabled: true } }), mail)).toEqual([
    'TWILIO_AUTH_TOKEN',
  ])
  const database = { url: 'http://127.0.0.1:8080' }
  expect(namesMissing(production({ features: off, database }), mail)).toEqual([])
})

const stripe = (mode: string, prefix = 'sk') => `${prefix}_${mode}_${'4eC39HqLyjWDarjtT1zd'}`
const withKeys = (
  environment: ProjectConfig['environment'],
  publicMode: string | undefined,
  secret: string | undefined,
) =>
  modeMismatches(
    parseProject({
      environment,
      stripe: publicMode === undefined ? {} : { publishable_key: `pk_${publicMode}_x` },
    }),
    createSecrets(secret === undefined ? {} : { STRIPE_SECRET_KEY: secret }),
  )

test.each([
  ['production', 'live', stripe('live')],
  ['production', 'live', stripe('live', 'rk')],
  ['production', undefined, undefined],
  ['staging', 'test', stripe('test')],
  ['staging', 'live', stripe('live')],
  ['development', 'test', stripe('test')],
  ['development', 'test', undefined],
] as const)(
  'in %s a publishable key in %s mode goes with the secret key beside it',
  (environment, mode, secret) => {
    expect(withKeys(environment, mode, secret)).toEqual([])
  },
)

test('test and live mixed, and keys of the wrong mode for the environment, are all named', () => {
  expect(withKeys('production', 'live', stripe('test'))).toEqual([
    'STRIPE_SECRET_KEY is a test key and stripe.publishable_key a live key: take both from the same mode',
    'STRIPE_SECRET_KEY is a test key, but environment is production: use the live key',
  ])
  expect(withKeys('production', 'test', undefined)).toEqual([
    'stripe.publishable_key is a test key, but environment is production: use the live key',
  ])
  expect(withKeys('staging', 'test', stripe('live', 'rk'))).toHaveLength(1)
  expect(withKeys('development', undefined, stripe('live'))).toEqual([
    'STRIPE_SECRET_KEY is a live key, but environment is development: use the test key',
  ])
  expect(withKeys('test', 'test', 'whatever')).toEqual([
    'STRIPE_SECRET_KEY is not a Stripe secret key: it must begin with sk_test_, sk_live_, rk_test_ or rk_live_',
  ])
})

test('keys of a service that is switched off match anything', () => {
  const config = production({ features: { stripe_enabled: false }, stripe: { publishable_key: 'pk_test_x' } })
  expect(modeMismatches(config, createSecrets({ STRIPE_SECRET_KEY }))).toEqual([])
})
