import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { named } from '../../test/users/cases.ts'
import { faultOf } from '../../test/users/refusal.ts'
import { parseEmail } from './emails.ts'

const long = (count: number) => 'a'.repeat(count)

describe('an email address is accepted and brought into one spelling', () => {
  const cases: [given: string, stored: string][] = [
    ['alice@example.com', 'alice@example.com'],
    ['  Alice@Example.COM\n', 'alice@example.com'],
    ['alice+news@example.com', 'alice+news@example.com'],
    ["o'brien@example.com", "o'brien@example.com"],
    ['first.last@sub.example.co.uk', 'first.last@sub.example.co.uk'],
    ['a@example.com', 'a@example.com'],
    ['_@example.com', '_@example.com'],
    ['__proto__@example.com', '__proto__@example.com'],
    ['!#$%&*+/=?^`{|}~-@example.com', '!#$%&*+/=?^`{|}~-@example.com'],
    ['12345678@example.com', '12345678@example.com'],
    ['me@example.photography', 'me@example.photography'],
    ['me@x--y.example', 'me@x--y.example'],
    ['me@3com.example', 'me@3com.example'],
    ['me@münchen.example', 'me@xn--mnchen-3ya.example'],
    ['me@MÜNCHEN.example', 'me@xn--mnchen-3ya.example'],
    ['me@mu\u0308nchen.example', 'me@xn--mnchen-3ya.example'],
    ['me@xn--mnchen-3ya.example', 'me@xn--mnchen-3ya.example'],
    ['me@例え.テスト', 'me@xn--r8jz45g.xn--zckzah'],
    ['me@example.xn--p1ai', 'me@example.xn--p1ai'],
    [`${long(64)}@example.com`, `${long(64)}@example.com`],
    [`a@${long(63)}.example`, `a@${long(63)}.example`],
    [
      `${long(64)}@${long(63)}.${long(63)}.${long(57)}.com`,
      `${long(64)}@${long(63)}.${long(63)}.${long(57)}.com`,
    ],
  ]
  it.each(named(cases))('%s', (_name, given, stored) => {
    expect(parseEmail(given)).toBe(stored)
  })
})

