import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createHttp } from '../../src/http/service.ts'
import { ask, createTestService, from, serviceToken, signUpRequest, type TestService } from './service.ts'

let parts: TestService
beforeEach(async () => {
  parts = await createTestService()
})
afterEach(() => parts.close())

const token = { headers: { Authorization: `Bearer ${serviceToken}` } }

describe('GET /api/personas', () => {
  it('lists the catalogue, the default first', async () => {
    const { status, body } = await ask(parts, '/api/personas')
    expect(status).toBe(200)
    expect(body.personas[0]).toMatchObject({ key: 'hal-9000', wake_word: 'hey hal' })
    expect(body.personas.map(({ key }: { key: string }) => key)).toEqual([...parts.app.personas.keys()])
  })
})

describe('GET /api/lookup', () => {
  beforeEach(async () => {
    await parts.sql(
      "INSERT INTO users (id, email, phone, xswarm_email, xswarm_phone, subscription_tier) VALUES ('test-123', 'alice+home@example.com', '+15551234567', 'alice@xswarm.ai', '+18005551001', 'premium')",
    )
  })

  it.each([
    'xswarm_phone=%2B18005551001',
    'xswarm_phone=+18005551001',
    'xswarm_email=alice@xswarm.ai',
    'xswarm_email=ALICE@XSWARM.AI',
    'email=alice%2Bhome%40example.com',
    'email=alice+home@example.com',
  ])('finds a row written by hand, with what the tier includes: %s', async (query) => {
    const { status, body } = await ask(parts, `/api/lookup?${query}`, token)
    expect(status).toBe(200)
    expect(body).toMatchObject({ id: 'test-123', subscription_tier: 'premium', persona: 'hal-9000' })
    expect(body.entitlements).toEqual({ toll_free_number: true, voice_minutes: 100, sms_messages: 100 })
  })

  it.each(['email=bob@example.com', 'xswarm_phone=%2B18005550000', 'xswarm_email=x', 'email='])(
    'answers 404 for nobody: %s',
    async (query) => {
      const { status, body } = await ask(parts, `/api/lookup?${query}`, token)
      expect(status).toBe(404)
      expect(body.type).toMatch(/not-found$/)
    },
  )

  it.each([
    ['nothing', undefined],
    ['another token', 'Bearer nonsense'],
    ['the beginning of the token', `Bearer ${serviceToken.slice(0, -1)}`],
    ['the token and more', `Bearer ${serviceToken}x`],
    ['another scheme', `Basic ${serviceToken}`],
    ['the token alone', serviceToken],
    ['an empty token', 'Bearer '],
    ['two tokens', `Bearer x ${serviceToken}`],
  ])('answers 401 to %s, whether there is such a user or not', async (_, authorization) => {
    const headers: Record<string, string> =
      authorization === undefined ? {} : { Authorization: authorization }
    const known = await ask(parts, '/api/lookup?email=alice+home@example.com', { headers })
    const unknown = await ask(parts, '/api/lookup?email=bob@example.com', { headers })
    expect([known.status, unknown.status]).toEqual([401, 401])
    expect(known.text).toBe(unknown.text)
  })

  it('takes the scheme in any case', async () => {
    const init = { headers: { Authorization: `bearer ${serviceToken}` } }
    expect((await ask(parts, '/api/lookup?email=alice+home@example.com', init)).status).toBe(200)
  })

  it.each([undefined, ''])(
    'lets nobody in while no token is configured (%j), and says so',
    async (configured) => {
      const service = createHttp(parts.app, { serviceToken: configured })
      for (const given of ['', 'undefined', 'Bearer undefined', 'Bearer ']) {
        const init = { headers: { Authorization: given } }
        const { status, body } = await ask({ service }, '/api/lookup?email=alice+home@example.com', init)
        expect(status).toBe(401)
        expect(body.detail).toContain('XSWARM_SERVICE_TOKEN')
      }
    },
  )
})

describe('health', () => {
  it('is alive, and ready while the database answers', async () => {
    expect((await ask(parts, '/healthz')).body).toEqual({ status: 'ok' })
    expect((await ask(parts, '/readyz')).body).toEqual({ status: 'ready' })
  })

  it('is alive but not ready when the database does not answer', async () => {
    await parts.database.close()
    expect((await ask(parts, '/healthz')).status).toBe(200)
    const { status, body } = await ask(parts, '/readyz')
    expect(status).toBe(503)
    expect(body.type).toMatch(/unavailable$/)
  })

  it('does not wait for ever for a database that hangs', async () => {
    const changes = { ...parts.app.changes, latestRevision: () => new Promise<number>(() => {}) }
    const service = createHttp({ ...parts.app, changes }, {})
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const answer = ask({ service }, '/readyz')
    await vi.advanceTimersByTimeAsync(5000)
    vi.useRealTimers()
    expect((await answer).status).toBe(503)
  })
})

describe('GET /metrics', () => {
  it('counts requests by route pattern and status, without anything of what was sent', async () => {
    await ask(parts, '/api/signup', signUpRequest({ email: 'alice@example.com' }))
    await ask(parts, '/api/signup', signUpRequest({ email: 'alice@example.com' }))
    await ask(parts, '/who-is/alice@example.com')
    const { status, text, headers } = await ask(parts, '/metrics', {}, from('127.0.0.1'))
    expect(status).toBe(200)
    expect(headers.get('content-type')).toContain('text/plain')
    const counter = 'xswarm_http_request_duration_seconds_count'
    expect(text).toContain(`${counter}{method="POST",route="/api/signup",status="201"} 1`)
    expect(text).toContain(`${counter}{method="POST",route="/api/signup",status="409"} 1`)
    expect(text).toContain('process_cpu_seconds_total')
    expect(text).not.toContain('alice')
  })

  it('does not grow with what strangers invent', async () => {
    for (let i = 0; i < 50; i++) await ask(parts, `/${i}`, { method: i % 2 ? 'POST' : 'GET' })
    const { text } = await ask(parts, '/metrics', {}, from('::1'))
    expect(text.match(/_count\{/g)?.length).toBeLessThan(5)
  })

  it.each([
    ['a process on this machine', '127.0.0.1', {}, 200],
    ['the same over IPv6', '::ffff:127.0.0.1', {}, 200],
    ['another machine', '192.0.2.1', {}, 401],
    ['another machine with the token', '192.0.2.1', { Authorization: `Bearer ${serviceToken}` }, 200],
    ['another machine that claims to be this one', '192.0.2.1', { 'X-Forwarded-For': '127.0.0.1' }, 401],
    ['the world through a proxy on this machine', '127.0.0.1', { 'X-Forwarded-For': '192.0.2.1' }, 401],
    ['a name that only looks like this machine', '127.0.0.1.example', {}, 401],
  ])('%s', async (_, address, headers, status) => {
    expect((await ask(parts, '/metrics', { headers }, from(address))).status).toBe(status)
  })
})
