import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ask,
  cookiesOf,
  createTestService,
  from,
  post,
  readCode,
  signInBrowser,
  type TestService,
} from './people.ts'

const email = 'alice@example.com'
let parts: TestService
beforeEach(async () => {
  parts = await createTestService()
})
afterEach(() => parts.close())

const signedInBrowser = (address?: string, service = parts) => signInBrowser(service, email, address)

describe('the cookie of a session', () => {
  it('has a plain name on http://localhost and is out of reach for pages', async () => {
    const { told } = await signedInBrowser()
    const { value, attributes } = cookiesOf(told).get('xswarm') ?? { value: '', attributes: '' }
    expect(value).toBe(told.body.token)
    expect(attributes).toBe('Max-Age=7776000; Path=/; HttpOnly; SameSite=Lax')
  })

  it('is bound to the host and to https everywhere else', async () => {
    const server = { ...parts.app.config.server, public_url: 'https://xswarm.example' }
    const secure = await createTestService({ config: { server } })
    try {
      const { browser, told } = await signedInBrowser('192.0.2.10', secure)
      expect(cookiesOf(told).get('__Host-xswarm')?.attributes).toBe(
        'Max-Age=7776000; Path=/; HttpOnly; SameSite=Lax; Secure',
      )
      for (const [name, { attributes }] of cookiesOf(told)) {
        expect(name).toMatch(/^__Host-/)
        expect(attributes).toMatch(/Path=\/.*Secure/)
        expect(attributes).not.toContain('Domain')
      }
      expect((await browser.ask('/api/me')).status).toBe(200)
      const plain = { Cookie: `xswarm=${told.body.token}` }
      expect((await ask(secure, '/api/me', { headers: plain })).status).toBe(401)
    } finally {
      await secure.close()
    }
  })
})

describe('a request that another site makes the browser send', () => {
  const forged: Record<string, string>[] = [
    { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' },
    { 'Sec-Fetch-Site': 'same-site', Origin: 'http://other.localhost:8787' },
    { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://localhost:8787' },
    { 'Sec-Fetch-Site': 'cross-site', Origin: 'null' },
    { 'Sec-Fetch-Site': 'SAME-ORIGIN', Origin: 'https://evil.example' },
    { 'Sec-Fetch-Site': 'same-origin, cross-site', Origin: 'https://evil.example' },
  ]
  const old: Record<string, string>[] = [
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { Origin: 'http://localhost:8787.evil.example' },
    { Origin: 'http://localhost:1' },
    { Origin: 'https://localhost:8787' },
    { Origin: 'http://localhost:8787', 'Sec-Fetch-Site': 'cross-site' },
  ]

  it('changes nothing, on no route, with no type of body', async () => {
    const { browser, told } = await signedInBrowser()
    const cookie = `xswarm=${browser.jar.get('xswarm')}`
    const bodies = [
      { 'Content-Type': 'application/json' },
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      { 'Content-Type': 'text/plain' },
      {},
    ]
    const changing = parts.service.routes.filter(({ method, who }) => method !== 'GET' && who !== 'anyone')
    expect(changing.length).toBeGreaterThan(1)
    for (const route of changing)
      for (const origin of [...forged, ...old])
        for (const type of bodies) {
          const path = route.path.replace(':id', told.body.session_id)
          const headers = { ...origin, ...type, Cookie: cookie } as Record<string, string>
          const answer = await parts.service.request(
            path,
            { method: route.method, headers, body: '{}' },
            from('192.0.2.10'),
          )
          // A vendor's webhook reads no cookie: it refuses what is not signed, or is no form to begin with.
          const refusals = route.who === 'signed' ? [403, 415] : [403]
          expect(refusals, `${route.path} ${JSON.stringify(headers)}`).toContain(answer.status)
          expect(answer.headers.getSetCookie()).toEqual([])
        }
    expect((await browser.ask('/api/me')).status).toBe(200)
  })

  it('signs nobody in: a forged sign-in would sign the victim in as the attacker', async () => {
    await ask(parts, '/api/signup', post({ email }))
    await ask(parts, '/api/auth/code', post({ email }))
    const code = await readCode(parts, email)
    for (const origin of [...forged, ...old])
      expect((await ask(parts, '/api/auth/session', post({ email, code }, origin))).status).toBe(403)
  })

  it('can read nothing: no answer allows another origin', async () => {
    const { browser } = await signedInBrowser()
    const { headers } = await browser.ask('/api/me', { headers: { Origin: 'https://evil.example' } })
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})
