import { expect, it } from 'vitest'
import { defaultConfig } from '../../test/app.ts'
import { entitlementOf, isGranted, isTier } from './tiers.ts'
import { formatTimestamp, readTimestamp } from './times.ts'

it('a tier entitles to what config says, and a tier we do not have to what free has', () => {
  const config = defaultConfig()
  expect(entitlementOf('premium', config)).toEqual({
    toll_free_number: true,
    voice_minutes: 100,
    sms_messages: 100,
  })
  expect(entitlementOf('free', config).toll_free_number).toBe(false)
  for (const strange of ['gold', '', '__proto__', 'constructor', 'Premium']) {
    expect(isTier(strange)).toBe(false)
    expect(entitlementOf(strange, config)).toBe(config.tiers.free)
  }
})

it('a tier without a Stripe customer is granted', () => {
  expect(isGranted({ subscription_tier: 'premium', stripe_customer_id: null })).toBe(true)
  expect(isGranted({ subscription_tier: 'premium', stripe_customer_id: 'cus_1' })).toBe(false)
  expect(isGranted({ subscription_tier: 'free', stripe_customer_id: null })).toBe(false)
})

it('times are written and read as CURRENT_TIMESTAMP writes them', () => {
  const moment = Date.UTC(2026, 10, 23, 14, 17, 5)
  expect(formatTimestamp(moment + 999)).toBe('2026-11-23 14:17:05')
  expect(readTimestamp('2026-11-23 14:17:05')).toBe(moment)
  for (const text of [
    '',
    'now',
    '2026-11-23',
    '2026-02-30 00:00:00',
    '2026-11-23T14:17:05Z',
    '2026-13-01 00:00:00',
    '2026-11-23 24:00:00',
  ]) {
    expect([text, readTimestamp(text)]).toEqual([text, undefined])
  }
})
