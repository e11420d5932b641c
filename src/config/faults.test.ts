import { expect, test } from 'vitest'
import { faultsOf, loadFrom, refusalOf } from '../../test/config-folder.ts'

const key = (mode: string) => `sk_${mode}_${'4eC39HqLyjWDarjtT1zd'}`
const hex = '0123456789abcdef'.repeat(2)

/** Each document, and every line that a person reads about it. */
const DOCUMENTS: readonly (readonly [string, ...string[]])[] = [
  // Unknown keys, at the key, with what was meant.
  [
    '[stripe]\npublishabel_key = "pk_test_xxx"',
    'config.toml:2:1 unknown key stripe.publishabel_key - did you mean publishable_key?',
  ],
  ['[stirpe]\n', 'config.toml:1:2 unknown key stirpe - did you mean stripe?'],
  ['  [ stripe . pricse ]\n', 'config.toml:1:14 unknown key stripe.pricse - did you mean prices?'],
  [
    'stripe.prices.premum = "price_1"',
    'config.toml:1:15 unknown key stripe.prices.premum - did you mean premium?',
  ],
  [
    'stripe = { prices = { x = 1 } }',
    'config.toml:1:23 unknown key stripe.prices.x - known here: premium, voice, sms',
  ],
  [
    'publishable_key = "pk_test_xxx"',
    'config.toml:1:1 unknown key publishable_key - did you mean stripe.publishable_key?',
  ],
  ['[[features]]\n', 'config.toml:1:3 features must be a table'],
  [
    '[user]\nemail = "a@example.com"',
    'config.toml:1:2 unknown key user - people live in the database; the user of local development is [test_user]',
  ],
  ['"a\\nb" = 1', 'config.toml:1:1 unknown key "a\\nb"'],
  ['"\u202eevil" = 1', 'config.toml:1:1 unknown key "\\u202eevil" - did you mean email?'],
  [
    'personas.ada.greetign = "Hi"',
    'config.toml:1:14 unknown key personas.ada.greetign - did you mean greeting?',
  ],
  [
    '[stripe]\nsecret_key = ""',
    'config.toml:2:1 unknown key stripe.secret_key - it names a secret: put that into .env as STRIPE_SECRET_KEY',
  ],
  [
    'TURSO_AUTH_TOKEN = ""',
    'config.toml:1:1 unknown key TURSO_AUTH_TOKEN - it names a secret: put that into .env as TURSO_AUTH_TOKEN',
  ],
  // Wrong types.
  ['stripe = "x"', 'config.toml:1:1 stripe must be a table'],
  ['stripe = 1979-05-27', 'config.toml:1:1 stripe must be a table'],
  ['server = [1]', 'config.toml:1:1 server must be a table'],
  ['personas = 1', 'config.toml:1:1 personas must be a table'],
  ['personas = ["a"]', 'config.toml:1:1 personas must be a table'],
  ['[server]\nport = "8787"', 'config.toml:2:1 server.port must be a whole number from 0 to 65535'],
  ['[server]\nport = 80.5', 'config.toml:2:1 server.port must be a whole number from 0 to 65535'],
  ['[server]\nport = nan', 'config.toml:2:1 server.port must be a whole number from 0 to 65535'],
  ['[server]\nhost = 1', 'config.toml:2:1 server.host must be text in quotes'],
  ['[server]\nhost = 07:32:00', 'config.toml:2:1 server.host must be text in quotes'],
  [
    '[features]\nsms_enabled = "true"',
    'config.toml:2:1 features.sms_enabled must be true or false, without quotes',
  ],
  ['[server]\ntrusted_proxies = "10.0.0.0/8"', 'config.toml:2:1 server.trusted_proxies must be an array'],
  // Values out of range and of the wrong shape.
  ['environment = "prod"', 'config.toml:1:1 environment must be development, test, staging or production'],
  [
    'environment = "producton"',
    'config.toml:1:1 environment must be development, test, staging or production - did you mean production?',
  ],
  [
    '[test_user]\nsubscription_tier = "gold"',
    'config.toml:2:1 test_user.subscription_tier must be free or premium',
  ],
  ['[server]\nport = 65536', 'config.toml:2:1 server.port must be a whole number from 0 to 65535'],
  ['[numbers]\ngrace_days = -1', 'config.toml:2:1 numbers.grace_days must be a whole number from 0 to 365'],
  [
    '[server]\ntrusted_proxies = [\n  "10.0.0.0/8",\n  "10.0.0.0/33"\n]',
    'config.toml:2:1 server.trusted_proxies[2] must be an IP address or a range, like 10.0.0.0/8',
  ],
  [
    '[server]\nhost = "http://x"',
    'config.toml:2:1 server.host must be an IP address or a host name, without scheme and port',
  ],
  [
    '[server]\npublic_url = "localhost:8787"',
    'config.toml:2:1 server.public_url must be a URL that begins with https:// or http://',
  ],
  [
    '[server]\npublic_url = "https://x.example?a=b"',
    'config.toml:2:1 server.public_url must not contain a question mark',
  ],
  [
    '[database]\nurl = "http://db.example.com"',
    'config.toml:2:1 database.url must use libsql:// or https:// (plain http would send the token in clear; only this machine is exempt)',
  ],
  [
    '[database]\nurl = "data/x.db"',
    'config.toml:2:1 database.url must be file:PATH, libsql://HOST, https://HOST, or http://HOST on this machine',
  ],
  ['[database]\nurl = "file:"', 'config.toml:2:1 database.url must name a file, like file:data/xswarm.db'],
  [
    '[twilio]\naccount_sid = "SK1"',
    'config.toml:2:1 twilio.account_sid must begin with AC, as the Twilio console shows it',
  ],
  [
    '[stripe]\npublishable_key = "pk_1"',
    'config.toml:2:1 stripe.publishable_key must begin with pk_test_ or pk_live_',
  ],
  [
    '[stripe.prices]\nsms = "prod_1"',
    'config.toml:2:1 stripe.prices.sms must begin with price_, as Stripe shows it',
  ],
  [
    '[email]\ndomain = "localhost"',
    'config.toml:2:1 email.domain must be a domain name in lower case, like example.com',
  ],
  [
    '[admin]\nemail = "nobody"',
    'config.toml:2:1 admin.email must be an email address, like name@example.com',
  ],
  [
    '[test_user]\nphone = "555-1234"',
    'config.toml:2:1 test_user.phone must be a phone number, like +15551234567',
  ],
  [
    '[test_user]\nwake_word = "a\\u0007"',
    'config.toml:2:1 test_user.wake_word must not contain control characters or line breaks',
  ],
  [
    '[personas."Ada L"]\nname = "Ada"',
    'config.toml:1:11 personas."Ada L" is no name for it: it must be lower-case letters, digits and hyphens, at most 40',
  ],
  // Secrets, in every corner of the file.
  [
    `[stripe]\npublishable_key = "${key('live')}"`,
    'config.toml:2:1 stripe.publishable_key holds a Stripe secret key - move it to .env as STRIPE_SECRET_KEY, and replace it if this file was ever committed',
  ],
  [
    `[deep]\nlist = [{ nested = ["x", "${key('test')}"] }]`,
    'config.toml:1:2 unknown key deep',
    'config.toml:2:11 deep.list[1].nested[2] holds a Stripe secret key - move it to .env as STRIPE_SECRET_KEY, and replace it if this file was ever committed',
  ],
  [
    `"${key('test')}" = "x"`,
    'config.toml:1:1 a key here is a Stripe secret key - move it to .env as STRIPE_SECRET_KEY, and replace it if this file was ever committed',
  ],
  [
    `[personas.${key('test')}]\nname = 1`,
    'config.toml:1:11 a key here is a Stripe secret key - move it to .env as STRIPE_SECRET_KEY, and replace it if this file was ever committed',
  ],
  [
    `environment = "test"\n  # old: ${key('test')}`,
    'config.toml:2:3 this line holds a Stripe secret key - move it to .env as STRIPE_SECRET_KEY, and replace it if this file was ever committed',
  ],
  [
    `[twilio]\naccount_sid = "AC${hex}"\ntoken = "${hex}"`,
    'config.toml:3:1 twilio.token holds a Twilio auth token - move it to .env as TWILIO_AUTH_TOKEN, and replace it if this file was ever committed',
  ],
  [
    `[database]\nurl = "libsql://x.turso.io?authToken=abc"`,
    'config.toml:2:1 database.url holds a database token in a URL - move it to .env as TURSO_AUTH_TOKEN, and replace it if this file was ever committed',
  ],
  [
    `[email]\nsmtp = "smtp://me:${'hunter'}22@mail.example.com"`,
    'config.toml:2:1 email.smtp holds a password in a URL - move it to .env as SMTP_URL, and replace it if this file was ever committed',
  ],
  // A document that cannot be parsed is looked at for secrets all the same.
  [
    `[stripe]\n  secret = ${key('test')}`,
    'config.toml:2:3 this line holds a Stripe secret key - move it to .env as STRIPE_SECRET_KEY, and replace it if this file was ever committed',
    'config.toml:2:12 a value is expected here - text must be quoted',
  ],
  // The test user's persona is a built-in one or one of [personas].
  [
    '[test_user]\npersona = "jarvus"\n[server]\nport = "1"',
    'config.toml:2:1 test_user.persona is no persona - did you mean jarvis?',
    'config.toml:4:1 server.port must be a whole number from 0 to 65535',
  ],
  [
    '[test_user]\npersona = "nobody-at-all"\n[personas.ada]\n',
    'config.toml:2:1 test_user.persona is no persona - known are hal-9000, jarvis, boss, c3po, cylon, dalek, glados, kitt, marvin, sauron, tars, ada',
  ],
  [
    '[test_user]\npersona = "No Key"',
    'config.toml:2:1 test_user.persona must be lower-case letters, digits and hyphens, at most 40',
  ],
  // Syntax.
  [
    '[stripe\n',
    'config.toml:1:8 this character cannot stand in a key - use letters, digits, _ and -, or quote the key',
  ],
  ['a = ', 'config.toml:1:5 a value is expected here - text must be quoted'],
  ['a = "x', 'config.toml:1:5 this string is never closed'],
  ['a = 1\na = 2', 'config.toml:2:1 this key or table is already defined above'],
  ['[server]\n[server]', 'config.toml:2:2 this key or table is already defined above'],
  ['__proto__.x = 1', 'config.toml:1:1 __proto__ and constructor cannot be keys'],
  ['[x.constructor]', 'config.toml:1:2 __proto__ and constructor cannot be keys'],
  ['a = 99999999999999999999', 'config.toml:1:5 this number is too large'],
  ['a = 2023-02-30', 'config.toml:1:5 this is not a valid date or time - quote it if it is text'],
  [
    'b = [ 2023-02-30T10:00:00Z ]',
    'config.toml:1:7 this is not a valid date or time - quote it if it is text',
  ],
  ['a = 2023-13-01', 'config.toml:1:5 this is not a valid date or time - quote it if it is text'],
  [`${'a.'.repeat(200)}b = 1`, 'config.toml:1:1 tables and arrays are nested too deeply'],
  [`a = ${'['.repeat(200)}`, 'config.toml:1:105 tables and arrays are nested too deeply'],
]

