import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, createTestService, from, serviceToken, signUpRequest, type TestService } from './service.ts'

let parts: TestService
beforeAll(async () => {
  parts = await createTestService()
})
afterAll(async () => {
  // Whatever was thrown at it, nobody was made, nothing was a bug.
  expect(await parts.app.users.count()).toBe(0)
  expect(parts.logged.filter(({ level }) => level !== 'info')).toEqual([])
  await parts.close()
})

const json = { 'Content-Type': 'application/json' }
const post = (body: string, headers: Record<string, string> = json): RequestInit => ({
  method: 'POST',
  headers,
  body,
})
const good = '{"email":"alice@example.com"}'
const long = (kib: number) => `{"email":"alice@example.com","phone":"${' '.repeat(kib * 1024)}"}`

const cases: readonly [name: string, status: number, code: string, path: string, init?: RequestInit][] = [
  ['malformed JSON', 400, 'malformed', '/api/signup', post('{"email":')],
  ['an empty body', 400, 'malformed', '/api/signup', post('')],
  ['no body', 400, 'malformed', '/api/signup', { method: 'POST', headers: json }],
  ['two documents', 400, 'malformed', '/api/signup', post(`${good}${good}`)],
  ['single quotes', 400, 'malformed', '/api/signup', post("{'email':'alice@example.com'}")],
  ['a NUL byte', 400, 'malformed', '/api/signup', post(`${good}\0`)],
  ['half a character', 400, 'malformed', '/api/signup', post('{"email":"\uFFFD@example.com"}')],
  ['a list', 422, 'invalid', '/api/signup', post('[]')],
  ['a list of the right objects', 422, 'invalid', '/api/signup', post(`[${good}]`)],
  ['null', 422, 'invalid', '/api/signup', post('null')],
  ['a number', 422, 'invalid', '/api/signup', post('1e999')],
  ['text', 422, 'invalid', '/api/signup', post('"alice@example.com"')],
  ['true', 422, 'invalid', '/api/signup', post('true')],
  ['an empty object', 422, 'invalid', '/api/signup', post('{}')],
  [
    'nesting of 20,000 lists',
    422,
    'invalid',
    '/api/signup',
    post(`{"email":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
  ],
  ['a list where text is expected', 422, 'invalid', '/api/signup', post('{"email":["alice@example.com"]}')],
  ['an object where text is expected', 422, 'invalid', '/api/signup', post('{"email":{"$ne":""}}')],
  ['a number where text is expected', 422, 'invalid', '/api/signup', post('{"email":1}')],
  ['null where text is expected', 422, 'invalid', '/api/signup', post('{"email":null}')],
  [
    '__proto__',
    422,
    'invalid',
    '/api/signup',
    post('{"email":"alice@example.com","__proto__":{"tier":"premium"}}'),
  ],
  [
    '__proto__ in disguise',
    422,
    'invalid',
    '/api/signup',
    post('{"email":"alice@example.com","\\u005f_proto__":1}'),
  ],
  [
    'constructor',
    422,
    'invalid',
    '/api/signup',
    post('{"email":"alice@example.com","constructor":{"prototype":{}}}'),
  ],
  ['__proto__ as the email', 422, 'invalid', '/api/signup', post('{"email":"__proto__"}')],
  [
    'an email of 300 characters',
    422,
    'invalid',
    '/api/signup',
    post(`{"email":"${'a'.repeat(288)}@example.com"}`),
  ],
  ['a quoted local part', 422, 'invalid', '/api/signup', post('{"email":"\\"a\\"@b"}')],
  [
    'a line break in the email',
    422,
    'invalid',
    '/api/signup',
    post('{"email":"a@example.com\\r\\nBcc: b@example.com"}'),
  ],
  ['a control character', 422, 'invalid', '/api/signup', post('{"email":"a\\u0007@example.com"}')],
  ['SQL in the email', 422, 'invalid', '/api/signup', post('{"email":"\'; DROP TABLE users;--"}')],
  [
    'an extension in the phone',
    422,
    'invalid',
    '/api/signup',
    post('{"email":"alice@example.com","phone":"+15551234567 ext 9"}'),
  ],
  ['a body over 64 KiB', 413, 'too-large', '/api/signup', post(long(64))],
  ['a body of 1 MiB', 413, 'too-large', '/api/signup', post(long(1024))],
  [
    'no content type',
    415,
    'unsupported-type',
    '/api/signup',
    { method: 'POST', body: new TextEncoder().encode(good) },
  ],
  ['text/plain', 415, 'unsupported-type', '/api/signup', post(good, { 'Content-Type': 'text/plain' })],
  [
    'a form',
    415,
    'unsupported-type',
    '/api/signup',
    post('email=a', { 'Content-Type': 'application/x-www-form-urlencoded' }),
  ],
  [
    'a multipart form',
    415,
    'unsupported-type',
    '/api/signup',
    post(good, { 'Content-Type': 'multipart/form-data; boundary=x' }),
  ],
  ['XML', 415, 'unsupported-type', '/api/signup', post('<a/>', { 'Content-Type': 'application/xml' })],
  [
    'JSON of another kind',
    415,
    'unsupported-type',
    '/api/signup',
    post(good, { 'Content-Type': 'application/json-patch+json' }),
  ],
  [
    'another charset',
    415,
    'unsupported-type',
    '/api/signup',
    post(good, { 'Content-Type': 'application/json; charset=utf-16' }),
  ],
  [
    'a compressed body',
    415,
    'unsupported-type',
    '/api/signup',
    post(good, { ...json, 'Content-Encoding': 'gzip' }),
  ],
  ['an unknown parameter', 422, 'invalid', '/api/signup?debug=1', post(good)],
  ['a parameter twice', 400, 'malformed', '/api/lookup?email=a@example.com&email=b@example.com', token()],
  ['__proto__ as a parameter', 422, 'invalid', '/api/lookup?__proto__=1', token()],
  ['a parameter as a list', 422, 'invalid', '/api/lookup?email[]=a@example.com', token()],
  ['no parameter', 422, 'invalid', '/api/lookup', token()],
  ['two different keys', 422, 'invalid', '/api/lookup?email=a@example.com&xswarm_email=a@xswarm.ai', token()],
  ['a parameter of 1,000 characters', 422, 'invalid', `/api/lookup?email=${'a'.repeat(1000)}`, token()],
  ['an address of 10,000 characters', 414, 'address-too-long', `/api/personas?x=${'a'.repeat(10_000)}`],
  ['an unknown path', 404, 'not-found', '/api/sign-up', post(good)],
  ['a path with a slash at its end', 404, 'not-found', '/api/signup/', post(good)],
  ['a path in capitals', 404, 'not-found', '/API/SIGNUP', post(good)],
  ['broken percent encoding', 404, 'not-found', '/api/%E0%A4%A'],
  ['dots that climb', 404, 'not-found', '/assets/..%2f..%2fpackage.json'],
  ['a hidden file', 404, 'not-found', '/.env'],
  ['another method', 405, 'method-not-allowed', '/api/signup'],
  ['another method with a body', 405, 'method-not-allowed', '/api/personas', post(good)],
  ['DELETE', 405, 'method-not-allowed', '/', { method: 'DELETE' }],
  [
    'OPTIONS, which is how another site asks',
    405,
    'method-not-allowed',
    '/api/signup',
    { method: 'OPTIONS' },
  ],
]

describe('a request that is wrong', () => {
  it.each(cases)('%s: %i %s', async (_, status, code, path, init = {}) => {
    const told = await ask(parts, path, init)
    expect(told.status).toBe(status)
    expect(told.body.type).toBe(`urn:xswarm:problem:${code}`)
    expect(told.body.detail.length).toBeGreaterThan(10)
    expect(told.headers.get('cache-control')).toBe('no-store')
  })

  it('never sees itself repeated: what was sent may be a secret', async () => {
    const canary = `canary${'x'.repeat(20)}`
    for (const body of [
      `{"email":"${canary}"}`,
      `{"email":"a@b","${'k'.repeat(9)}":"${canary}"}`,
      `{"email":${canary}}`,
    ])
      expect((await ask(parts, '/api/signup', post(body))).text).not.toContain(canary)
  })

  it('is told at most fifty faults', async () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key${index}`, 1]))
    const { body } = await ask(parts, '/api/signup', signUpRequest(many))
    expect(body.errors.length).toBeLessThanOrEqual(51)
  })

  it('gets Allow with a 405, and HEAD wherever GET is', async () => {
    const { headers } = await ask(parts, '/api/personas', { method: 'POST' })
    expect(headers.get('allow')).toBe('GET, HEAD')
    expect((await ask(parts, '/healthz', { method: 'HEAD' })).status).toBe(200)
  })

  it('gets no header that lets another site read the answer', async () => {
    const init = { headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' } }
    for (const path of ['/api/personas', '/api/nothing', '/']) {
      const { headers } = await ask(parts, path, init)
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })
})

