import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadFrom, refusalOf } from '../../test/config-folder.ts'

/** Documents that are not TOML 1.1, by what is wrong with them; `base64` for those that are not text either. */
type Sample = { readonly name: string } & ({ readonly text: string } | { readonly base64: string })

const corpus = JSON.parse(
  readFileSync(new URL('../../test/corpus/toml-invalid.json', import.meta.url), 'utf8'),
) as Sample[]

const bytesOf = (sample: Sample) =>
  'base64' in sample ? Buffer.from(sample.base64, 'base64') : Buffer.from(sample.text, 'utf8')

test('the corpus is large enough to mean something', () => {
  expect(corpus.length).toBeGreaterThan(300)
  expect(new Set(corpus.map((sample) => sample.name)).size).toBe(corpus.length)
})

test.each(corpus)(
  '$name is refused for its syntax, at its place, and nothing of it is repeated',
  (sample) => {
    const bytes = bytesOf(sample)
    const { faults, message } = refusalOf({ 'config.toml': bytes })
    // An unknown key or a wrong type would mean that the document had been accepted as TOML.
    expect(message).not.toMatch(/unknown key|must be text|must be true|must be a table/)
    expect(faults).toHaveLength(1)
    expect(message.split('\n')).toHaveLength(1)
    const isUtf16 = ['fffe', 'feff'].includes(bytes.subarray(0, 2).toString('hex'))
    expect(message).toMatch(isUtf16 ? /^config\.toml: / : /^config\.toml:\d+:\d+ /)
    const lines = bytes.toString('utf8').split('\n')
    const [fault] = faults
    expect(fault?.line ?? 0).toBeLessThanOrEqual(lines.length)
    expect(fault?.column ?? 0).toBeLessThanOrEqual((lines[(fault?.line ?? 1) - 1]?.length ?? 0) + 2)
  },
)

test.each(corpus)('$name with a canary in it: no rejection lets it out', (sample) => {
  const canary = 'Canary7Zq9'
  const text = bytesOf(sample)
    .toString('utf8')
    .replace(/[a-z]{1,30}/gi, canary)
  const { message } = refusalOf({ 'config.toml': `${text}\n${canary}` })
  // Names of keys are shown, so only what stands in the place of a value counts.
  expect(message.replace(/unknown key [^\n]*/g, '')).not.toContain(canary)
})

test.each([
  'a = "\\e[0m"',
  'a = "\\x41"',
  'a = {\n  b = 1,\n}',
  'a = 10:30',
  'a = 2020-02-29',
  'a = 1e06',
  '"" = 1',
  '"ключ" = 1',
  'a.b.c = 1\na.d = 2',
  '[[a]]\n[a.b]\n[[a]]\n[a.b]',
  "a = '''it''''",
  'a = 0xDEAD_beef',
  'a = -nan',
])('%j is TOML 1.1: only its keys are unknown', (document) => {
  expect(refusalOf({ 'config.toml': document }).message).toMatch(/^config\.toml:1:\d+ unknown key /)
})

test('an offset without its colon, which both parsers take for a date, is refused like every date', () => {
  const { message } = refusalOf({ 'config.toml': 'environment = 2023-01-01T10:10:10+0100' })
  expect(message).toMatch(/^config\.toml:1:1 environment must be /)
})

test('an empty document and one of comments alone are everything by default', () => {
  expect(loadFrom({ 'config.toml': '' }).config.environment).toBe('development')
  expect(loadFrom({ 'config.toml': '\n\n# nothing\r\n' }).config.environment).toBe('development')
})