test.each(DOCUMENTS)('%j', (document, ...lines) => {
  expect(refusalOf({ 'config.toml': document }).message.split('\n')).toEqual(lines)
})

test('a persona of the project itself suits the test user, from either file', () => {
  const files = {
    'config.toml': '[test_user]\npersona = "ada"',
    'config.development.toml': '[personas.ada]\nname = "Ada"',
  }
  expect(loadFrom(files).config.test_user.persona).toBe('ada')
})

test('a fault carries its file, place and key for programs', () => {
  expect(faultsOf({ 'config.toml': '\n[stripe]\n pirces.premium = 1' })).toEqual([
    {
      file: 'config.toml',
      line: 3,
      column: 2,
      key: 'stripe.pirces',
      message: 'unknown key stripe.pirces - did you mean prices?',
    },
  ])
})

test.each([
  '#',
  '\n\n',
  'environment="test"',
  "personas.ada.greeting='''Good\nday'''".replace('\n', ' '),
  '[database]\nurl = "http://127.0.0.1:8080"',
  '[database]\nurl = "http://[::1]:8080"',
  '[database]\nurl = "https://db.example.com"',
  '[email]\nfrom = "xSwarm <hello@xswarm.ai>"\nalerts_to = "ops@example.com"',
  '[server]\nhost = "::1"\nport = 0\ntrusted_proxies = ["::1", "fd00::/8", "10.1.2.3"]\npublic_url = "https://xswarm.ai/app"',
  '[assistant]\nstream_url = "wss://assistant.example.com/stream"\nsms_url = "https://assistant.example.com/sms"',
  `[twilio]\naccount_sid = "AC${hex}"\napi_base = "http://127.0.0.1:9000"`,
  '[stripe]\npublishable_key = "pk_live_51HxyzAbCdEfGhIjKl"',
  'tiers = { free = { voice_minutes = 5 }, premium = { voice_minutes = 500 } }',
])('%j has no fault', (document) => {
  expect(() => loadFrom({ 'config.toml': document })).not.toThrow()
})