describe('an email address is refused with a sentence that says what to do', () => {
  const cases: [given: unknown, says: string][] = [
    ['', 'Enter your'],
    ['   ', 'Enter your'],
    ['alice', 'has an @'],
    ['__proto__', 'has an @'],
    ['constructor', 'has an @'],
    ['@', 'before the @'],
    ['@example.com', 'before the @'],
    ['alice@', 'after the @'],
    ['alice@example', 'incomplete'],
    ['alice@localhost', 'incomplete'],
    ['alice@example.', 'dot at the end'],
    ['alice@example.com.', 'dot at the end'],
    ['alice@.example.com', 'one at a time'],
    ['alice@example..com', 'one at a time'],
    ['.alice@example.com', 'dots before'],
    ['alice.@example.com', 'dots before'],
    ['al..ice@example.com', 'dots before'],
    ['"a"@b', 'Quotes'],
    ['"a b"@example.com', 'space'],
    ['"a"@example.com', 'Quotes'],
    ['a\\@b@example.com', 'Quotes'],
    ['alice(home)@example.com', 'Quotes'],
    ['alice@bob@example.com', 'more than one @'],
    ['alice smith@example.com', 'space'],
    ['alice@exam ple.com', 'space'],
    ['alice@\u00a0example.com', 'space'],
    ['alice@example.com,bob@example.com', 'one address'],
    ['alice@example.com;bob@example.com', 'one address'],
    ['Alice <alice@example.com>', 'one address'],
    ['mailto:alice@example.com', 'brackets'],
    ['alice@[127.0.0.1]', 'IP address'],
    ['alice@127.0.0.1', 'IP address'],
    ['alice@[IPv6:::1]', 'IP address'],
    ['alice@0x7f.1', 'domain'],
    ['alice@127.1.', 'IP address'],
    ['alice@example.c', 'end like'],
    ['alice@example.123', 'domain'],
    ['alice@-example.com', 'not a domain'],
    ['alice@example-.com', 'not a domain'],
    ['alice@exam_ple.com', 'not a domain'],
    ['alice@exam%41ple.com', 'not a domain'],
    ['alice@example.com/path', 'not a domain'],
    ['alice@example.com?x=1', 'not a domain'],
    ["alice@example.com'--", 'not a domain'],
    ['alice@xn--a.com', 'not a domain'],
    [`alice@${long(64)}.com`, 'not a domain'],
    ['alice\u0000@example.com', 'invisible'],
    ['alice\u0007@example.com', 'invisible'],
    ['alice\r\nBcc: bob@example.com', 'invisible'],
    ['al\tice@example.com', 'invisible'],
    ['alice\u200b@example.com', 'invisible'],
    ['alice@exam\u200dple.com', 'invisible'],
    ['alice@exam\u00adple.com', 'invisible'],
    ['\u202ealice@example.com', 'invisible'],
    ['alice@example.com\u2066', 'invisible'],
    ['\ufeffal\ufeffice@example.com', 'invisible'],
    ['alice\ud800@example.com', 'invisible'],
    ['älice@example.com', 'unaccented'],
    ['аlice@example.com', 'unaccented'], // a Cyrillic а
    ['ａlice@example.com', 'unaccented'], // a full-width ａ
    ['用户@example.com', 'unaccented'],
    [`${long(65)}@example.com`, 'too long'],
    [`${long(64)}@${long(63)}.${long(63)}.${long(58)}.com`, 'too long'],
    [`${long(289)}@example.com`, 'too long'],
    [`alice@${'a.'.repeat(150)}com`, 'not a domain'],
    [`${'@'.repeat(1_000_000)}`, 'too long'],
    [null, 'as text'],
    [undefined, 'as text'],
    [42, 'as text'],
    [true, 'as text'],
    [['alice@example.com'], 'as text'],
    [{ toString: () => 'alice@example.com' }, 'as text'],
  ]
  it.each(named(cases))('%s', (_name, given, says) => {
    const fault = faultOf(() => parseEmail(given))
    expect(fault.code).toBe('invalid')
    expect(fault.fields).toEqual([{ field: 'email', message: fault.message }])
    expect(fault.message).toContain(says)
  })
})

describe('whatever is given', () => {
  const texts = fc.oneof(
    fc.emailAddress(),
    fc.string({ unit: 'binary' }),
    fc.tuple(fc.string({ unit: 'grapheme' }), fc.domain()).map(([local, domain]) => `${local}@${domain}`),
    fc
      .tuple(fc.constant('a'), fc.string({ unit: 'grapheme' }))
      .map(([local, domain]) => `${local}@${domain}.com`),
  )

  it('what comes out is short, lower-case ASCII, and comes out of itself unchanged', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const email = accepted(text)
        if (email === undefined) return
        expect(email).toMatch(/^[\x21-\x7e]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/)
        expect(email.length).toBeLessThanOrEqual(254)
        expect(email).toBe(email.toLowerCase())
        expect(parseEmail(email)).toBe(email)
      }),
      { numRuns: 2000 },
    )
  })

  it('ordinary addresses are never refused', () => {
    const local = fc.stringMatching(/^[a-z0-9]+([._+-][a-z0-9]+){0,3}$/).filter((text) => text.length <= 64)
    fc.assert(
      fc.property(local, fc.domain({ size: 'small' }), (name, domain) => {
        const text = `${name}@${domain}`
        fc.pre(text.length <= 254)
        expect(parseEmail(text)).toBe(text.toLowerCase())
      }),
      { numRuns: 1000 },
    )
  })
})

function accepted(text: string): string | undefined {
  try {
    return parseEmail(text)
  } catch {
    return undefined
  }
}
