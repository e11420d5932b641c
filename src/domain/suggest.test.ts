import fc from 'fast-check'
import { expect, test } from 'vitest'
import { suggest } from './suggest.ts'

test.each([
  ['publishabel_key', ['publishable_key', 'prices', 'api_base'], 'publishable_key'],
  ['publishableKey', ['publishable_key', 'prices'], 'publishable_key'],
  ['publishable-key', ['publishable_key'], 'publishable_key'],
  ['premuim', ['free', 'premium'], 'premium'],
  ['featurse', ['features', 'tiers'], 'features'],
  ['PROT', ['host', 'port'], 'port'],
  ['jarvsi', ['jarvis', 'marvin'], 'jarvis'],
  ['dalek', ['dalek'], 'dalek'],
])('%s is taken for a misspelling of the nearest of %j', (word, candidates, expected) => {
  expect(suggest(word, candidates)).toBe(expected)
})

test.each([
  ['user', ['server', 'twilio', 'stripe']],
  ['ab', ['cd', 'ef']],
  ['', ['a', 'abc']],
  ['x', ['y']],
  ['something_else', ['environment', 'features']],
  ['features'.repeat(20), ['features']],
])('%s resembles none of %j', (word, candidates) => {
  expect(suggest(word, candidates)).toBeUndefined()
})

test('the nearer of two candidates wins, the first one of two equally near', () => {
  expect(suggest('marvis', ['marvin', 'jarvis'])).toBe('marvin')
  expect(suggest('kit', ['kits', 'kitt'])).toBe('kits')
})

test('two swapped neighbours are one edit, so that a short word may have them', () => {
  expect(suggest('cnfg', ['cfng'])).toBe('cfng')
  expect(suggest('on', ['no'])).toBe('no')
})

test('a suggestion is always one of the candidates, and never further away than three letters of length', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (word, candidates) => {
      const suggestion = suggest(word, candidates)
      if (suggestion === undefined) return
      expect(candidates).toContain(suggestion)
      expect(Math.abs(suggestion.replaceAll('-', '_').length - word.length)).toBeLessThanOrEqual(
        3 + word.length,
      )
    }),
  )
})
