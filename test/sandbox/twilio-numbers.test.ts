import { describe, expect, it } from 'vitest'
import { ACCOUNT, faultOf, TOKEN, useTwilioSandbox } from './twilio-stage.ts'

const stage = useTwilioSandbox()
const PHONE = '+18005550142'

const KEYS_OF_A_NUMBER = [
  ...[
    'account_sid',
    'address_requirements',
    'address_sid',
    'api_version',
    'beta',
    'bundle_sid',
    'capabilities',
  ],
  ...[
    'date_created',
    'date_updated',
    'emergency_address_sid',
    'emergency_address_status',
    'emergency_status',
  ],
  ...['friendly_name', 'identity_sid', 'origin', 'phone_number', 'sid', 'sms_application_sid'],
  ...['sms_fallback_method', 'sms_fallback_url', 'sms_method', 'sms_url', 'status', 'status_callback'],
  ...[
    'status_callback_method',
    'trunk_sid',
    'type',
    'uri',
    'voice_application_sid',
    'voice_caller_id_lookup',
  ],
  ...['voice_fallback_method', 'voice_fallback_url', 'voice_method', 'voice_receive_mode', 'voice_url'],
]

describe('buying', () => {
  it('answers 201 with exactly the 35 keys of a number, configured in the same step', async () => {
    const bought = await rawBuy({
      PhoneNumber: PHONE,
      FriendlyName: 'xs1:test:job-1',
      VoiceUrl: 'https://example.com/voice#rt=2000',
      SmsUrl: 'https://example.com/sms',
    })
    expect(bought.status).toBe(201)
    const body = (await bought.json()) as Record<string, unknown>
    expect(Object.keys(body).sort()).toEqual(KEYS_OF_A_NUMBER)
    expect(KEYS_OF_A_NUMBER).toHaveLength(35)
    expect(body).toMatchObject({
      account_sid: ACCOUNT,
      phone_number: PHONE,
      friendly_name: 'xs1:test:job-1',
      voice_url: 'https://example.com/voice#rt=2000',
      voice_method: 'POST',
      status: 'in-use',
      origin: 'twilio',
      address_requirements: 'none',
      date_created: 'Mon, 23 Nov 2026 12:00:00 +0000',
      uri: `/2010-04-01/Accounts/${ACCOUNT}/IncomingPhoneNumbers/${String(body.sid)}.json`,
    })
    expect(body.sid).toMatch(/^PN[0-9a-f]{32}$/)
  })

  it('reads back through the SDK as it was set, by either door', async () => {
    const one = await stage.client.incomingPhoneNumbers.tollFree.create({ phoneNumber: PHONE })
    expect(one.friendlyName).toBe('(800) 555-0142')
    expect(one.dateCreated).toEqual(new Date(stage.clock.now()))
    const again = await stage.client.incomingPhoneNumbers(one.sid).fetch()
    expect(again.phoneNumber).toBe(PHONE)
    expect(again.capabilities).toMatchObject({ voice: true, sms: true })
  })

  it('acts as an update when the account owns the number already: 201, the same SID, no second number', async () => {
    const first = await stage.client.incomingPhoneNumbers.create({ phoneNumber: PHONE, friendlyName: 'one' })
    const second = await rawBuy({ PhoneNumber: PHONE, VoiceUrl: 'https://example.com/voice' })
    expect(second.status).toBe(201)
    expect(await second.json()).toMatchObject({
      sid: first.sid,
      friendly_name: 'one',
      voice_url: 'https://example.com/voice',
    })
    expect(await stage.client.incomingPhoneNumbers.list()).toHaveLength(1)
  })

  it('by area code buys another one each time', async () => {
    const one = await stage.client.incomingPhoneNumbers.create({ areaCode: '877' })
    const other = await stage.client.incomingPhoneNumbers.create({ areaCode: '877' })
    expect(one.phoneNumber).toMatch(/^\+1877555/)
    expect(other.phoneNumber).not.toBe(one.phoneNumber)
  })

  const refusals: readonly [string, Record<string, string>, number][] = [
    ['a number that is not for sale', { PhoneNumber: '+15550100123' }, 21422],
    ["the number of Twilio's own test for it", { PhoneNumber: '+15005550000' }, 21422],
    ['a number that is none', { PhoneNumber: '800-CALL' }, 21421],
    ['neither number nor area code', { FriendlyName: 'one' }, 21421],
    ['an area code without stock', { AreaCode: '212' }, 21452],
    ['an area code that is none', { AreaCode: '88' }, 21451],
    ['a webhook that is no address', { PhoneNumber: PHONE, VoiceUrl: 'ftp://example.com' }, 21402],
    [
      'a method that is none',
      { PhoneNumber: PHONE, VoiceUrl: 'https://example.com', VoiceMethod: 'PUT' },
      21403,
    ],
    [
      'a fallback for calls without a webhook',
      { PhoneNumber: PHONE, VoiceFallbackUrl: 'https://example.com' },
      21405,
    ],
    [
      'a fallback for texts without a webhook',
      { PhoneNumber: PHONE, SmsFallbackUrl: 'https://example.com' },
      21406,
    ],
    ['a name that is too long', { PhoneNumber: PHONE, FriendlyName: 'x'.repeat(65) }, 20001],
  ]
  for (const [what, form, code] of refusals)
    it(`refuses ${what} with ${code}, and buys nothing`, async () => {
      const answer = await rawBuy(form)
      const body = (await answer.json()) as Record<string, unknown>
      expect(answer.status).toBe(400)
      expect(Object.keys(body).sort()).toEqual(['code', 'message', 'more_info', 'status'])
      expect(body).toMatchObject({
        code,
        status: 400,
        more_info: `https://www.twilio.com/docs/errors/${code}`,
      })
      expect(await stage.client.incomingPhoneNumbers.list()).toEqual([])
    })
})

