import * as oauth from 'oauth4webapi'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../../src/http/serve.ts'
import type { HttpService } from '../../src/http/service.ts'
import { ask, bearer, createTestService, post, signInAs, signInBrowser, type TestService } from './people.ts'

const email = 'alice@example.com'
const clientId = 'an-independent-client'
let parts: TestService
beforeEach(async () => {
  parts = await createTestService()
})
afterEach(() => parts.close())

function form(fields: Record<string, string>): RequestInit {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  }
}

const request = (fields: Record<string, string> = { client_id: clientId }) =>
  ask(parts, '/api/auth/device', form(fields))
const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
const poll = (device_code: string, more: Record<string, string> = {}) =>
  ask(parts, '/api/auth/token', form({ grant_type, device_code, client_id: clientId, ...more }))

const signedInBrowser = async (who = email) => (await signInBrowser(parts, who)).browser

describe('an independent OAuth client', () => {
  let server: RunningServer
  let remote: TestService
  const insecure = { [oauth.allowInsecureRequests]: true }
  const client: oauth.Client = { client_id: clientId }

  beforeEach(async () => {
    // The issuer is configured, so the port has to be known before: a first server finds a free one.
    const placeholder = await startServer(parts.service, { host: '127.0.0.1', port: 0 })
    await placeholder.close()
    const config = { ...parts.app.config.server, public_url: placeholder.url }
    remote = await createTestService({ config: { server: config } })
    server = await startServer(remote.service as HttpService, {
      host: '127.0.0.1',
      port: Number(new URL(placeholder.url).port),
    })
  })
  afterEach(async () => {
    await server.close()
    await remote.close()
  })

  async function discover(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(server.url)
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
    return oauth.processDiscoveryResponse(issuer, response)
  }

  async function begin(as: oauth.AuthorizationServer): Promise<oauth.DeviceAuthorizationResponse> {
    const parameters = new URLSearchParams({ device_name: 'the kitchen' })
    const response = await oauth.deviceAuthorizationRequest(as, client, oauth.None(), parameters, insecure)
    return oauth.processDeviceAuthorizationResponse(as, client, response)
  }

  async function token(as: oauth.AuthorizationServer, code: string): Promise<oauth.TokenEndpointResponse> {
    const response = await oauth.deviceCodeGrantRequest(as, client, oauth.None(), code, insecure)
    return oauth.processDeviceCodeResponse(as, client, response)
  }

  const errorOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'none',
      (error) => (error instanceof oauth.ResponseBodyError ? error.error : String(error)),
    )

  it('finds the endpoints, waits, is told to slow down, and gets a token that works', async () => {
    const { token: mine, userId } = await signInAs(remote, email)
    const as = await discover()
    const asked = await begin(as)
    expect(asked).toMatchObject({ expires_in: 600, interval: 5, verification_uri: `${server.url}/device` })
    expect(asked.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    expect(await errorOf(token(as, asked.device_code))).toBe('authorization_pending')
    expect(await errorOf(token(as, asked.device_code))).toBe('slow_down')
    const approval = await fetch(asked.verification_uri, {
      ...form({ user_code: asked.user_code, decision: 'approve' }),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...bearer(mine) },
    })
    expect(approval.status).toBe(200)
    remote.clock.advance(11_000)
    const granted = await token(as, asked.device_code)
    expect(granted.token_type).toBe('bearer')
    expect(granted.expires_in).toBe(30 * 86_400)
    const me = await fetch(`${server.url}/api/me`, { headers: bearer(granted.access_token) })
    expect(await me.json()).toMatchObject({ id: userId, email })
    const sessions = await fetch(`${server.url}/api/auth/sessions`, { headers: bearer(granted.access_token) })
    const list: { sessions: { current: boolean }[] } = await sessions.json()
    expect(list.sessions.find(({ current }) => current)).toMatchObject({
      kind: 'device',
      name: 'the kitchen',
    })
    remote.clock.advance(11_000)
    expect(await errorOf(token(as, asked.device_code))).toBe('invalid_grant')
  })

  it('hears that it was turned away, and that it was too late', async () => {
    const { token: mine } = await signInAs(remote, email)
    const as = await discover()
    const denied = await begin(as)
    await fetch(denied.verification_uri, {
      ...form({ user_code: denied.user_code, decision: 'deny' }),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...bearer(mine) },
    })
    expect(await errorOf(token(as, denied.device_code))).toBe('access_denied')
    const late = await begin(as)
    remote.clock.advance(600_000)
    expect(await errorOf(token(as, late.device_code))).toBe('expired_token')
    expect(await errorOf(token(as, 'nonsense'))).toBe('invalid_grant')
  })
})

