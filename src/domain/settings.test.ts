import { describe, expect, it } from 'vitest'
import { named } from '../../test/users/cases.ts'
import { faultOf } from '../../test/users/refusal.ts'
import { createPersonas } from './personas.ts'
import { parseSettings, settingsToStore } from './settings.ts'

const personas = createPersonas({ butler: { wake_word: 'oh butler' } })
const parse = (input: unknown) => parseSettings(input, personas)

describe('settings are accepted', () => {
  const cases: [given: unknown, meant: unknown][] = [
    [{}, {}],
    [{ persona: undefined }, {}],
    [{ persona: 'jarvis' }, { persona: 'jarvis' }],
    [{ persona: ' Jarvis ' }, { persona: 'jarvis' }],
    [{ persona: 'butler' }, { persona: 'butler' }],
    [{ wake_word: ' hey   you ' }, { wake_word: 'hey you' }],
    [{ wake_word: 'e\u0301coute' }, { wake_word: '\u00e9coute' }],
    [{ wake_word: 'コンピューター' }, { wake_word: 'コンピューター' }],
    [{ wake_word: 'نیم\u200cفاصله' }, { wake_word: 'نیم\u200cفاصله' }],
    [{ wake_word: '42' }, { wake_word: '42' }],
    [{ wake_word: '<b>hi</b>' }, { wake_word: '<b>hi</b>' }],
    [{ wake_word: '😀a'.repeat(30) }, { wake_word: '😀a'.repeat(30) }],
    [{ phone: '+1 555 123 4567' }, { phone: '+15551234567' }],
    [{ phone: null }, { phone: null }],
    [{ phone: '' }, { phone: null }],
  ]
  it.each(named(cases))('%s', (_name, given, meant) => {
    expect(parse(given)).toEqual(meant)
  })
})

describe('settings are refused', () => {
  const cases: [given: unknown, field: string, says: string][] = [
    [{ persona: 'jarvsi' }, 'persona', 'did you mean jarvis?'],
    [{ persona: 'hal9000' }, 'persona', 'did you mean hal-9000?'],
    [{ persona: 'napoleon' }, 'persona', 'Choose one of: hal-9000, jarvis,'],
    [{ persona: '' }, 'persona', 'Choose one of'],
    [{ persona: '__proto__' }, 'persona', 'Choose one of'],
    [{ persona: 'constructor' }, 'persona', 'Choose one of'],
    [{ persona: 'x'.repeat(1_000_000) }, 'persona', 'Choose one of'],
    [{ persona: null }, 'persona', 'as text'],
    [{ persona: ['jarvis'] }, 'persona', 'as text'],
    [{ wake_word: '' }, 'wake_word', 'at least 2'],
    [{ wake_word: ' a ' }, 'wake_word', 'at least 2'],
    [{ wake_word: 'a'.repeat(61) }, 'wake_word', 'at most 60'],
    [{ wake_word: 'a'.repeat(1_000_000) }, 'wake_word', 'at most 60'],
    [{ wake_word: '!!!' }, 'wake_word', 'letter'],
    [{ wake_word: 'hey\nhal' }, 'wake_word', 'line break'],
    [{ wake_word: 'hey\u2028hal' }, 'wake_word', 'line break'],
    [{ wake_word: 'hey\u0000hal' }, 'wake_word', 'invisible'],
    [{ wake_word: 'hey \u202ehal' }, 'wake_word', 'invisible'],
    [{ wake_word: 'hey\u200b hal' }, 'wake_word', 'invisible'],
    [{ wake_word: 'hey \u200dhal' }, 'wake_word', 'invisible'],
    [{ wake_word: 'hey \ud800' }, 'wake_word', 'invisible'],
    [{ wake_word: null }, 'wake_word', 'as text'],
    [{ wake_word: 7 }, 'wake_word', 'as text'],
    [{ phone: 'call me' }, 'phone', 'digits only'],
    [{ phone: 15551234567 }, 'phone', 'as text'],
    [{ persno: 'jarvis' }, 'persno', 'Did you mean persona?'],
    [{ wakeWord: 'hey' }, 'wakeWord', 'Did you mean wake_word?'],
    [{ subscription_tier: 'premium' }, 'subscription_tier', 'There are: persona'],
    [{ id: 'x' }, 'id', 'There are: persona'],
    [JSON.parse('{"__proto__": {"persona": "jarvis"}}'), '__proto__', 'There are: persona'],
    [{ constructor: 'x' }, 'constructor', 'There are: persona'],
  ]
  it.each(named(cases))('%s', (_name, given, field, says) => {
    const fault = faultOf(() => parse(given))
    expect(fault.code).toBe('invalid')
    expect(fault.fields.map((one) => one.field)).toEqual([field])
    expect(fault.message).toContain(says)
  })

  it.each(named([[null], [undefined], ['persona'], [7], [true], [[]], [[{ persona: 'jarvis' }]]]))(
    'what is no object: %s',
    (_name, given) => {
      expect(faultOf(() => parse(given))).toMatchObject({ code: 'invalid', fields: [] })
    },
  )

  it('with a bounded number of faults, however many keys are sent', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key${index}`, 1]))
    expect(faultOf(() => parse(many)).fields.length).toBe(20)
  })
})

describe('what is stored', () => {
  const hal = { persona: 'hal-9000', wake_word: 'hey hal', phone: null }
  const cases: [name: string, current: typeof hal, patch: object, stored: object][] = [
    [
      'a persona takes its wake word along',
      hal,
      { persona: 'butler' },
      { persona: 'butler', wake_word: 'oh butler' },
    ],
    ['the same persona changes nothing', hal, { persona: 'hal-9000' }, {}],
    [
      'the word of the patch wins',
      hal,
      { persona: 'tars', wake_word: 'slick' },
      { persona: 'tars', wake_word: 'slick' },
    ],
    ['an own word stays', { ...hal, wake_word: 'computer' }, { persona: 'tars' }, { persona: 'tars' }],
    [
      'capitals do not make a word an own one',
      { ...hal, wake_word: 'Hey Hal' },
      { persona: 'tars' },
      { persona: 'tars', wake_word: 'hey tars' },
    ],
    [
      'the word of another persona is an own one',
      { ...hal, wake_word: 'hey kitt' },
      { persona: 'tars' },
      { persona: 'tars' },
    ],
    [
      'a row of a persona that is gone keeps its word',
      { ...hal, persona: 'gone', wake_word: 'hey gone' },
      { persona: 'tars' },
      { persona: 'tars' },
    ],
    ['a phone that is there already is not stored again', { ...hal, persona: 'tars' }, { phone: null }, {}],
  ]
  it.each(cases)('%s', (_name, current, patch, stored) => {
    expect(settingsToStore(current, patch, personas)).toEqual(stored)
  })
})