describe('configuring and releasing', () => {
  it('changes what is named and nothing else', async () => {
    const { sid } = await stage.client.incomingPhoneNumbers.create({
      phoneNumber: PHONE,
      friendlyName: 'one',
      voiceUrl: 'https://example.com/voice',
    })
    stage.clock.pass(60_000)
    const after = await stage.client.incomingPhoneNumbers(sid).update({ smsUrl: 'https://example.com/sms' })
    expect(after).toMatchObject({ friendlyName: 'one', voiceUrl: 'https://example.com/voice' })
    expect(after.smsUrl).toBe('https://example.com/sms')
    expect(after.dateUpdated.getTime() - after.dateCreated.getTime()).toBe(60_000)
    const cleared = await stage.client.incomingPhoneNumbers(sid).update({ voiceUrl: '' })
    expect(cleared.voiceUrl).toBe('')
  })

  it('releases once, knows nothing of it afterwards, and sells it to nobody again', async () => {
    const { sid } = await stage.client.incomingPhoneNumbers.create({ phoneNumber: PHONE })
    expect(await stage.client.incomingPhoneNumbers(sid).remove()).toBe(true)
    expect(await faultOf(stage.client.incomingPhoneNumbers(sid).remove())).toMatchObject({
      status: 404,
      code: 20404,
    })
    expect(await faultOf(stage.client.incomingPhoneNumbers(sid).fetch())).toMatchObject({
      status: 404,
      code: 20404,
    })
    const update = stage.client.incomingPhoneNumbers(sid).update({ friendlyName: 'ghost' })
    expect(await faultOf(update)).toMatchObject({ status: 404, code: 20404 })
    expect(await stage.client.incomingPhoneNumbers.list()).toEqual([])
    const again = stage.client.incomingPhoneNumbers.create({ phoneNumber: PHONE })
    expect(await faultOf(again)).toMatchObject({ status: 400, code: 21422 })
  })
})

async function rawBuy(form: Record<string, string>): Promise<Response> {
  return await fetch(`${stage.sandbox.url}/2010-04-01/Accounts/${ACCOUNT}/IncomingPhoneNumbers.json`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${ACCOUNT}:${TOKEN}`)}` },
    body: new URLSearchParams(form),
  })
}
