import twilio from 'twilio'
import { describe, expect, test } from 'vitest'
import { createTwilioVerifier } from './twilio-signature.ts'

const token = 'first-' + 'token'
const second = 'second-' + 'token'
const path = '/webhooks/twilio/voice'
const fragments = { [path]: '#rt=2000&rc=1' }
const verifier = (publicUrl: string) =>
  createTwilioVerifier({ publicUrl, authTokens: [token, second], fragments })
const sign = (url: string, fields: Record<string, string>, by = token) =>
  twilio.getExpectedTwilioSignature(by, url, fields)

const FIELDS: readonly Record<string, string>[] = [
  {},
  { CallSid: 'CA1', To: '+18005551001', From: '+15551234567' },
  { Body: "it's & <b>ünï</b> 𝕳 +1 %20 =?", b: '', a: ' ', B: '1' },
  { z: '1', Z: '2', aa: '3', a: '4', 'a.b': '5', _: '6' },
  { Body: 'x'.repeat(1600) },
]

describe('a signature of Twilio', () => {
  test.each(FIELDS)('holds as the official SDK makes it: %j', (fields) => {
    const verify = verifier('https://xswarm.example')
    const url = `https://xswarm.example${path}`
    expect(verify(sign(url, fields), path, fields)).toBe(true)
    expect(verify(sign(url, fields, second), path, fields)).toBe(true)
    expect(verify(sign(url, fields, 'other'), path, fields)).toBe(false)
  })

  test.each([
    ['https://xswarm.example', `https://xswarm.example:443${path}`],
    ['https://xswarm.example/', `https://xswarm.example${path}`],
    ['https://xswarm.example:8443', `https://xswarm.example${path}`],
    ['https://xswarm.example:8443', `https://xswarm.example:8443${path}`],
    ['http://localhost:8787', `http://localhost:8787${path}`],
    ['https://xswarm.example/base', `https://xswarm.example/base${path}`],
    ['https://xswarm.example', `https://xswarm.example${path}#rt=2000&rc=1`],
  ])('for %s may speak of %s', (publicUrl, url) => {
    expect(verifier(publicUrl)(sign(url, {}), path, {})).toBe(true)
  })

  test.each([
    ['another host', `https://evil.example${path}`],
    ['another path', 'https://xswarm.example/webhooks/twilio/sms'],
    ['a query', `https://xswarm.example${path}?a=1`],
    ['plain http', `http://xswarm.example${path}`],
    ['another fragment', `https://xswarm.example${path}#rt=1`],
  ])('for %s does not hold', (_, url) => {
    expect(verifier('https://xswarm.example')(sign(url, {}), path, {})).toBe(false)
  })

  test('does not hold once a field is added, changed, renamed or left out', () => {
    const fields = { CallSid: 'CA1', To: '+18005551001' }
    const signature = sign(`https://xswarm.example${path}`, fields)
    const verify = verifier('https://xswarm.example')
    for (const changed of [
      { ...fields, Extra: '1' },
      { ...fields, To: '+18005551002' },
      { CallSid: 'CA1' },
      { CallSid: 'CA1', to: '+18005551001' },
      {},
    ])
      expect(verify(signature, path, changed)).toBe(false)
  })

  test.each([null, '', 'x', 'A'.repeat(28), '='.repeat(28), `${'A'.repeat(27)}=\n`, '💥'])(
    '%j is none',
    (text) => {
      expect(verifier('https://xswarm.example')(text, path, {})).toBe(false)
    },
  )

  test('is believed from nobody when there is no token', () => {
    const verify = createTwilioVerifier({ publicUrl: 'https://xswarm.example', authTokens: [] })
    expect(verify(sign(`https://xswarm.example${path}`, {}, ''), path, {})).toBe(false)
  })
})
