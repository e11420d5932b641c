import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { twiml } from './twiml.ts'

const said = (text: string) => twiml({ verb: 'say', text, voice: text })

describe('TwiML', () => {
  test('is what Twilio expects', () => {
    expect(
      twiml(
        { verb: 'say', text: 'Hello', voice: 'Polly.Brian' },
        { verb: 'stream', url: 'wss://a.example/s', parameters: { user_id: 'u-1' } },
        { verb: 'hangup' },
      ),
    ).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Say voice="Polly.Brian">Hello</Say>' +
        '<Connect><Stream url="wss://a.example/s"><Parameter name="user_id" value="u-1"/></Stream></Connect><Hangup/></Response>',
    )
    expect(twiml()).toBe('<?xml version="1.0" encoding="UTF-8"?><Response></Response>')
  })

  test.each([
    '"]]><Dial>+15550000000</Dial>',
    `'/><Dial>`,
    '</Say></Response>',
    '<!--',
    '<![CDATA[<Dial>]]>',
    '&lt;Dial&gt;',
    '&#60;Dial&#62;',
    '<?xml version="1.0"?>',
    '\u0000<Dial>\u001b',
    'a\r\n\tb',
    '\ud800 half, and half \udc00',
    '\ufffe\uffff',
    '𝕳 whole',
  ])('lets %j be nothing but text', (text) => {
    const written = said(text)
    // Only our own tags, and what stands in them is the text again.
    expect(written.match(/<[^>]*>/g)?.map((tag) => tag.slice(0, 4))).toEqual([
      '<?xm',
      '<Res',
      '<Say',
      '</Sa',
      '</Re',
    ])
    expect(written).not.toMatch(/<Dial|]]>/)
    expect(written).not.toMatch(/\p{Surrogate}/u)
  })

  test('says what it was given, whatever that is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const body = /<Say[^>]*>([^<]*)<\/Say>/.exec(said(text))?.[1] ?? 'not one text'
        const read = body
          .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
          .replace(/&lt;/g, '<')
          .replace(/&gt;/g, '>')
          .replace(/&quot;/g, '"')
          .replace(/&apos;/g, "'")
          .replace(/&amp;/g, '&')
        const writable = [...text].filter(isWritable).join('')
        return read === writable
      }),
    )
  })
})

/** XML 1.0, 2.2: the characters a document can hold. */
function isWritable(character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd
  return (code < 0xd800 || code > 0xdfff) && code !== 0xfffe && code !== 0xffff
}
