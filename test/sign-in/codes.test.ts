import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ask,
  bearer,
  cookiesOf,
  createBrowser,
  createTestService,
  from,
  post,
  readCode,
  signInAs,
  type TestService,
  wrong,
} from './people.ts'

const email = 'alice@example.com'
const minute = 60_000
let parts: TestService
beforeEach(async () => {
  parts = await createTestService()
  await ask(parts, '/api/signup', post({ email }))
})
afterEach(() => parts.close())

const askForCode = (address: string, to = email) =>
  ask(parts, '/api/auth/code', post({ email: to }), from(address))
const signIn = (address: string, body: Record<string, unknown>) =>
  ask(parts, '/api/auth/session', post({ email, ...body }), from(address))

describe('signing in by a mailed code', () => {
  it('answers a token, the user and a session, and the token opens the account', async () => {
    const asked = await askForCode('192.0.2.1')
    expect(asked.status).toBe(202)
    const told = await signIn('192.0.2.1', { code: await readCode(parts, email) })
    expect(told.status).toBe(201)
    expect(Object.keys(told.body)).toEqual(['token', 'user', 'session_id', 'expires_at'])
    const me = await ask(parts, '/api/me', { headers: bearer(told.body.token) })
    expect(me.status).toBe(200)
    expect(me.body).toMatchObject({
      id: told.body.user.id,
      email,
      entitlements: { toll_free_number: false },
      usage: {
        period_start: '2026-11-01',
        period_end: '2026-12-01',
        voice_minutes: { used: 0, included: 0 },
      },
      number: { state: 'none', xswarm_phone: null, sms_status: 'none' },
      subscription: { state: 'none', tier: 'free' },
    })
    expect(me.headers.get('etag')).toBe(`"${me.body.revision}"`)
  })

  it('takes the code as people type it, and the address in any spelling', async () => {
    await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    const told = await signIn('192.0.2.1', {
      email: ' ALICE@Example.com ',
      code: ` ${code.slice(0, 3)}-${code.slice(3)} `,
    })
    expect(told.status).toBe(201)
  })

  it('lets a hand-made row sign in, however its address is written', async () => {
    await parts.sql(
      `INSERT INTO users (id, email, phone, xswarm_email) VALUES ('hand', 'Bob@Example.COM', '+15551234567', 'bob@xswarm.ai')`,
    )
    await askForCode('192.0.2.1', 'bob@example.com')
    const code = await readCode(parts, 'Bob@Example.COM')
    const told = await signIn('192.0.2.1', { email: 'bob@example.com', code })
    expect(told.status).toBe(201)
    expect(told.body.user).toMatchObject({ id: 'hand', phone: '+15551234567' })
  })

  it('refuses what cannot be a code without using up a try', async () => {
    await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    for (const nonsense of [
      '',
      '12345',
      '1234567',
      'abcdef',
      '１２３４５６',
      `${code}0`,
      "' OR 1=1",
      '12.345',
    ])
      expect([nonsense, (await signIn('192.0.2.1', { code: nonsense })).status]).toEqual([nonsense, 422])
    expect((await signIn('192.0.2.1', { code })).status).toBe(201)
  })
})

