import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, createTestService, type TestService, type Told } from './service.ts'

let parts: TestService
beforeEach(async () => {
  parts = await createTestService()
})
afterEach(() => parts.close())

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }
const send = (
  fields: Record<string, string>,
  headers: Record<string, string> = { 'Sec-Fetch-Site': 'same-origin' },
) =>
  ask(parts, '/', {
    method: 'POST',
    headers: { ...FORM, ...headers },
    body: new URLSearchParams(fields).toString(),
  })

const keyIn = ({ text }: Told) => text.match(/name="idempotency_key" value="([^"]+)"/)?.[1] ?? ''

describe('the page at /', () => {
  it('is HTML that may only load our own files, and is not kept', async () => {
    const { status, headers, text } = await ask(parts, '/')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
    )
    expect(headers.get('cache-control')).toBe('no-store')
    expect(text).toContain('xSwarm')
  })

  it('does not mind parameters that somebody put into a link', async () => {
    expect((await ask(parts, '/?utm_source=letter')).status).toBe(200)
  })

  it('tells browsers to come back over https only, when that is the public address', async () => {
    expect((await ask(parts, '/')).headers.get('strict-transport-security')).toBeNull()
    const server = { ...parts.app.config.server, public_url: 'https://xswarm.example' }
    const secure = await createTestService({ config: { server } })
    for (const path of ['/', '/api/personas', '/nothing'])
      expect((await ask(secure, path)).headers.get('strict-transport-security')).toMatch(
        /^max-age=\d{8}; includeSubDomains$/,
      )
    await secure.close()
  })
})

describe('the form', () => {
  it('answers with the assigned address', async () => {
    const { status, text } = await send({ email: 'alice@example.com', phone: '+15551234567' })
    expect(status).toBe(201)
    expect(text.replaceAll('<wbr>', '')).toContain('alice@xswarm.ai')
    expect(await parts.app.users.findByEmail('alice@example.com')).toMatchObject({ phone: '+15551234567' })
  })

  it('takes an empty phone for none', async () => {
    expect((await send({ email: 'alice@example.com', phone: '' })).status).toBe(201)
  })

  it('sent twice is one sign-up with one result', async () => {
    const idempotency_key = keyIn(await ask(parts, '/'))
    const first = await send({ email: 'alice@example.com', idempotency_key })
    const again = await send({ email: 'alice@example.com', idempotency_key })
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.text).toBe(first.text)
  })

  it('used again for somebody else says so and is ready for them', async () => {
    const idempotency_key = keyIn(await ask(parts, '/'))
    await send({ email: 'alice@example.com', idempotency_key })
    const refused = await send({ email: 'bob@example.com', idempotency_key })
    expect(refused.status).toBe(422)
    expect(keyIn(refused)).not.toBe(idempotency_key)
    expect((await send({ email: 'bob@example.com', idempotency_key: keyIn(refused) })).status).toBe(201)
  })

  it('keeps its key when the outcome is not known, so that the next try is the same sign-up', async () => {
    parts.database.write = () => Promise.resolve({ outcome: 'unknown', cause: new Error('lost') })
    const idempotency_key = keyIn(await ask(parts, '/'))
    const told = await send({ email: 'alice@example.com', idempotency_key })
    expect(told.status).toBe(503)
    expect(told.headers.get('retry-after')).not.toBeNull()
    expect(keyIn(told)).toBe(idempotency_key)
  })

  it('comes back with every fault at its field and what was entered, escaped', async () => {
    const nasty = '"><script>alert(1)</script>'
    const { status, text } = await send({ email: nasty, phone: `'${nasty}` })
    expect(status).toBe(422)
    expect(text).not.toContain('<script>alert')
    expect(text).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"')
    expect(text.match(/aria-invalid="true"/g)).toHaveLength(2)
    expect(text).toMatch(/<title>Please check: /)
  })

  it.each([
    ['nothing at all', {}],
    ['an empty email', { email: '' }],
    ['an email of 300 characters', { email: `${'a'.repeat(288)}@example.com` }],
  ])('with %s is 422', async (_, fields) => {
    expect((await send(fields)).status).toBe(422)
  })

  it('says 409 for an address that has an account', async () => {
    await send({ email: 'alice@example.com' })
    const { status, text } = await send({ email: 'alice@example.com' })
    expect(status).toBe(409)
    expect(text).toContain('aria-invalid="true"')
  })
})

