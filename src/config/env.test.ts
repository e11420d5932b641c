import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, loadFrom, refusalOf } from '../../test/config-folder.ts'
import { parseEnvText, readEnvFile } from './env-file.ts'
import { loadConfig } from './load.ts'

const stripeKey = `sk_${'test'}_${'4eC39HqLyjWDarjtT1zd'}`
const hex = '0123456789abcdef'.repeat(2)

const SETTINGS: readonly (readonly [string, string])[] = [
  ['STRIPE_PRICE_PREMIUM=price_123', 'premium under [stripe.prices] in config.toml'],
  ['STRIPE_PRICES_VOICE=price_123', 'voice under [stripe.prices] in config.toml'],
  ['STRIPE_SMS_PRICE_ID=price_123', 'sms under [stripe.prices] in config.toml'],
  ['STRIPE_PRICE_PRO=price_123', '[stripe.prices] in config.toml'],
  ['STRIPE_PUBLISHABLE_KEY=pk_test_xxx', 'publishable_key under [stripe] in config.toml'],
  ['NEXT_PUBLIC_STRIPE=pk_live_abc', 'publishable_key under [stripe] in config.toml'],
  ['TWILIO_ACCOUNT_SID=AC123', 'account_sid under [twilio] in config.toml'],
  [`MY_SID=AC${hex}`, 'account_sid under [twilio] in config.toml'],
  ['TURSO_DATABASE_URL=libsql://x.turso.io', 'url under [database] in config.toml'],
  ['DATABASE_URL=file:x.db', 'url under [database] in config.toml'],
  ['DB=libsql://x.turso.io', 'url under [database] in config.toml'],
  ['ADMIN_EMAIL=admin@example.com', 'email under [admin] in config.toml'],
  ['TEST_USER_PHONE=+15551234567', 'phone under [test_user] in config.toml'],
  ['EMAIL_FROM=hello@example.com', 'from under [email] in config.toml'],
  ['VOICE_ENABLED=true', 'voice_enabled under [features] in config.toml'],
  ['FEATURES_SMS_ENABLED=false', 'sms_enabled under [features] in config.toml'],
  ['PUBLIC_URL=https://xswarm.example.com', 'public_url under [server] in config.toml'],
  ['XSWARM_SERVER_PORT=8787', 'port under [server] in config.toml'],
  ['PORT=3000', 'port under [server] in config.toml'],
  ['export XSWARM_ENVIRONMENT=production', 'environment at the top of config.toml'],
]

test.each(SETTINGS)('the setting %j in .env is a fault that says where it belongs', (line, place) => {
  const name = line.replace('export ', '').split('=')[0]
  const column = line.startsWith('export ') ? 8 : 1
  expect(refusalOf({ '.env': `# secrets\n\n${line}\n` }).message).toBe(
    `.env:3:${column} ${name} is not a secret - move it to ${place}`,
  )
})

test('a setting under the name of a secret is a fault', () => {
  expect(refusalOf({ '.env': 'STRIPE_SECRET_KEY=pk_test_abc' }).message).toBe(
    '.env:1:1 STRIPE_SECRET_KEY holds no secret - move this value to publishable_key under [stripe] in config.toml, and put the secret here',
  )
})

test('XSWARM_CONFIG in .env comes too late', () => {
  expect(refusalOf({ '.env': 'XSWARM_CONFIG=other.toml' }).message).toBe(
    '.env:1:1 XSWARM_CONFIG names this very folder - set it in the process environment, or use --config',
  )
})

const FOREIGN: readonly (readonly [string, string])[] = [
  ['NODE_ENV=production', 'NODE_ENV is not read by xswarm'],
  ['FOO=bar', 'FOO is not read by xswarm'],
  [
    'SUPPORT=a@example.com',
    'SUPPORT is not read by xswarm and holds no secret - settings of xswarm go into config.toml',
  ],
  ['DEBUG=true', 'DEBUG is not read by xswarm and holds no secret - settings of xswarm go into config.toml'],
  ['STRIPE_SECRET=abc', 'STRIPE_SECRET is not read by xswarm - did you mean STRIPE_SECRET_KEY?'],
  [`PAYMENTS=${stripeKey}`, 'PAYMENTS is not read by xswarm - did you mean STRIPE_SECRET_KEY?'],
  ['STRIPE_SECERT_KEY=abc', 'STRIPE_SECERT_KEY is not read by xswarm - did you mean STRIPE_SECRET_KEY?'],
  ['DATABASE_URL=postgres://app:hunter2@db/x', 'DATABASE_URL is not read by xswarm'],
  [
    'XSWARM_SERVICE_TOKN=abc',
    'XSWARM_SERVICE_TOKN is not read by xswarm - did you mean XSWARM_SERVICE_TOKEN?',
  ],
]

test.each(FOREIGN)('%j in .env is named in a warning and stops nothing', (line, sentence) => {
  expect(loadFrom({ '.env': line }).warnings).toEqual([`.env:1 ${sentence}`])
})

test('a .env as .env.example asks for it has nothing to warn about', () => {
  const text = `STRIPE_SECRET_KEY=${stripeKey}\nSTRIPE_WEBHOOK_SECRET="a, b"\nTWILIO_AUTH_TOKEN='${hex}'\nTURSO_AUTH_TOKEN=\nSMTP_URL=smtp://localhost:1025\nXSWARM_SERVICE_TOKEN=\`x\`\n`
  const { warnings, secrets } = loadFrom({ '.env': text })
  expect(warnings).toEqual([])
  expect(secrets.STRIPE_WEBHOOK_SECRET).toBe('a, b')
  expect(secrets.TWILIO_AUTH_TOKEN).toBe(hex)
  expect(secrets.XSWARM_SERVICE_TOKEN).toBe('x')
})

