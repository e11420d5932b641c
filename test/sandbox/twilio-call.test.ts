import twilio from 'twilio'
import { describe, expect, it } from 'vitest'
import { ACCOUNT, TOKEN, useReceiver, useTwilioSandbox } from './twilio-stage.ts'

const stage = useTwilioSandbox()
const service = useReceiver()
const PHONE = '+18005550142'
const CALLER = '+15550100123'

const { VoiceResponse } = twilio.twiml

async function own(more: object = {}): Promise<void> {
  const voiceUrl = `${service.url}/voice`
  await stage.client.incomingPhoneNumbers.create({ phoneNumber: PHONE, voiceUrl, ...more })
}

function say(words: string): { body: string } {
  const twiml = new VoiceResponse()
  twiml.say(words)
  return { body: twiml.toString() }
}

describe('a call', () => {
  it("asks the number's webhook with Twilio's parameters, signed so that the SDK believes it", async () => {
    await own()
    const { callSid } = await stage.sandbox.call({ to: PHONE, from: CALLER })
    expect(service.heard).toHaveLength(1)
    const [heard] = service.heard
    if (heard === undefined) throw new Error('heard nothing')
    expect(heard.method).toBe('POST')
    expect(heard.params).toEqual({
      ...{ AccountSid: ACCOUNT, ApiVersion: '2010-04-01', CallSid: callSid, CallStatus: 'ringing' },
      ...{ Direction: 'inbound', From: CALLER, Caller: CALLER, To: PHONE, Called: PHONE },
      ...{ FromCity: 'LOS ANGELES', FromState: 'CA', FromZip: '90001', FromCountry: 'US' },
      ...{ CallerCity: 'LOS ANGELES', CallerState: 'CA', CallerZip: '90001', CallerCountry: 'US' },
      ...{ ToCity: '', ToState: '', ToZip: '', ToCountry: 'US' },
      ...{ CalledCity: '', CalledState: '', CalledZip: '', CalledCountry: 'US' },
      StirVerstat: 'TN-Validation-Passed-A',
    })
    expect(callSid).toMatch(/^CA[0-9a-f]{32}$/)
    expect(heard.headers['content-type']).toBe('application/x-www-form-urlencoded; charset=UTF-8')
    expect(heard.headers['i-twilio-idempotency-token']).toMatch(/^[0-9a-f-]{36}$/)
    expect(twilio.validateRequest(TOKEN, heard.signature, heard.url, heard.params)).toBe(true)
    expect(
      twilio.validateRequest(TOKEN, heard.signature, heard.url, { ...heard.params, From: '+15550100199' }),
    ).toBe(false)
    expect(twilio.validateRequest('another', heard.signature, heard.url, heard.params)).toBe(false)
  })

  it('hears what is said, in its voice, and is put through to the stream with its parameters', async () => {
    const twiml = new VoiceResponse()
    twiml.say({ voice: 'Polly.Matthew' }, 'Good evening & "welcome" <friend>')
    twiml.pause({ length: 2 })
    const stream = twiml.connect().stream({ url: 'wss://assistant.example.com/audio' })
    stream.parameter({ name: 'user_id', value: 'user-1' })
    twiml.say('Never reached')
    service.answers['/voice'] = { body: twiml.toString() }
    await own()
    const call = await stage.sandbox.call({ to: PHONE, from: CALLER, talkSeconds: 60 })
    expect(call).toMatchObject({
      status: 'completed',
      heard: [
        'Good evening & "welcome" <friend>',
        '[pause, 2 s]',
        '[connected to wss://assistant.example.com/audio]',
        '[the call ends]',
      ],
      connected: {
        kind: 'Stream',
        to: 'wss://assistant.example.com/audio',
        parameters: { user_id: 'user-1' },
      },
      problems: [],
    })
    expect(call.steps[0]).toEqual({
      verb: 'Say',
      attributes: { voice: 'Polly.Matthew' },
      text: 'Good evening & "welcome" <friend>',
    })
    expect(call.seconds).toBe(65)
  })

  it('follows redirects, also relative ones and by GET, signed over the whole address', async () => {
    const first = new VoiceResponse()
    first.play('https://example.com/chime.mp3')
    first.redirect({ method: 'GET' }, '/next?step=2')
    service.answers['/voice'] = { body: first.toString() }
    service.answers['/next'] = say('Here we are')
    await own()
    const call = await stage.sandbox.call({ to: PHONE, from: CALLER })
    expect(call.heard).toEqual(['[plays https://example.com/chime.mp3]', 'Here we are', '[the call ends]'])
    const next = service.heard[1]
    expect(next?.method).toBe('GET')
    const query = new URL(next?.url ?? '').searchParams
    expect(query.get('step')).toBe('2')
    expect(query.get('CallStatus')).toBe('in-progress')
    expect(twilio.validateRequest(TOKEN, next?.signature ?? '', next?.url ?? '', {})).toBe(true)
  })

  it('presses keys when asked, and goes on without when it does not', async () => {
    const menu = new VoiceResponse()
    menu.gather({ numDigits: 1, action: '/chosen', timeout: 3 }).say('Press one')
    menu.say('You pressed nothing')
    service.answers['/voice'] = { body: menu.toString() }
    service.answers['/chosen'] = (heard) => say(`You pressed ${heard.params.Digits}`)
    await own()
    const pressing = await stage.sandbox.call({ to: PHONE, from: CALLER, digits: '1' })
    expect(pressing.heard).toEqual(['Press one', 'You pressed 1', '[the call ends]'])
    const silent = await stage.sandbox.call({ to: PHONE, from: CALLER })
    expect(silent.heard).toEqual([
      'Press one',
      '[waits for an answer]',
      'You pressed nothing',
      '[the call ends]',
    ])
  })

  it('can be hung up, dialled on, or rejected', async () => {
    await own()
    const answer = async (build: (twiml: InstanceType<typeof VoiceResponse>) => void) => {
      const twiml = new VoiceResponse()
      build(twiml)
      service.answers['/voice'] = { body: twiml.toString() }
      return await stage.sandbox.call({ to: PHONE, from: CALLER })
    }
    const busy = await answer((twiml) => twiml.reject({ reason: 'busy' }))
    expect(busy).toMatchObject({ status: 'busy', heard: ['[busy signal]'], seconds: 0 })
    const rejected = await answer((twiml) => twiml.reject())
    expect(rejected).toMatchObject({
      status: 'failed',
      heard: ['The number you have dialed is not in service.'],
    })
    const hungUp = await answer((twiml) => {
      twiml.hangup()
      twiml.say('Never said')
    })
    expect(hungUp.heard).toEqual(['[the call ends]'])
    const dialled = await answer((twiml) => twiml.dial('+15550100199'))
    expect(dialled.connected).toEqual({ kind: 'Dial', to: '+15550100199', parameters: {} })
  })

  it('tells the status callback how long it took', async () => {
    service.answers['/voice'] = say('x'.repeat(15 * 61))
    await own({ statusCallback: `${service.url}/status` })
    const { callSid, callbacks } = await stage.sandbox.call({ to: PHONE, from: CALLER })
    const status = service.heard[1]
    expect(status?.path).toBe('/status')
    expect(status?.params).toMatchObject({
      CallSid: callSid,
      CallStatus: 'completed',
      CallDuration: '61',
      Duration: '2',
      From: CALLER,
      To: PHONE,
      Timestamp: 'Mon, 23 Nov 2026 12:01:01 +0000',
      SequenceNumber: '0',
    })
    expect(callbacks).toHaveLength(1)
    const { signature = '', url = '', params = {} } = status ?? {}
    expect(twilio.validateRequest(TOKEN, signature, url, params)).toBe(true)
  })

  it('of a hidden caller comes from the keys of ANONYMOUS', async () => {
    await own()
    await stage.sandbox.call({ to: PHONE, from: 'anonymous' })
    expect(service.heard[0]?.params).toMatchObject({ From: '+266696687', FromCountry: '' })
  })

  it('to a number nobody has reaches nobody, and nonsense is refused', async () => {
    const nobody = await stage.sandbox.call({ to: PHONE, from: CALLER })
    expect(nobody).toMatchObject({
      status: 'failed',
      heard: ['The number you have dialed is not in service.'],
      webhooks: [],
    })
    await expect(stage.sandbox.call({ to: 'home', from: CALLER })).rejects.toMatchObject({ code: 'invalid' })
  })

  it('to a suspended account is not put through, and on trial hears so first', async () => {
    service.answers['/voice'] = say('Hello')
    await own()
    await stage.sandbox.changeAccount({ type: 'Trial' })
    const trial = await stage.sandbox.call({ to: PHONE, from: CALLER })
    expect(trial.heard[0]).toMatch(/^You have a trial account/)
    expect(trial.heard[1]).toBe('Hello')
    await stage.sandbox.changeAccount({ status: 'suspended' })
    const suspended = await stage.sandbox.call({ to: PHONE, from: CALLER })
    expect(suspended).toMatchObject({ status: 'failed', webhooks: [], problems: [{ code: 10003 }] })
  })
})