describe('a form that another site sent', () => {
  it.each([
    ['Sec-Fetch-Site: cross-site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['Sec-Fetch-Site: same-site', { 'Sec-Fetch-Site': 'same-site' }],
    [
      'Sec-Fetch-Site: cross-site with our Origin',
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://localhost' },
    ],
    ['another Origin', { Origin: 'https://evil.example' }],
    ['an Origin that begins like ours', { Origin: 'http://localhost.evil.example' }],
    ['an Origin on another port', { Origin: 'http://localhost:1' }],
    ['Origin: null', { Origin: 'null' }],
    [
      'an Origin that X-Forwarded-Host makes ours',
      { Origin: 'https://evil.example', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' },
    ],
  ])('is refused: %s', async (_, headers) => {
    const { status, text } = await send({ email: 'alice@example.com' }, headers as Record<string, string>)
    expect(status).toBe(403)
    expect(text).toContain('<h1>The form came from another site</h1>')
    expect(await parts.app.users.count()).toBe(0)
  })

  it.each([
    ['a browser on https', { 'Sec-Fetch-Site': 'same-origin' }],
    ['a reload after a restart of the browser', { 'Sec-Fetch-Site': 'none' }],
    ['a browser on plain http', { Origin: 'http://localhost' }],
    ['a browser at the public address', { Origin: 'http://localhost:8787' }],
    ['a program', {}],
  ])('is not %s', async (_, headers) => {
    expect((await send({ email: 'alice@example.com' }, headers as Record<string, string>)).status).toBe(201)
  })
})

describe('what goes wrong at a page', () => {
  const html = { Accept: 'text/html,application/xhtml+xml' }

  it('is told as a page with the reference: not found', async () => {
    const { status, headers, text } = await ask(parts, '/nowhere', { headers: html })
    expect(status).toBe(404)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(text).toContain('<h1>Not found</h1>')
    expect(text).toContain(headers.get('x-request-id'))
  })

  it('is told as JSON to a program, and always below /api', async () => {
    expect((await ask(parts, '/nowhere')).body.status).toBe(404)
    expect((await ask(parts, '/api/nowhere', { headers: html })).body.status).toBe(404)
  })

  it('a bug shows a sentence and the reference, nothing else', async () => {
    parts.database.write = () => Promise.reject(new TypeError('x is not a function'))
    const { status, headers, text } = await send({ email: 'alice@example.com' })
    expect(status).toBe(500)
    expect(text).toContain(headers.get('x-request-id'))
    expect(text).not.toContain('not a function')
  })

  it.each([
    ['JSON', 415, { 'Content-Type': 'application/json' }, '{"email":"alice@example.com"}'],
    ['a multipart form', 415, { 'Content-Type': 'multipart/form-data; boundary=x' }, '--x--'],
    ['a field twice', 400, FORM, 'email=alice@example.com&email=bob@example.com'],
    ['a form over 64 KiB', 413, FORM, `email=${'a'.repeat(70_000)}`],
  ])('%s is %i', async (_, status, headers, body) => {
    const told = await ask(parts, '/', { method: 'POST', headers: headers as Record<string, string>, body })
    expect(told.status).toBe(status)
    expect(told.headers.get('content-type')).toBe('text/html; charset=utf-8')
  })
})

describe('the files of the pages', () => {
  const urls = async () =>
    [...(await ask(parts, '/')).text.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, url = '']) => url)

  it('are kept for ever, because their name changes with their content', async () => {
    const all = await urls()
    expect(all.map((url) => url.split('.').at(-1)).sort()).toEqual(['css', 'js', 'svg'])
    for (const url of all) {
      const { status, headers } = await ask(parts, url)
      expect(status).toBe(200)
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      const etag = headers.get('etag') ?? ''
      expect(url).toContain(etag.replaceAll('"', ''))
      const again = await ask(parts, url, { headers: { 'If-None-Match': etag } })
      expect([again.status, again.text]).toEqual([304, ''])
    }
  })

  it.each([
    '/assets/style.css',
    '/assets/style.0000000000000000.css',
    '/assets/..%2fpackage.json',
    '/assets/%2e%2e/x',
  ])('are only these: %s is not found', async (path) => {
    expect((await ask(parts, path)).status).toBe(404)
  })
})