test('a .env that others can read is named in a warning', () => {
  const folder = folderWith({ '.env': '' })
  const warningsAt = (mode: number) => {
    chmodSync(join(folder, '.env'), mode)
    return loadConfig({ cwd: folder, env: {} }).warnings
  }
  expect(warningsAt(0o600)).toEqual([])
  expect(warningsAt(0o644)).toEqual(['.env can be read by other users of this machine - run: chmod 600 .env'])
  expect(warningsAt(0o640)).toHaveLength(1)
})

test.each([
  ['a = 1', [['a', '1', 1, 1]]],
  ['  export A="x # y" # note', [['A', 'x # y', 1, 10]]],
  ["A='it''s'", [['A', 'it', 1, 1]]],

  [
    'A="one\ntwo\nB=3"\nC=4',
    [
      ['A', 'one\ntwo\nB=3', 1, 1],
      ['C', '4', 4, 1],
    ],
  ],
  [
    'A="never closed\nB=2',
    [
      ['A', '', 1, 1],
      ['B', '2', 2, 1],
    ],
  ],
  [
    'A=1\r\nB=2\r\n',
    [
      ['A', '1', 1, 1],
      ['B', '2', 2, 1],
    ],
  ],
  ['A=a=b==', [['A', 'a=b==', 1, 1]]],
  ['A="x\\ny"', [['A', 'x\ny', 1, 1]]],
  ['A=', [['A', '', 1, 1]]],
  ['# A=1\n\n  # B=2', []],
  ['A=$B $(C)', [['A', '$B $(C)', 1, 1]]],
  ['__proto__=1', [['__proto__', '1', 1, 1]]],
])('%j is read as %j', (text, expected) => {
  const { entries } = parseEnvText(text, '.env')
  expect(entries.map(({ name, value, line, column }) => [name, value, line, column])).toEqual(expected)
})

test('a quote that is never closed is pointed out', () => {
  expect(loadFrom({ '.env': 'TWILIO_AUTH_TOKEN="abc\nTURSO_AUTH_TOKEN=x' }).warnings).toEqual([
    '.env:1 TWILIO_AUTH_TOKEN begins with a quote that is never closed, so it has no value',
  ])
})

test('a line that is no assignment is named by its number, and does not swallow the next one', () => {
  const { entries, warnings } = parseEnvText(`A=1\n${stripeKey}\nB=2`, '.env')
  expect(entries.map((entry) => entry.name)).toEqual(['A', 'B'])
  expect(warnings).toEqual(['.env:2 is not NAME=VALUE and was ignored'])
})

test('the second of two lines of one name counts, and is pointed out', () => {
  const text = 'TWILIO_AUTH_TOKEN=first\nTWILIO_AUTH_TOKEN=second\n'
  const { secrets, warnings } = loadFrom({ '.env': text })
  expect(secrets.TWILIO_AUTH_TOKEN).toBe('second')
  expect(warnings).toEqual(['.env:2 sets TWILIO_AUTH_TOKEN a second time - the last one counts'])
})

test('a # that ends an unquoted value is pointed out: it may have been part of the password', () => {
  expect(loadFrom({ '.env': 'SMTP_URL=smtp://me:pa#ss@mail.example.com' }).warnings).toEqual([
    '.env:1 SMTP_URL has a # in an unquoted value and ends there - put the value into quotes',
  ])
  expect(loadFrom({ '.env': 'SMTP_URL=smtp://localhost # a note' }).warnings).toEqual([])
})

test('a .env that is no text is one fault', () => {
  const message = (content: Uint8Array) => refusalOf({ '.env': content }).message
  expect(message(new Uint8Array([65, 61, 0]))).toBe('.env:1:3 contains a NUL byte, so it is not a text file')
  expect(message(new Uint8Array([65, 61, 0xff]))).toBe(
    '.env:1:3 is not UTF-8 text from here on - save it as UTF-8',
  )
  expect(message(new Uint8Array(2 * 1024 * 1024).fill(65))).toMatch(/^\.env: is larger than 1 MiB/)
})

test('.env is read from the folder of config.toml, not from the current one', () => {
  const folder = folderWith({
    'sub/config.toml': '',
    'sub/.env': 'TWILIO_AUTH_TOKEN=below',
    '.env': 'TWILIO_AUTH_TOKEN=here',
  })
  chmodSync(join(folder, 'sub/.env'), 0o600)
  const { secrets, files } = loadConfig({ cwd: folder, env: {}, path: 'sub/config.toml' })
  expect(secrets.TWILIO_AUTH_TOKEN).toBe('below')
  expect(files).toEqual(['sub/config.toml', 'sub/.env'])
})

test('.env of a project without a config.toml is read', () => {
  const folder = folderWith({})
  writeFileSync(join(folder, '.env'), 'TURSO_AUTH_TOKEN=x', { mode: 0o600 })
  expect(readEnvFile(join(folder, '.env'), '.env').exists).toBe(true)
  expect(loadConfig({ cwd: folder, env: {} }).secrets.TURSO_AUTH_TOKEN).toBe('x')
})
