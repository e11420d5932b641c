import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Said, useReceiver, useTwilioSandbox } from './twilio-stage.ts'

const stage = useTwilioSandbox()
const service = useReceiver()
const PHONE = '+18005550142'
const CALLER = '+15550100123'
const SORRY = "We're sorry, an application error has occurred. Goodbye."

async function own(more: object = {}): Promise<void> {
  const voiceUrl = `${service.url}/voice`
  await stage.client.incomingPhoneNumbers.create({ phoneNumber: PHONE, voiceUrl, ...more })
}

const call = () => stage.sandbox.call({ to: PHONE, from: CALLER })
const twiml = (inner: string): Said => ({
  body: `<?xml version="1.0" encoding="UTF-8"?><Response>${inner}</Response>`,
})

/** Where somebody listened a moment ago and nobody does now. */
async function closedUrl(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

describe('a webhook that fails', () => {
  const failures: readonly [string, Said, number][] = [
    ['answers 500', { status: 500 }, 11200],
    ['answers 404', { status: 404 }, 11200],
    ['answers no XML', { body: 'Hello' }, 12100],
    ['answers broken XML', { body: '<Response><Say>Hello</Response>' }, 12100],
    ['answers another root', { body: '<Answer/>' }, 12100],
    ['answers JSON', { type: 'application/json', body: '{}' }, 12300],
    ['answers far too much', twiml(`<Say>${'x'.repeat(70_000)}</Say>`), 11750],
  ]
  for (const [what, said, code] of failures)
    it(`and ${what} is an apology to the caller, with ${code}`, async () => {
      service.answers['/voice'] = said
      await own()
      const result = await call()
      expect(result).toMatchObject({ status: 'completed', heard: [SORRY] })
      expect(result.problems).toMatchObject([{ code }])
    })

  it('hands over to the fallback, which is told why', async () => {
    service.answers['/voice'] = { status: 503 }
    service.answers['/fallback'] = twiml('<Say>Try again shortly</Say>')
    await own({ voiceFallbackUrl: `${service.url}/fallback` })
    expect((await call()).heard).toEqual(['Try again shortly', '[the call ends]'])
    expect(service.heard[1]?.params).toMatchObject({ ErrorCode: '11200', ErrorUrl: `${service.url}/voice` })
  })

  it('by silence hands over after the time that the address allows', async () => {
    service.answers['/voice'] = { hang: true }
    service.answers['/fallback'] = twiml('<Say>Try again shortly</Say>')
    await own({
      voiceUrl: `${service.url}/voice#rt=150&rc=1&rp=all`,
      voiceFallbackUrl: `${service.url}/fallback`,
    })
    const result = await call()
    expect(result.heard[0]).toBe('Try again shortly')
    expect(result.webhooks[0]).toMatchObject({ attempts: 2, error: { code: 11205 } })
    const tokens = service.heard.slice(0, 2).map(({ headers }) => headers['i-twilio-idempotency-token'])
    expect(tokens[0]).toBe(tokens[1])
    expect(service.heard.map(({ path }) => path)).toEqual(['/voice', '/voice', '/fallback'])
    expect(service.heard[0]?.url).not.toContain('#')
  })

  it('is tried once again when nobody listens, but not for an error it answered', async () => {
    await own({ voiceUrl: `${await closedUrl()}/voice` })
    const away = await call()
    expect(away.webhooks[0]).toMatchObject({ attempts: 2, error: { code: 11205 } })
    expect(away.heard[0]).toBe(SORRY)
    service.answers['/voice'] = { status: 500 }
    await stage.client.incomingPhoneNumbers.create({ phoneNumber: PHONE, voiceUrl: `${service.url}/voice` })
    expect((await call()).webhooks[0]?.attempts).toBe(1)
  })

  it('by redirecting for ever is ended', async () => {
    service.answers['/voice'] = twiml('<Redirect>/voice</Redirect>')
    await own()
    expect((await call()).heard).toEqual([SORRY])
    expect(service.heard).toHaveLength(20)
  })

  it('by being none at all, or overridden, is an apology too', async () => {
    await own({ voiceUrl: '' })
    expect((await call()).heard).toEqual([SORRY])
    const voiceUrl = `${service.url}/voice`
    await stage.client.incomingPhoneNumbers.create({
      phoneNumber: PHONE,
      voiceUrl,
      trunkSid: `TK${'0'.repeat(32)}`,
    })
    expect((await call()).problems).toMatchObject([{ code: 21218 }])
    expect(service.heard).toEqual([])
  })
})

describe('TwiML', () => {
  it('that was not escaped is no way to dial: the breakout is a parse failure or a verb that shows', async () => {
    await own()
    service.answers['/voice'] = twiml('<Say>Hello "]]><Dial>+15550100199</Dial></Say>')
    expect(await call()).toMatchObject({ heard: [SORRY], problems: [{ code: 12100 }] })
    service.answers['/voice'] = twiml('<Say>Hello</Say><Dial>+15550100199</Dial><Say></Say>')
    expect((await call()).connected).toMatchObject({ kind: 'Dial', to: '+15550100199' })
    service.answers['/voice'] = twiml('<Say>Hello &quot;]]&gt;&lt;Dial&gt;+15550100199</Say>')
    const escaped = await call()
    expect(escaped.heard[0]).toBe('Hello "]]><Dial>+15550100199')
    expect(escaped.connected).toBeUndefined()
  })

  it('with what Twilio does not know goes on, and the debugger says so', async () => {
    await own()
    service.answers['/voice'] = twiml('<Say tone="soft">Hello</Say><Sing>la</Sing>words<Say>Bye</Say>')
    const result = await call()
    expect(result.heard).toEqual(['Hello', 'Bye', '[the call ends]'])
    expect(result.problems).toEqual([
      { code: 12200, message: 'Schema validation warning: <Response> holds text outside of a verb' },
      { code: 12200, message: 'Schema validation warning: <Say> has no attribute tone' },
      { code: 12200, message: 'Schema validation warning: <Sing> is not known here' },
    ])
  })

  it('streams over wss only, without a query', async () => {
    await own()
    for (const url of ['ws://example.com/audio', 'wss://example.com/audio?user=1']) {
      service.answers['/voice'] = twiml(`<Connect><Stream url="${url}"/></Connect><Say>Nobody there</Say>`)
      expect(await call()).toMatchObject({
        heard: ['Nobody there', '[the call ends]'],
        problems: [{ code: 11100 }],
      })
    }
  })
})

describe('callbacks on purpose', () => {
  it('come twice at once, the same in everything', async () => {
    await own({ statusCallback: `${service.url}/status` })
    stage.sandbox.misbehave({ duplicateCallbacks: true })
    const result = await call()
    expect(service.heard.map(({ path }) => path)).toEqual(['/voice', '/voice', '/status', '/status'])
    const [, , one, other] = service.heard
    expect(other?.params).toEqual(one?.params)
    expect(other?.signature).toBe(one?.signature)
    expect(other?.headers['i-twilio-idempotency-token']).toBe(one?.headers['i-twilio-idempotency-token'])
    expect(result.callbacks).toHaveLength(2)
    stage.sandbox.misbehave({ duplicateCallbacks: { on: 'status', copies: 3, times: 1 } })
    await call()
    expect(service.heard).toHaveLength(8)
  })

  it('never come', async () => {
    await own({ statusCallback: `${service.url}/status` })
    stage.sandbox.misbehave({ lostCallbacks: { on: 'status' } })
    expect((await call()).status).toBe('completed')
    expect(service.heard.map(({ path }) => path)).toEqual(['/voice'])
  })
})
