import fc from 'fast-check'
import { stringify } from 'smol-toml'
import { expect, test } from 'vitest'
import { faultsOf, folderWith } from '../../test/config-folder.ts'
import { ConfigError } from './fault.ts'
import { SETTING_PATHS } from './keys.ts'
import { loadConfig } from './load.ts'

/** Values that no sentence of ours contains by chance. */
const canary = fc
  .string({ unit: fc.constantFrom(...'bcdfghjkmnpqrtvwxz2345'), minLength: 12, maxLength: 30 })
  .map((text) => `Zq${text}`)

const PREFIXES = [
  '',
  'pk_test_',
  'price_',
  'whsec_',
  `sk_${'live'}_`,
  'AC',
  'https://',
  'libsql://',
  '+1',
  'SG.',
  'eyJ',
  'a@',
]
const value = fc.tuple(fc.constantFrom(...PREFIXES), canary).map((parts) => parts.join(''))

const knownPath = fc.constantFrom(...SETTING_PATHS)
const strangePath = fc.array(
  fc.constantFrom('stripe', 'token', 'secret', 'a b', 'é', 'x"y', 'personas', 'server'),
  {
    minLength: 1,
    maxLength: 4,
  },
)
const content = fc.oneof(
  value,
  fc.array(value, { minLength: 1, maxLength: 3 }),
  value.map((text) => ({ nested: [{ deep: text }] })),
)

type Node = { [key: string]: unknown }

function tableOf(entries: readonly (readonly [readonly string[], unknown])[]): Node {
  const table: Node = {}
  for (const [path, leaf] of entries) {
    let node = table
    for (const part of path.slice(0, -1)) {
      const below = node[part]
      const next: Node =
        typeof below === 'object' && below !== null && !Array.isArray(below) ? (below as Node) : {}
      node[part] = next
      node = next
    }
    node[path.at(-1) ?? 'x'] = leaf
  }
  return table
}

/** The canary parts of everything in the document, without the prefixes, which our sentences may name. */
function canariesIn(text: string): string[] {
  return text.match(/Zq[bcdfghjkmnpqrtvwxz2345]{12,}/g) ?? []
}

function messageOf(document: string, env = ''): string {
  const cwd = folderWith({ 'config.toml': document, '.env': env })
  try {
    const { warnings, sources } = loadConfig({ cwd, env: {} })
    return JSON.stringify({ warnings, sources })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return `${error.stack}\n${JSON.stringify(error.faults)}`
  }
}

test('no fault ever contains a value of the document, whatever stands where', () => {
  const documents = fc.array(fc.tuple(fc.oneof(knownPath, strangePath), content), {
    minLength: 1,
    maxLength: 6,
  })
  fc.assert(
    fc.property(documents, (entries) => {
      const document = stringify(tableOf(entries))
      const message = messageOf(document)
      for (const found of canariesIn(document)) expect(message).not.toContain(found)
    }),
    { numRuns: 150 },
  )
})

test('no fault contains a value when the document is damaged at any place', () => {
  const documents = fc.array(fc.tuple(knownPath, value), { minLength: 1, maxLength: 4 })
  const damage = fc.constantFrom('"', "'", '\n', '=', '[', ']', '\\', '\u0001', '{', ',', '#', '"""', '')
  fc.assert(
    fc.property(documents, damage, fc.double({ min: 0, max: 1, noNaN: true }), (entries, inserted, at) => {
      const whole = stringify(tableOf(entries))
      const cut = Math.floor(whole.length * at)
      const document = whole.slice(0, cut) + inserted + whole.slice(inserted === '' ? cut + 3 : cut)
      // A value that the damage turned into a key is shown as a key: only those that still stand behind "=" count.
      const message = messageOf(document)
        .replace(/unknown key [^\n"]*/g, '')
        .replace(/"key":"[^"]*"/g, '')
      for (const found of canariesIn(document)) expect(message).not.toContain(found)
    }),
    { numRuns: 150 },
  )
})

test('nothing that is said about .env contains a value of it', () => {
  const name = fc.constantFrom(
    'STRIPE_SECRET_KEY',
    'STRIPE_PRICE_SMS',
    'FOO',
    'XSWARM_TOKEN',
    'SERVER_PORT',
    'API_KEY',
    'TWILIO_TOKEN',
  )
  const quote = fc.constantFrom('', '"', "'", '`')
  const line = fc
    .tuple(name, quote, value, quote)
    .map(([key, open, text, close]) => `${key}=${open}${text}${close}`)
  const lines = fc.array(fc.oneof(line, value), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(lines, (written) => {
      const message = messageOf('', written.join('\n'))
      for (const found of canariesIn(written.join('\n'))) expect(message).not.toContain(found)
    }),
    { numRuns: 150 },
  )
})

test('a secret in the place of a key is not named either, in the message or for programs', () => {
  const secret = `sk_${'live'}_${'4eC39HqLyjWDarjtT1zd'}`
  for (const document of [
    `${secret} = 1`,
    `[stripe]\n"${secret}" = 1`,
    `[personas.${secret}.x]\ny = 1`,
    `a.${secret}.b = 2`,
  ]) {
    expect(JSON.stringify(faultsOf({ 'config.toml': document }))).not.toContain(secret)
  }
})
