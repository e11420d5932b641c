import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '../../src/adapters/log.ts'
import type { Secrets } from '../../src/domain/secrets.ts'
import { createHttp } from '../../src/http/service.ts'
import { ask, createTestService, from, signUpRequest, type TestService } from './service.ts'

// What must never be found in the log, in any spelling.
const canary = 'canary7'
const phone = '5559876543'
const secrets: Secrets = {
  XSWARM_SERVICE_TOKEN: `service-token-${canary}`,
  STRIPE_SECRET_KEY: `sk_${'test_'}${canary}`,
}

let parts: TestService
let text = ''
beforeAll(async () => {
  parts = await createTestService()
  const destination = {
    write(line: string) {
      text += line
    },
  }
  const log = createLog({ destination, secrets })
  const app = { ...parts.app, log }
  parts = { ...parts, app, service: createHttp(app, { serviceToken: secrets.XSWARM_SERVICE_TOKEN }) }
})
afterAll(() => parts.close())

describe('the log of a whole hostile run', () => {
  it('holds one line for each request and nobody in clear', async () => {
    const { service } = parts
    const token = { headers: { Authorization: `Bearer ${secrets.XSWARM_SERVICE_TOKEN}` } }
    const email = `${canary}@example.com`
    const requests: readonly [path: string, init?: RequestInit][] = [
      ['/api/signup', signUpRequest({ email, phone: `+1${phone}` })],
      ['/api/signup', signUpRequest({ email, phone: `+1${phone}` })],
      ['/api/signup', signUpRequest({ email: `${canary}@@`, phone: `${phone}99999999` })],
      ['/api/signup', signUpRequest(`{"email":"${email}"`)],
      ['/api/signup', signUpRequest({ [email]: 1, [phone]: 2 })],
      [
        '/api/signup',
        signUpRequest({ email: `second.${email}` }, { 'Idempotency-Key': email, 'X-Request-Id': email }),
      ],
      ['/api/signup', signUpRequest({ email: `third.${email}` }, { 'X-Request-Id': `1${phone}` })],
      [
        '/api/signup',
        signUpRequest({ email }, { 'User-Agent': email, Referer: `https://x/?${email}`, Cookie: email }),
      ],
      [`/api/lookup?email=${email}`, token],
      [`/api/lookup?email=${encodeURIComponent(email)}`, token],
      [`/api/lookup?xswarm_phone=%2B1${phone}`, token],
      [`/api/lookup?email=${email}&email=${email}`, token],
      [`/api/lookup?${email}=1`, token],
      ['/api/lookup?email=x', { headers: { Authorization: `Bearer ${canary}` } }],
      [`/${email}`],
      [`/%0d%0aforged/${encodeURIComponent(email)}/+1${phone}`],
      [
        '/',
        {
          method: 'POST',
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
          body: `email=form.${email}&phone=%2B1${phone}`,
        },
      ],
      [`/?email=${email}`],
    ]
    for (const [path, init] of requests) await ask(parts, path, init, from('192.0.2.1'))

    // Three faults below, whose messages quote what was sent as drivers do.
    const leaky = (error: Error) => () => Promise.reject(error)
    parts.database.write = leaky(new Error(`UNIQUE: ${email} +1${phone} ${secrets.STRIPE_SECRET_KEY}`))
    await ask(parts, '/api/signup', signUpRequest({ email: `fourth.${email}` }))
    const { AppError } = await import('../../src/domain/errors.ts')
    parts.database.write = leaky(
      new AppError('unavailable', 'away', {
        cause: new Error(`libsql://${secrets.STRIPE_SECRET_KEY}@host ${email}`),
      }),
    )
    await ask(parts, '/api/signup', signUpRequest({ email: `fifth.${email}` }))

    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const asked = lines.filter((line) => line.msg === 'request' && line.route !== '/openapi.json')
    expect(asked).toHaveLength(requests.length + 2)
    for (const line of asked)
      expect(Object.keys(line).sort()).toEqual([
        'ip',
        'level',
        'method',
        'ms',
        'msg',
        'request_id',
        'route',
        'status',
        'time',
      ])
    expect(lines.some((line) => line.err?.message?.startsWith('UNIQUE: email:'))).toBe(true)
    expect(text).not.toContain(canary)
    expect(text).not.toContain(phone)
    expect(text).not.toMatch(/[^\s"]+@[^\s"]+\.com/)
    expect(text).not.toMatch(/\+\d{7,}/)
    expect(service.routes.length).toBeGreaterThan(0)
  })
})
