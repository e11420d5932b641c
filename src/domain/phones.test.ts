import fc from 'fast-check'
import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { describe, expect, it } from 'vitest'
import { named } from '../../test/users/cases.ts'
import { faultOf } from '../../test/users/refusal.ts'
import { maskPhone, parsePhone } from './phones.ts'

describe('a phone number is accepted and brought into E.164', () => {
  const cases: [given: unknown, stored: string | null][] = [
    ['+15551234567', '+15551234567'],
    ['+18005551001', '+18005551001'],
    ['+1 (555) 123-4567', '+15551234567'],
    ['+1.555.123.4567', '+15551234567'],
    ['(555) 123-4567', '+15551234567'],
    ['555-123-4567', '+15551234567'],
    ['555/123/4567', '+15551234567'],
    ['5551234567', '+15551234567'],
    ['15551234567', '+15551234567'],
    ['1 555 123 4567', '+15551234567'],
    [' +1 555 123 4567 ', '+15551234567'],
    ['+1\u00a0555\u00a0123\u00a04567', '+15551234567'],
    ['+1 555\u2011123\u20134567', '+15551234567'],
    ['\u202a+1 555 123 4567\u202c', '+15551234567'],
    ['＋１５５５１２３４５６７', '+15551234567'],
    ['+44 20 7946 0958', '+442079460958'],
    ['+44 (0)20 7946 0958', '+442079460958'],
    ['+49 30 123456', '+4930123456'],
    ['+39 06 1234 5678', '+390612345678'],
    ['+81 3-1234-5678', '+81312345678'],
    ['+800 1234 5678', '+80012345678'],
    [null, null],
    [undefined, null],
    ['', null],
    ['   ', null],
  ]
  it.each(named(cases))('%s', (_name, given, stored) => {
    expect(parsePhone(given)).toBe(stored)
  })
})

describe('a phone number is refused with a sentence that says what to do', () => {
  const cases: [given: unknown, says: string][] = [
    ['call me', 'digits only'],
    ['1-800-FLOWERS', 'digits only'],
    ['+1555123456a', 'digits only'],
    ['tel:+15551234567', 'digits only'],
    ['+1 555 123 4567 ext. 5', 'extension'],
    ['+15551234567 x5', 'extension'],
    ['+15551234567;ext=3', 'extension'],
    ['+15551234567#3', 'extension'],
    ['+1٥٥٥١٢٣٤٥٦٧', 'digits only'],
    ['++15551234567', 'digits only'],
    ['+1555+1234567', 'digits only'],
    ['15551234567+', 'digits only'],
    ['+15551234567\u0000', 'digits only'],
    ['+1555123\n4567', 'digits only'],
    ['555\u202e1234567', 'digits only'],
    ['<script>', 'digits only'],
    ["'; DROP TABLE users; --", 'digits only'],
    ['x', 'digits only'],
    ['+', 'digits only'],
    ['+1', 'too short'],
    ['911', 'Begin with +'],
    ['555-1234', 'Begin with +'],
    ['0044 20 7946 0958', 'Begin with +'],
    ['011 44 20 7946 0958', 'Begin with +'],
    ['030 1234567', 'Begin with +'],
    ['442079460958', 'Begin with +'],
    ['+1555123456', 'too few or too many'],
    ['+155512345678', 'too few or too many'],
    ['+9991234567890', 'no such country'],
    ['+01234567890', 'no such country'],
    ['+1234567890123456', 'too long'],
    [`+${'1'.repeat(100)}`, 'too long'],
    ['1'.repeat(1_000_000), 'too long'],
    [15551234567, 'as text'],
    [true, 'as text'],
    [['+15551234567'], 'as text'],
    [{}, 'as text'],
  ]
  it.each(named(cases))('%s', (_name, given, says) => {
    const fault = faultOf(() => parsePhone(given))
    expect(fault.fields).toEqual([{ field: 'phone', message: fault.message }])
    expect(fault.message).toContain(says)
  })

  it('names the field it was given for', () => {
    expect(faultOf(() => parsePhone('x', 'xswarm_phone')).fields[0]?.field).toBe('xswarm_phone')
  })
})

it('whatever is given, what comes out is E.164 and comes out of itself unchanged', () => {
  const digits = fc.stringMatching(/^[0-9 ().-]{7,16}$/)
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    digits,
    digits.map((text) => `+${text}`),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const phone = accepted(text)
      if (phone === undefined || phone === null) return
      expect(phone).toMatch(/^\+[1-9][0-9]{6,14}$/)
      expect(parsePhone(phone)).toBe(phone)
    }),
    { numRuns: 2000 },
  )
})

it('a North American number in E.164 is taken as it is, as the library would', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\+1[2-9][0-9]{9}$/), (phone) => {
      const number = parsePhoneNumberFromString(phone)
      expect([number?.number, number?.isPossible()]).toEqual([phone, true])
      expect(parsePhone(phone)).toBe(phone)
    }),
    { numRuns: 1000 },
  )
})

it('a masked number shows its last two digits only', () => {
  expect(maskPhone('+15551234567')).toBe('***67')
})

function accepted(text: string): string | null | undefined {
  try {
    return parsePhone(text)
  } catch {
    return undefined
  }
}
