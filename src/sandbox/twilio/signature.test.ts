import twilio from 'twilio'
import { describe, expect, it } from 'vitest'
import { signatureOf } from './signature.ts'

const TOKEN = 'not-a-real-' + 'token'
const PARAMS = { To: '+18005550142', From: '+15550100123', Body: 'ü & more', Empty: '' }

describe('signatureOf', () => {
  const urls: readonly [string, string][] = [
    ['https://example.com/webhooks/twilio/voice', 'https://example.com/webhooks/twilio/voice'],
    ['http://127.0.0.1:8787/voice?step=2&name=a%20b', 'http://127.0.0.1:8787/voice?step=2&name=a%20b'],
    ['https://example.com/voice#rt=2000&rc=1', 'https://example.com/voice'],
    ['https://example.com:8443/voice', 'https://example.com:8443/voice'],
    ['https://user:secret@example.com/voice', 'https://example.com/voice'],
  ]
  for (const [configured, received] of urls)
    it(`is believed by the SDK for ${configured}`, () => {
      const signature = signatureOf(TOKEN, configured, PARAMS)
      expect(twilio.validateRequest(TOKEN, signature, received, PARAMS)).toBe(true)
      expect(twilio.validateRequest(TOKEN, signature, `${received}x`, PARAMS)).toBe(false)
    })
})
