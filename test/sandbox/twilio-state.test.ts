import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startTwilioSandbox } from '../../src/sandbox/twilio/start.ts'
import { ACCOUNT, clientOf, faultOf, TOKEN, useTwilioSandbox } from './twilio-stage.ts'

const stage = useTwilioSandbox()
const PHONE = '+18005550142'

describe('a restart', () => {
  it('keeps numbers, what was given back, what others bought, the account and the clock', async () => {
    const kept = await stage.client.incomingPhoneNumbers.create({ phoneNumber: PHONE, friendlyName: 'kept' })
    const gone = await stage.client.incomingPhoneNumbers.create({ areaCode: '888' })
    await stage.client.incomingPhoneNumbers(gone.sid).remove()
    stage.sandbox.misbehave({ stolen: { times: 1 } })
    await faultOf(stage.client.incomingPhoneNumbers.create({ phoneNumber: '+18775550142' }))
    await stage.sandbox.changeAccount({ type: 'Trial' })
    await stage.sandbox.advance(86_400_000)
    await stage.restart()

    const [number, ...more] = await stage.client.incomingPhoneNumbers.list()
    expect(more).toEqual([])
    expect(number).toMatchObject({ sid: kept.sid, friendlyName: 'kept', dateCreated: kept.dateCreated })
    await stage.sandbox.changeAccount({ type: 'Full' })
    for (const phoneNumber of [gone.phoneNumber, '+18775550142'])
      expect(await faultOf(stage.client.incomingPhoneNumbers.create({ phoneNumber }))).toMatchObject({
        code: 21422,
      })
    const next = await stage.client.incomingPhoneNumbers.create({ areaCode: '888' })
    expect(next.dateCreated.getTime()).toBe(stage.clock.now() + 86_400_000)
    const [newest] = await stage.client.incomingPhoneNumbers.list()
    expect(newest?.sid).toBe(next.sid)
  })

  it('keeps every number that was acknowledged, many at once included', async () => {
    const bought = await Promise.all(
      Array.from({ length: 40 }, () => stage.client.incomingPhoneNumbers.create({ areaCode: '866' })),
    )
    await stage.restart()
    const found = await stage.client.incomingPhoneNumbers.list()
    expect(found.map(({ sid }) => sid).sort()).toEqual(bought.map(({ sid }) => sid).sort())
  })

  it('forgets the faults: a sandbox that starts behaves', async () => {
    stage.sandbox.misbehave({ rateLimit: true })
    await stage.restart()
    await stage.client.incomingPhoneNumbers.list()
  })
})

describe('the state file', () => {
  it('holds a purchase before its answer leaves, and a torn last line costs nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'xswarm-twilio-'))
    const statePath = join(folder, 'deep', 'twilio.jsonl')
    const options = { accountSid: ACCOUNT, authToken: TOKEN, statePath }
    const first = await startTwilioSandbox(options)
    await clientOf(first.url).incomingPhoneNumbers.create({ phoneNumber: PHONE })
    const onDisk = readFileSync(statePath, 'utf8')
    expect(onDisk).toContain(PHONE)
    await first.close()
    appendFileSync(statePath, '[["number","PNtorn",{"sid"')
    const second = await startTwilioSandbox(options)
    expect(await clientOf(second.url).incomingPhoneNumbers.list()).toHaveLength(1)
    await second.close()
    rmSync(folder, { recursive: true })
  })

  it('that is none of ours stops the start with a sentence', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'xswarm-twilio-'))
    const statePath = join(folder, 'twilio.jsonl')
    writeFileSync(statePath, 'hello\n')
    const start = startTwilioSandbox({ accountSid: ACCOUNT, authToken: TOKEN, statePath })
    await expect(start).rejects.toThrow(/cannot be read. Move the file away/)
    rmSync(folder, { recursive: true })
  })

  it('and a port in use stops it with another', async () => {
    const port = Number(new URL(stage.sandbox.url).port)
    const start = startTwilioSandbox({ accountSid: ACCOUNT, authToken: TOKEN, port })
    await expect(start).rejects.toThrow(/cannot listen on port/)
  })
})

describe('what Twilio would silently ignore', () => {
  it('is listed: unknown parameters, a body that is no form, calls that this sandbox lacks', async () => {
    await stage.client.incomingPhoneNumbers.create({
      phoneNumber: PHONE,
      voiceUrl: 'https://example.com/voice',
    })
    await stage.client
      .availablePhoneNumbers('US')
      .tollFree.list({ smsEnabled: true, voiceEnabled: true, limit: 1 })
    expect(stage.sandbox.warnings()).toEqual([])
    const headers = { Authorization: `Basic ${btoa(`${ACCOUNT}:${TOKEN}`)}` }
    const base = `${stage.sandbox.url}/2010-04-01/Accounts/${ACCOUNT}`
    const body = new URLSearchParams({ PhoneNumber: PHONE, VoiceURL: 'https://example.com' })
    expect((await fetch(`${base}/IncomingPhoneNumbers.json`, { method: 'POST', headers, body })).status).toBe(
      201,
    )
    const json = { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: '{}' }
    expect((await fetch(`${base}/IncomingPhoneNumbers.json`, json)).status).toBe(400)
    expect((await fetch(`${base}/Calls.json`, { headers })).status).toBe(404)
    expect((await fetch(`${base}/IncomingPhoneNumbers.json`, { method: 'PUT', headers })).status).toBe(405)
    expect(stage.sandbox.warnings().map(({ message }) => message)).toEqual([
      'Twilio ignores the parameter VoiceURL here.',
      'The body is no form, so Twilio reads nothing of it.',
      'This sandbox does not know this call.',
      'This sandbox does not know this call.',
    ])
  })
})
