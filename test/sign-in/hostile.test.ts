import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, bearer, createTestService, from, post, readCode, signInAs, type TestService } from './people.ts'

const email = 'alice@example.com'
let parts: TestService
beforeEach(async () => {
  parts = await createTestService()
})
afterEach(async () => {
  expect(parts.logged.filter(({ level }) => level === 'error')).toEqual([])
  await parts.close()
})

const sql = [
  "' OR '1'='1",
  "'; DROP TABLE users; --",
  '" OR ""="',
  "') OR ('1'='1",
  '1; ATTACH DATABASE "/tmp/x" AS x',
  "' UNION SELECT token_hash FROM sessions --",
  '%',
  '_',
  '*',
  "x'00'",
  '\\',
  '?1',
  ':email',
  '$1',
]
const lines = [
  '\r\nSet-Cookie: xswarm=stolen',
  '\nX-Injected: 1',
  '%0d%0aX-Injected: 1',
  '\u2028x',
  '\u0000',
  '\u202e',
]
const shapes: unknown[] = [
  null,
  1,
  true,
  [],
  {},
  ['a'],
  { $ne: '' },
  'x'.repeat(5000),
  { toString: 1 },
  '__proto__',
]

const corpora: unknown[] = [...sql, ...lines, ...shapes]

function form(fields: Record<string, string>): RequestInit {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  }
}

describe('hostile values', () => {
  const jsonFields: [string, string, Record<string, unknown>][] = [
    ['/api/auth/code', 'email', {}],
    ['/api/auth/session', 'email', { code: '123456' }],
    ['/api/auth/session', 'code', { email }],
    ['/api/auth/session', 'request', { email, code: '123456' }],
  ]
  for (const [path, field, rest] of jsonFields)
    it(`in ${field} of ${path} are refused, and nothing happens`, async () => {
      await signInAs(parts, email)
      const before = await parts.sql('SELECT count(*) AS n FROM sessions')
      for (const value of corpora) {
        const told = await ask(parts, path, post({ ...rest, [field]: value }), from('198.51.100.1'))
        expect([path, field, value, told.status >= 400 && told.status < 500]).toEqual([
          path,
          field,
          value,
          true,
        ])
        expect(told.headers.get('x-injected')).toBeNull()
      }
      expect(await parts.sql('SELECT count(*) AS n FROM sessions')).toEqual(before)
      expect(await parts.app.users.count()).toBe(1)
    })

  for (const [path, field, rest] of [
    ['/api/auth/device', 'client_id', {}],
    ['/api/auth/device', 'device_name', { client_id: 'x' }],
    ['/api/auth/token', 'grant_type', { client_id: 'x', device_code: 'x' }],
    [
      '/api/auth/token',
      'device_code',
      { client_id: 'x', grant_type: 'urn:ietf:params:oauth:grant-type:device_code' },
    ],
    [
      '/api/auth/token',
      'client_id',
      { device_code: 'x', grant_type: 'urn:ietf:params:oauth:grant-type:device_code' },
    ],
  ] as [string, string, Record<string, string>][])
    it(`in ${field} of ${path} do no harm`, async () => {
      for (const value of [...sql, ...lines]) {
        const told = await ask(parts, path, form({ ...rest, [field]: value }), from('198.51.100.1'))
        expect([path, field, value, told.status < 500]).toEqual([path, field, value, true])
        expect(told.headers.get('x-injected')).toBeNull()
        expect(told.headers.getSetCookie()).toEqual([])
      }
      expect(await parts.sql('SELECT count(*) AS n FROM sessions')).toEqual([{ n: 0 }])
    })

  it('in the id of a session end none', async () => {
    const { token } = await signInAs(parts, email)
    for (const value of [...sql, ...lines]) {
      const path = `/api/auth/sessions/${encodeURIComponent(value)}`
      const told = await ask(parts, path, { method: 'DELETE', headers: bearer(token) })
      expect([value, [404, 422].includes(told.status)]).toEqual([value, true])
    }
    expect((await ask(parts, '/api/me', { headers: bearer(token) })).status).toBe(200)
  })

  it('in cookies and in the name of a browser let nobody in and break no line', async () => {
    for (const value of sql) {
      const headers = { Cookie: `xswarm=${value}; xswarm-code=${value}; xswarm-signup=${value}` }
      expect((await ask(parts, '/api/me', { headers })).status).toBe(401)
    }
    await ask(parts, '/api/signup', post({ email }))
    await ask(parts, '/api/auth/code', post({ email }))
    const agent = `${'x'.repeat(300)}\u0085<script>alert(1)</script>`
    const code = await readCode(parts, email)
    const told = await ask(parts, '/api/auth/session', post({ email, code }, { 'User-Agent': agent }))
    const list = await ask(parts, '/api/auth/sessions', { headers: bearer(told.body.token) })
    expect(list.body.sessions[0].name).toMatch(/^x{120}$/)
  })

  it('cannot set what is not theirs: unknown keys are refused', async () => {
    for (const key of ['user_id', 'kind', 'is_admin', 'token', 'tier', 'constructor'])
      expect((await ask(parts, '/api/auth/code', post({ email, [key]: 'x' }))).status).toBe(422)
  })
})

describe('secrets', () => {
  it('appear in no log line and no answer that is not meant to hold them', async () => {
    await ask(parts, '/api/signup', post({ email, phone: '+15551230000' }), from('192.0.2.1'))
    const asked = await ask(parts, '/api/auth/code', post({ email }), from('192.0.2.1'))
    const code = await readCode(parts, email)
    const wrongTold = await ask(
      parts,
      '/api/auth/session',
      post({ email, code: '000000' }),
      from('192.0.2.1'),
    )
    const opened = await ask(parts, '/api/auth/session', post({ email, code }), from('192.0.2.1'))
    const device = await ask(parts, '/api/auth/device', form({ client_id: 'x' }))
    const { token } = opened.body
    const quiet = [
      wrongTold,
      await ask(parts, '/api/me', { headers: bearer(token) }),
      await ask(parts, '/api/auth/sessions', { headers: bearer(token) }),
      await ask(parts, `/api/me?token=${token}`),
      await ask(parts, '/api/auth/token', form({ device_code: device.body.device_code, client_id: 'y' })),
    ]
    const canaries = [token, code, asked.body.request, device.body.device_code, device.body.user_code]
    const logged = JSON.stringify(parts.logged)
    expect(parts.logged.length).toBeGreaterThan(8)
    for (const canary of [...canaries, email, '+15551230000']) expect(logged).not.toContain(canary)
    for (const { text } of quiet) for (const canary of canaries) expect(text).not.toContain(canary)
  })

  it('reach nobody by an error: a bug and an outage on the way show a sentence and a reference', async () => {
    const { token } = await signInAs(parts, email)
    const { findSignedIn } = parts.app.sessions
    Object.assign(parts.app.sessions, {
      findSignedIn: () => Promise.reject(new Error(`SELECT failed for ${token}`)),
    })
    const told = await ask(parts, '/api/me', { headers: bearer(token) })
    expect(told.status).toBe(500)
    expect(told.text).not.toMatch(/SELECT|xsw_/)
    Object.assign(parts.app.sessions, { findSignedIn })
    expect(parts.logged.splice(0).some(({ level }) => level === 'error')).toBe(true)
  })
})