describe('a body that does not say how long it is', () => {
  it('is cut off at 64 KiB, and the rest is never read', async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1
        controller.enqueue(new Uint8Array(16 * 1024).fill(32))
      },
    })
    const init = { method: 'POST', headers: json, body: endless, duplex: 'half' } as RequestInit
    expect((await ask(parts, '/api/signup', init)).status).toBe(413)
    expect(pulled).toBeLessThan(8)
  })

  it('that breaks off is a 400', async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new Error('the client went away')),
    })
    const init = { method: 'POST', headers: json, body: broken, duplex: 'half' } as RequestInit
    expect((await ask(parts, '/api/signup', init)).status).toBe(400)
  })
})

describe('X-Request-Id', () => {
  it.each(['abc-123', 'A.b_c-9', 'x'.repeat(64)])('is taken over when it is sane: %s', async (id) => {
    const { headers } = await ask(parts, '/healthz', { headers: { 'X-Request-Id': id } })
    expect(headers.get('x-request-id')).toBe(id)
    expect(parts.logged.at(-1)?.fields.request_id).toBe(id)
  })

  it.each(['', 'x'.repeat(65), 'a b', 'a;b', '<script>', 'caf\u00e9', '"'])(
    'is replaced when it is not: %j',
    async (id) => {
      const { headers } = await ask(parts, '/healthz', { headers: { 'X-Request-Id': id } })
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    },
  )
})

describe('X-Forwarded-For', () => {
  it('of somebody we do not know has no effect', async () => {
    await ask(parts, '/healthz', { headers: { 'X-Forwarded-For': '203.0.113.9' } }, from('198.51.100.7'))
    expect(parts.logged.at(-1)?.fields.ip).toBe('198.51.100.7')
  })

  it('of a trusted proxy tells who the client is', async () => {
    const server = { ...parts.app.config.server, trusted_proxies: ['10.0.0.0/8'] }
    const behind = await createTestService({ config: { server } })
    await ask(
      behind,
      '/healthz',
      { headers: { 'X-Forwarded-For': '1.2.3.4, 203.0.113.9, 10.0.0.2' } },
      from('10.0.0.1'),
    )
    expect(behind.logged.at(-1)?.fields.ip).toBe('203.0.113.9')
    await behind.close()
  })
})

function token(): RequestInit {
  return { headers: { Authorization: `Bearer ${serviceToken}` } }
}