describe('the token endpoint', () => {
  it('adds five seconds to the interval each time it is asked too soon', async () => {
    const { body } = await request()
    const intervals: number[] = []
    for (let round = 0; round < 4; round++) {
      await poll(body.device_code)
      const [row] = await parts.sql('SELECT interval_s FROM device_grants')
      intervals.push(Number(row?.interval_s))
    }
    expect(intervals).toEqual([5, 10, 15, 20])
    parts.clock.advance(19_000)
    expect((await poll(body.device_code)).body.error).toBe('slow_down')
    parts.clock.advance(25_000)
    expect((await poll(body.device_code)).body.error).toBe('authorization_pending')
  })

  it('tells only one of many questions at once to wait, and the others to slow down', async () => {
    const { body } = await request()
    const all = await Promise.all(Array.from({ length: 10 }, () => poll(body.device_code)))
    const errors = all.map((one) => one.body.error)
    expect(errors.filter((error) => error === 'authorization_pending')).toHaveLength(1)
    expect(errors.filter((error) => error === 'slow_down')).toHaveLength(9)
  })

  it('hands one token over however often it is asked at once', async () => {
    const browser = await signedInBrowser()
    const { body } = await request()
    await browser.ask('/device', form({ user_code: body.user_code, decision: 'approve' }))
    const all = await Promise.all(Array.from({ length: 20 }, () => poll(body.device_code)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await parts.sql(`SELECT count(*) AS n FROM sessions WHERE kind = 'device'`)).toEqual([{ n: 1 }])
  })

  const cases: [string, Record<string, string>, string][] = [
    ['nothing', {}, 'invalid_request'],
    ['no grant type', { device_code: 'x', client_id: clientId }, 'invalid_request'],
    ['another grant type', { grant_type: 'password', client_id: clientId }, 'unsupported_grant_type'],
    ['no device code', { grant_type, client_id: clientId }, 'invalid_request'],
    ['an empty device code', { grant_type, device_code: '', client_id: clientId }, 'invalid_request'],
    ['no client', { grant_type, device_code: 'x' }, 'invalid_request'],
    ['an unknown device code', { grant_type, device_code: 'x', client_id: clientId }, 'invalid_grant'],
    ['SQL', { grant_type, device_code: "' OR 1=1 --", client_id: clientId }, 'invalid_grant'],
  ]
  for (const [name, fields, error] of cases)
    it(`answers ${error} to ${name}`, async () => {
      const told = await ask(parts, '/api/auth/token', form(fields))
      expect([told.status, told.body.error]).toEqual([400, error])
      expect(told.headers.get('cache-control')).toBe('no-store')
    })

  it('refuses another client than the one that asked', async () => {
    const { body } = await request()
    expect((await poll(body.device_code, { client_id: 'another' })).body.error).toBe('invalid_grant')
  })

  it('ignores parameters it does not know, and refuses one that comes twice', async () => {
    const { body } = await request({ client_id: clientId, scope: 'everything' })
    expect((await poll(body.device_code, { resource: 'x' })).body.error).toBe('authorization_pending')
    const twice = `grant_type=${encodeURIComponent(grant_type)}&client_id=a&client_id=b&device_code=x`
    const told = await ask(parts, '/api/auth/token', { ...form({}), body: twice })
    expect([told.status, told.body.error]).toEqual([400, 'invalid_request'])
  })

  it('answers in the protocol’s words also when it is sent JSON', async () => {
    const told = await ask(parts, '/api/auth/token', post({ grant_type }))
    expect([told.status, told.body.error]).toEqual([400, 'invalid_request'])
  })
})

describe('the page where a device is let in', () => {
  it('asks to sign in first and comes back to the code', async () => {
    const { body } = await request()
    const told = await ask(
      parts,
      new URL(body.verification_uri_complete).pathname + new URL(body.verification_uri_complete).search,
    )
    expect(told.status).toBe(303)
    expect(told.headers.get('location')).toBe(
      `/sign-in?return=${encodeURIComponent(`/device?user_code=${body.user_code}`)}`,
    )
  })

  it('shows what asks, escaped, before anything is decided', async () => {
    const browser = await signedInBrowser()
    const { body } = await request({ client_id: 'xswarm', device_name: '<script>alert(1)</script>\u202egnp' })
    const told = await browser.ask(`/device?user_code=${body.user_code.toLowerCase().replace('-', '')}`)
    expect(told.status).toBe(200)
    expect(told.text).toContain(body.user_code)
    expect(told.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt; gnp')
    expect(told.text).not.toContain('<script>alert')
    expect((await poll(body.device_code, { client_id: 'xswarm' })).body.error).toBe('authorization_pending')
  })

  it('decides once', async () => {
    const browser = await signedInBrowser()
    const { body } = await request()
    const decide = (decision: string) => browser.ask('/device', form({ user_code: body.user_code, decision }))
    expect((await decide('deny')).text).toContain('turned away')
    expect((await decide('approve')).status).toBe(422)
    expect((await poll(body.device_code)).body.error).toBe('access_denied')
  })

  it('does not take a form of another site', async () => {
    const browser = await signedInBrowser()
    const { body } = await request()
    const init = form({ user_code: body.user_code, decision: 'approve' })
    const headers = { ...init.headers, 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }
    expect((await browser.ask('/device', { ...init, headers })).status).toBe(403)
    expect((await poll(body.device_code)).body.error).toBe('authorization_pending')
  })

  it('says so when no device waits with the code', async () => {
    const browser = await signedInBrowser()
    for (const code of ['BCDF-GHJK', 'nonsense', "' OR 1=1", 'AAAA-AAAA']) {
      const told = await browser.ask(`/device?user_code=${encodeURIComponent(code)}`)
      expect([code, told.status]).toEqual([code, 422])
      expect(told.text).toContain('No device is waiting with this code')
    }
  })

  it('gives the device to whoever approved it, and it ends with all the others', async () => {
    const browser = await signedInBrowser()
    const { body } = await request()
    await browser.ask('/device', form({ user_code: body.user_code, decision: 'approve' }))
    const { access_token } = (await poll(body.device_code)).body
    expect((await ask(parts, '/api/me', { headers: bearer(access_token) })).body.email).toBe(email)
    await browser.ask('/api/auth/sessions/all', { method: 'DELETE' })
    expect((await ask(parts, '/api/me', { headers: bearer(access_token) })).status).toBe(401)
  })
})

describe('the database', () => {
  it('holds neither code of a device', async () => {
    const { body } = await request()
    const rows = JSON.stringify(await parts.sql('SELECT * FROM device_grants'))
    for (const secret of [body.device_code, body.user_code, body.user_code.replace('-', '')])
      expect(rows).not.toContain(secret)
  })
})