describe('a code', () => {
  it('works once', async () => {
    await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    expect((await signIn('192.0.2.1', { code })).status).toBe(201)
    expect((await signIn('192.0.2.1', { code })).status).toBe(401)
  })

  it('opens one session when it comes fifty times at once', async () => {
    await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    const all = await Promise.all(Array.from({ length: 50 }, () => signIn('192.0.2.1', { code })))
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(all.filter(({ status }) => status === 401)).toHaveLength(49)
    expect(await parts.sql('SELECT count(*) AS n FROM sessions')).toEqual([{ n: 1 }])
  })

  it('works for ten minutes and not longer', async () => {
    await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    parts.clock.advance(10 * minute)
    expect((await signIn('192.0.2.1', { code })).status).toBe(401)
    const { body } = await askForCode('192.0.2.1')
    const fresh = await readCode(parts, email)
    parts.clock.advance(10 * minute - 1000)
    expect((await signIn('192.0.2.1', { code: fresh, request: body.request })).status).toBe(201)
  })

  it('is not opened by the place alone for who gives another token', async () => {
    await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    expect((await signIn('192.0.2.1', { code, request: 'x'.repeat(32) })).status).toBe(401)
    expect((await signIn('192.0.2.1', { code })).status).toBe(201)
  })

  it('is void after five wrong tries, also when they come at once', async () => {
    const { body } = await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    for (const ways of [{}, { request: body.request }]) {
      await Promise.all(
        Array.from({ length: 5 }, (_, index) =>
          signIn('192.0.2.1', { code: wrong(code, index + 1), ...ways }),
        ),
      )
      expect((await signIn('192.0.2.1', { code, ...ways })).status).toBe(401)
    }
  })

  it('is still good after four wrong tries', async () => {
    await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    for (let index = 1; index < 5; index++)
      expect((await signIn('192.0.2.1', { code: wrong(code, index) })).status).toBe(401)
    expect((await signIn('192.0.2.1', { code })).status).toBe(201)
  })

  it('can be guessed five times however many guesses are under way', async () => {
    const { body } = await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    const guesses = Array.from({ length: 40 }, (_, index) => wrong(code, index + 1))
    guesses.splice(20, 0, code)
    const all = await Promise.all(
      guesses.map((guess) => signIn('198.51.100.1', { code: guess, request: body.request })),
    )
    expect(all.every(({ status }) => status === 401)).toBe(true)
  })

  it('works nowhere else, and from elsewhere no try of it can be used up', async () => {
    await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    for (let index = 0; index < 20; index++)
      expect((await signIn('198.51.100.66', { code: index === 7 ? code : wrong(code, index) })).status).toBe(
        401,
      )
    expect((await signIn('192.0.2.1', { code })).status).toBe(201)
  })

  it('works from anywhere together with the token of its request, and not with that of another', async () => {
    const mine = await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    const foreign = await askForCode('198.51.100.66')
    const attempt = await signIn('198.51.100.66', { code, request: foreign.body.request })
    expect(attempt.status).toBe(401)
    expect((await signIn('203.0.113.5', { code, request: mine.body.request })).status).toBe(201)
  })

  it('does not hinder another one: several pending requests live side by side', async () => {
    const first = await askForCode('192.0.2.1')
    const firstCode = await readCode(parts, email)
    const second = await askForCode('192.0.2.2')
    parts.clock.advance(1000)
    const secondCode = await readCode(parts, email)
    expect((await signIn('192.0.2.2', { code: secondCode, request: second.body.request })).status).toBe(201)
    expect((await signIn('192.0.2.1', { code: firstCode, request: first.body.request })).status).toBe(201)
  })

  it('of an earlier mail works too where it was asked for twice', async () => {
    await askForCode('192.0.2.1')
    const first = await readCode(parts, email)
    await askForCode('192.0.2.1')
    expect((await signIn('192.0.2.1', { code: first })).status).toBe(201)
  })

  it('keeps the tries of whoever holds the token from a neighbour behind the same address', async () => {
    const { body } = await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    for (let index = 1; index < 12; index++) await signIn('192.0.2.1', { code: wrong(code, index) })
    expect((await signIn('192.0.2.1', { code })).status).toBe(401)
    expect((await signIn('192.0.2.1', { code, request: body.request })).status).toBe(201)
  })

  it('is worth nothing once its user has another address', async () => {
    const { body } = await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    await parts.sql(`UPDATE users SET email = 'moved@example.com' WHERE email = ?`, email)
    await parts.sql(
      `INSERT INTO users (id, email, xswarm_email) VALUES ('other', ?, 'someone@xswarm.ai')`,
      email,
    )
    expect((await signIn('192.0.2.1', { code, request: body.request })).status).toBe(401)
    const moved = await signIn('192.0.2.1', { email: 'moved@example.com', code, request: body.request })
    expect(moved.status).toBe(401)
  })
})

describe('the token of a request for a code', () => {
  it('is a cookie no page can read, and a browser needs nothing else', async () => {
    const browser = createBrowser(parts, '192.0.2.10')
    const asked = await browser.ask('/api/auth/code', post({ email }))
    expect(cookiesOf(asked).get('xswarm-code')).toEqual({
      value: asked.body.request,
      attributes: 'Max-Age=600; Path=/; HttpOnly; SameSite=Lax',
    })
    const code = await readCode(parts, email)
    const told = await browser.ask('/api/auth/session', post({ email, code }))
    expect(told.status).toBe(201)
    expect([...browser.jar.keys()]).toEqual(['xswarm'])
  })

  it('lets a browser in whose address changed meanwhile', async () => {
    const browser = createBrowser(parts, '192.0.2.10')
    await browser.ask('/api/auth/code', post({ email }))
    const code = await readCode(parts, email)
    const moved = createBrowser(parts, '203.0.113.77')
    for (const [name, value] of browser.jar) moved.jar.set(name, value)
    expect((await moved.ask('/api/auth/session', post({ email, code }))).status).toBe(201)
  })
})

describe('the database', () => {
  it('holds no token, no request token and no address of a stranger', async () => {
    const { body } = await askForCode('192.0.2.1')
    await askForCode('192.0.2.1', 'stranger@example.net')
    const { token } = await signInAs(parts, 'carol@example.com', '203.0.113.9')
    const dump = await dumpOf(parts)
    expect(dump).toContain('carol@example.com')
    for (const secret of [
      token,
      token.slice(4),
      body.request,
      'stranger@example.net',
      '203.0.113.9',
      '192.0.2.1',
    ])
      expect(dump).not.toContain(secret)
  })

  it('holds no code any more once its mail was sent', async () => {
    await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    const rows = await parts.sql(`SELECT * FROM sign_in_codes`)
    expect(JSON.stringify(rows)).not.toContain(`"${code}"`)
    expect(JSON.stringify(await parts.sql('SELECT payload FROM jobs'))).not.toContain(code)
  })
})

async function dumpOf({ sql }: TestService): Promise<string> {
  const tables = await sql(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'`,
  )
  const rows = await Promise.all(tables.map(({ name }) => sql(`SELECT * FROM "${name}"`)))
  return JSON.stringify(rows)
}
