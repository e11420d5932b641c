import twilio from 'twilio'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTwilioVerifier } from '../../src/adapters/twilio-signature.ts'
import type { TextForAssistant } from '../../src/domain/assistant.ts'
import { AppError } from '../../src/domain/errors.ts'
import { VOICE_OPTIONS, WEBHOOK_PATHS } from '../../src/domain/telephony.ts'
import { startServer } from '../../src/http/serve.ts'
import { createHttp } from '../../src/http/service.ts'
import { defaultConfig } from '../app.ts'
import { ACCOUNT_SID, AUTH_TOKEN, createNumberWorld, type NumberWorld } from './world.ts'

const owner = '+15551234567'
const publicUrl = 'http://localhost:8787'
let world: NumberWorld
let server: { readonly url: string; close(): Promise<void> }
let texts: TextForAssistant[]
let assistantIsAway = false
let number: string

/** The service behind a real port. Twilio reaches it there, as through a proxy that has the public name. */
beforeEach(async () => {
  texts = []
  assistantIsAway = false
  const defaults = defaultConfig()
  world = await createNumberWorld({
    config: {
      server: { ...defaults.server, public_url: publicUrl },
      assistant: { stream_url: 'wss://assistant.example/s', sms_url: 'https://assistant.example/sms' },
    },
    assistant: {
      takeText: async (_, text) => {
        if (assistantIsAway) throw new AppError('unavailable', 'away')
        texts.push(text)
      },
    },
  })
  const http = createHttp(world.app, {
    verifyTwilio: createTwilioVerifier({
      publicUrl,
      authTokens: ['newer-' + 'token', AUTH_TOKEN],
      fragments: { [WEBHOOK_PATHS.voice]: VOICE_OPTIONS },
    }),
  })
  server = await startServer(http, { host: '127.0.0.1', port: 0 })
  await world.addUser('alice', { persona: 'jarvis' })
  await world.sweep()
  number = (await world.numberOf('alice')) ?? ''
})
afterEach(async () => {
  await server.close()
  await world.close()
})

interface Sent {
  readonly path?: string
  readonly fields?: Record<string, string | undefined>
  readonly token?: string
  readonly signature?: string | null
  readonly headers?: Record<string, string>
}

const voice = () => ({ CallSid: `CA${'1'.repeat(32)}`, To: number, From: owner, AccountSid: ACCOUNT_SID })
const sms = () => ({
  MessageSid: `SM${'1'.repeat(32)}`,
  To: number,
  From: owner,
  Body: 'hello',
  AccountSid: ACCOUNT_SID,
})
const ended = () => ({ ...voice(), CallStatus: 'completed', CallDuration: '61' })

