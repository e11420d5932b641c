import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { useReceiver, useTwilioSandbox } from './twilio-stage.ts'

const stage = useTwilioSandbox()
const service = useReceiver()
const PHONE = '+18005550142'
const CALLER = '+15550100123'

const own = () =>
  stage.client.incomingPhoneNumbers.create({
    phoneNumber: PHONE,
    voiceUrl: `${service.url}/voice`,
    smsUrl: `${service.url}/sms`,
  })

/** As a program does. */
async function post(path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${stage.sandbox.url}/_sandbox/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

/** As the page's form does in a browser. */
async function submit(path: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  return await fetch(`${stage.sandbox.url}/_sandbox/${path}`, {
    method: 'POST',
    headers: { Accept: 'text/html', 'Sec-Fetch-Site': 'same-origin', ...headers },
    body: new URLSearchParams(form),
    redirect: 'manual',
  })
}

async function read(path: string): Promise<string> {
  return await (await fetch(stage.sandbox.url + path, { headers: { Accept: 'text/html' } })).text()
}

describe('the control routes', () => {
  it('call and text a number and answer what came of it', async () => {
    await own()
    service.answers['/voice'] = { body: '<Response><Say>Hello</Say></Response>' }
    expect((await post('call', { to: PHONE, from: CALLER })).body).toMatchObject({
      status: 'completed',
      heard: ['Hello', '[the call ends]'],
    })
    service.answers['/sms'] = { body: '<Response><Message>Hi</Message></Response>' }
    expect((await post('text', { to: PHONE, from: CALLER, body: 'Hello' })).body).toMatchObject({
      status: 'received',
      replies: [{ body: 'Hi' }],
    })
  })

  it('misbehave and behave', async () => {
    const set = await post('misbehave', { lostAnswers: { on: 'buy', times: 2 }, rateLimit: true })
    expect(set.body).toMatchObject({ faults: [{ name: 'lostAnswers', timesLeft: 2 }, { name: 'rateLimit' }] })
    expect(await post('behave', {})).toEqual({ status: 200, body: { faults: [] } })
    expect(stage.sandbox.faults()).toEqual([])
  })

  it('move the clock, change the account, and show everything there is', async () => {
    const { sid } = await own()
    expect((await post('advance', { by: '31d' })).body).toEqual({ now: '2026-12-24T12:00:00.000Z' })
    expect((await post('advance', { ms: 1000 })).body).toEqual({ now: '2026-12-24T12:00:01.000Z' })
    expect((await post('account', { type: 'Trial' })).body).toMatchObject({ type: 'Trial', status: 'active' })
    const state = JSON.parse(await read('/_sandbox/state')) as Record<string, unknown>
    expect(state).toMatchObject({
      account: { type: 'Trial' },
      numbers: [{ sid, phone_number: PHONE }],
      warnings: [],
    })
    expect(JSON.stringify(state)).not.toContain('not-a-real')
  })

  const mistakes: readonly [string, object, number][] = [
    ['call', { to: PHONE }, 422],
    ['call', { to: 'home', from: CALLER }, 422],
    ['text', { to: PHONE, from: CALLER }, 422],
    ['misbehave', { nonsense: true }, 422],
    ['advance', { by: 'soon' }, 422],
    ['advance', { ms: -1 }, 422],
    ['account', { status: 'gone' }, 422],
    ['verification', { sid: 'HH1', status: 'TWILIO_APPROVED' }, 404],
    ['nothing', {}, 404],
  ]
  for (const [path, body, status] of mistakes)
    it(`refuse ${path} ${JSON.stringify(body)} with ${status} and a sentence`, async () => {
      const answer = await post(path, body)
      expect(answer.status).toBe(status)
      expect(answer.body.detail).toMatch(/\.$/)
    })

  it('need no password but answer to this machine only', async () => {
    const foreignForm = await submit('behave', {}, { 'Sec-Fetch-Site': 'cross-site' })
    expect(foreignForm.status).toBe(403)
    const foreignOrigin = await fetch(`${stage.sandbox.url}/_sandbox/behave`, {
      method: 'POST',
      headers: { Origin: 'https://evil.example.com' },
    })
    expect(foreignOrigin.status).toBe(403)
    expect(await statusAt('sandbox.evil.example.com')).toBe(403)
    expect(await statusAt(new URL(stage.sandbox.url).host)).toBe(200)
  })
})

describe('the control page', () => {
  it('is marked, and holds no inline style or script', async () => {
    await own()
    const answer = await fetch(`${stage.sandbox.url}/_sandbox`)
    const page = await answer.text()
    expect(answer.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    expect(page).toContain('<strong>SANDBOX</strong>')
    expect(page).toContain('(800) 555-0142')
    expect(page).not.toMatch(/<script|<style|style=|\son\w+=/)
    for (const [, path = ''] of page.matchAll(/<link[^>]+href="([^"]+)"/g))
      expect([path, (await fetch(stage.sandbox.url + path)).status]).toEqual([path, 200])
    expect((await fetch(stage.sandbox.url, { redirect: 'manual' })).headers.get('location')).toBe('/_sandbox')
  })

  it('calls from a form and shows what was heard, escaped', async () => {
    await own()
    service.answers['/voice'] = {
      body: '<Response><Say>&lt;script&gt;alert(1)&lt;/script&gt;</Say></Response>',
    }
    const answer = await submit('call', { to: PHONE, from: CALLER, digits: '' })
    expect(answer.status).toBe(303)
    const page = await read(answer.headers.get('location') ?? '')
    expect(page).toContain('“&lt;script&gt;alert(1)&lt;/script&gt;”')
    expect(page).not.toContain('<script')
    expect(await read('/_sandbox')).toContain('/_sandbox/calls/CA')
  })

  it('texts from a form and shows what came back', async () => {
    await own()
    const answer = await submit('text', { to: PHONE, from: CALLER, body: 'STOP' })
    expect(await read(answer.headers.get('location') ?? '')).toContain('NETWORK MSG')
  })

  it('misbehaves from a form, and says in words what does not work', async () => {
    const set = await submit('misbehave', {
      fault: 'slow',
      on: 'buy',
      times: '1',
      share: '',
      forMs: '',
      ms: '250',
    })
    expect(set.status).toBe(303)
    expect(stage.sandbox.faults()).toMatchObject([{ name: 'slow', on: ['buy'], timesLeft: 1, ms: 250 }])
    expect(await read('/_sandbox')).toContain('<td>once</td>')
    const wrong = await submit('misbehave', { fault: 'slow', on: '', times: '' })
    expect(wrong.status).toBe(422)
    expect(await wrong.text()).toContain('The misbehaviour slow needs ms.')
  })
})

/** The browser's `Host` when another name was made to point at this machine. */
async function statusAt(host: string): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    request(`${stage.sandbox.url}/_sandbox`, { headers: { Host: host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
      .on('error', reject)
      .end()
  })
}