/** As Twilio would, with something changed. */
async function send({ path = WEBHOOK_PATHS.voice, fields = voice(), ...sent }: Sent) {
  const given = Object.fromEntries(
    Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
  const signed = twilio.getExpectedTwilioSignature(sent.token ?? AUTH_TOKEN, publicUrl + path, given)
  const signature = sent.signature === undefined ? signed : sent.signature
  const response = await fetch(server.url + path, {
    method: 'POST',
    body: new URLSearchParams(given),
    headers: { ...(signature !== null && { 'X-Twilio-Signature': signature }), ...sent.headers },
  })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

/** How many rows there are of what a webhook could write. */
async function written(): Promise<string> {
  const [row] = await world.sql(
    'SELECT (SELECT count(*) FROM calls) AS calls, (SELECT count(*) FROM texts) AS texts, (SELECT count(*) FROM jobs) AS jobs',
  )
  return JSON.stringify(row)
}

describe.each([WEBHOOK_PATHS.voice, WEBHOOK_PATHS.sms, WEBHOOK_PATHS.status])('%s', (path) => {
  const fields = () => ({ ...voice(), ...sms(), ...ended() })

  test.each<[string, () => Sent]>([
    ['without a signature', () => ({ signature: null })],
    ['with an empty signature', () => ({ signature: '' })],
    ['with a signature of somebody else', () => ({ token: 'another-' + 'token' })],
    [
      'with a signature for another path',
      () => ({
        signature: twilio.getExpectedTwilioSignature(
          AUTH_TOKEN,
          `${publicUrl}/webhooks/twilio/other`,
          fields(),
        ),
      }),
    ],
    [
      'with a signature for the name it was reached by',
      () => ({
        signature: twilio.getExpectedTwilioSignature(AUTH_TOKEN, server.url + path, fields()),
      }),
    ],
    [
      'with a forged name of the host',
      () => ({
        signature: twilio.getExpectedTwilioSignature(AUTH_TOKEN, `https://evil.example${path}`, fields()),
        headers: { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' },
      }),
    ],
    ['about another account', () => ({ fields: { ...fields(), AccountSid: `AC${'9'.repeat(32)}` } })],
    ['about no account', () => ({ fields: { ...fields(), AccountSid: undefined } })],
  ])('%s is answered with 403, and nothing happens', async (_, sent) => {
    const before = await written()
    expect((await send({ path, fields: fields(), ...sent() })).status).toBe(403)
    expect(await written()).toBe(before)
  })

  test('is believed with any of the tokens, while one replaces another', async () => {
    expect((await send({ path, fields: fields(), token: 'newer-' + 'token' })).status).toBe(200)
  })

  test('for a number that is not ours is answered and changes nothing', async () => {
    const before = await written()
    const answer = await send({ path, fields: { ...fields(), To: '+18335550199' } })
    expect(answer.status).toBe(200)
    expect(await written()).toBe(before)
  })

  test('ignores what it does not know, and refuses what cannot be', async () => {
    expect(
      (await send({ path, fields: { ...fields(), Unheard: 'x', MessagingServiceSid: 'MG1' } })).status,
    ).toBe(200)
    expect((await send({ path, fields: { ...fields(), CallSid: 'x', MessageSid: 'x' } })).status).toBe(422)
  })
})

describe('a call', () => {
  test('is heard through the sandbox: greeting, then the assistant', async () => {
    const [bought] = await world.twilio.list()
    const urls = {
      voice: server.url + WEBHOOK_PATHS.voice,
      voice_fallback: '',
      sms: '',
      sms_fallback: '',
      status: '',
    }
    await world.twilio.configure(bought?.sid ?? '', urls)
    // Signed for the address it rings at, which is not our public one.
    expect((await world.sandbox.call({ to: number, from: owner })).webhooks[0]?.status).toBe(403)
    const answer = await send({})
    expect(answer.type).toContain('text/xml')
    expect(answer.text).toContain('<Say voice="Polly.Brian-Neural">At your service.')
    expect(answer.text).toContain('<Parameter name="user_id" value="alice"/>')
  })

  test('writes nothing while somebody waits, also when it comes twice', async () => {
    const before = await written()
    const [first, second] = [await send({}), await send({})]
    expect(second.text).toBe(first.text)
    expect(await written()).toBe(before)
  })

  test('of a persona that somebody named to break out stays words', async () => {
    const hostile = '"]]><Dial>+15550000000</Dial>'
    const personas = new Map([...world.app.personas])
    const jarvis = personas.get('jarvis')
    if (jarvis === undefined) throw new Error('there is jarvis')
    personas.set('jarvis', { ...jarvis, greeting: hostile, voice: hostile })
    Object.assign(world.app, { personas })
    const { text } = await send({})
    expect(text).not.toContain('<Dial')
    expect(text).toContain('&quot;]]&gt;&lt;Dial&gt;')
  })

  test('when everything is down is answered by what depends on nothing', async () => {
    await world.database.close()
    for (const method of ['GET', 'POST']) {
      const answer = await fetch(`${server.url}${WEBHOOK_PATHS.fallback}?CallSid=CA1&ErrorCode=11200`, {
        method,
      })
      expect(answer.status).toBe(200)
      expect(await answer.text()).toContain('<Say>We cannot take your call right now.')
    }
    expect((await send({})).status).toBe(503)
  })
})

describe('the end of a call', () => {
  const usage = () => world.sql('SELECT kind, units FROM usage')
  const tell = (fields: Record<string, string | undefined> = ended()) =>
    send({ path: WEBHOOK_PATHS.status, fields })

  test('counts started minutes once, however often it is told', async () => {
    for (let times = 0; times < 5; times++) expect((await tell()).status).toBe(200)
    await Promise.all([tell(), tell(), tell()])
    await world.work()
    expect(await usage()).toEqual([{ kind: 'voice', units: 2 }])
    expect(await world.sql('SELECT status, seconds FROM calls')).toEqual([
      { status: 'completed', seconds: 61 },
    ])
  })

  test.each([
    ['a stranger who was turned away', { From: '+15550009999' }],
    ['a call that nobody answered', { CallStatus: 'no-answer', CallDuration: '0' }],
    ['a call without a duration', { CallDuration: undefined }],
  ])('counts nothing for %s', async (_, changed) => {
    expect((await tell({ ...ended(), ...changed })).status).toBe(200)
    await world.work()
    expect(await usage()).toEqual([])
  })

  test('is not yet one while it rings', async () => {
    for (const CallStatus of ['queued', 'ringing', 'in-progress', 'unheard'])
      expect((await tell({ ...ended(), CallStatus })).status).toBe(200)
    expect(await world.sql('SELECT * FROM calls')).toEqual([])
  })
})

describe('a text', () => {
  const tell = (fields: Record<string, string | undefined> = sms()) =>
    send({ path: WEBHOOK_PATHS.sms, fields })

  test('is stored, handed on and counted once, however often it is told, and answered with nothing', async () => {
    for (let times = 0; times < 3; times++)
      expect(await tell()).toMatchObject({
        status: 200,
        text: expect.stringMatching(/<Response><\/Response>$/),
      })
    await world.work()
    await tell()
    await world.work()
    expect(texts).toMatchObject([
      { user_id: 'alice', persona: 'jarvis', to: number, from: owner, sender: 'owner', body: 'hello' },
    ])
    expect(await world.sql('SELECT kind, units FROM usage')).toEqual([{ kind: 'sms', units: 1 }])
  })

  test('waits while the assistant is away', async () => {
    assistantIsAway = true
    await tell()
    await world.work(60_000)
    expect(texts).toEqual([])
    assistantIsAway = false
    await world.work(600_000)
    expect(texts).toHaveLength(1)
  })

  test.each([
    ['STOP', {}, 'stop'],
    [' stop ', {}, 'stop'],
    ['Help', {}, 'help'],
    ['UNSTOP', {}, 'start'],
    ['please stop', { OptOutType: 'STOP' }, 'stop'],
    ['stop it, please', {}, 'text'],
  ])('%j is taken for what the network takes it for', async (Body, more, kind) => {
    expect((await tell({ ...sms(), Body, ...more })).text).toMatch(/<Response><\/Response>$/)
    await world.work()
    expect(await world.sql('SELECT kind FROM texts')).toEqual([{ kind }])
    expect(texts).toHaveLength(kind === 'text' ? 1 : 0)
  })

  test('to a number in its grace time is not kept', async () => {
    await world.setTier('alice', 'free')
    await world.work()
    expect((await tell()).status).toBe(200)
    expect(await world.sql('SELECT * FROM texts')).toEqual([])
  })

  test('is forgotten after 30 days', async () => {
    await tell()
    await world.work()
    world.clock.advance(31 * 24 * 3_600_000)
    await world.sweep()
    expect(await world.sql('SELECT * FROM texts')).toEqual([])
  })
})
