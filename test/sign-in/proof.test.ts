import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signUp } from '../../src/actions/sign-up.ts'
import { createSession } from '../../src/domain/sessions.ts'
import {
  ask,
  createBrowser,
  createTestService,
  from,
  post,
  readCode,
  signInAs,
  statusOfMe,
  type TestService,
} from './people.ts'

const victim = 'victim@example.com'
const phone = '+15551230000'
let parts: TestService
beforeEach(async () => {
  parts = await createTestService()
})
afterEach(() => parts.close())

const unproven = () => parts.sql('SELECT user_id FROM unproven_signups')

describe('the first proof of an address', () => {
  it('takes away the phone that somebody else left at the sign-up', async () => {
    const attacker = createBrowser(parts, '198.51.100.66')
    await attacker.ask('/api/signup', post({ email: victim, phone }))
    expect(await unproven()).toHaveLength(1)
    const owner = createBrowser(parts, '192.0.2.1')
    await owner.ask('/api/auth/code', post({ email: victim }))
    const code = await readCode(parts, victim)
    const told = await owner.ask('/api/auth/session', post({ email: victim, code }))
    expect(told.status).toBe(201)
    expect(told.body.user.phone).toBeNull()
    expect((await owner.ask('/api/me')).body.phone).toBeNull()
    expect(await unproven()).toEqual([])
  })

  it('ends whatever sessions there were before it', async () => {
    const attacker = createBrowser(parts, '198.51.100.66')
    const { body } = await attacker.ask('/api/signup', post({ email: victim }))
    const { token, session } = createSession(
      { user_id: body.user_id, kind: 'api', name: 'planted', address_hash: 'x' },
      parts.app.ids,
      parts.clock.now(),
    )
    await parts.app.database.write({ statements: [parts.app.sessions.open(session)] })
    expect(await statusOfMe(parts, token)).toBe(200)
    const owner = await signInAs(parts, victim)
    expect(await statusOfMe(parts, token)).toBe(401)
    expect(await statusOfMe(parts, owner.token)).toBe(200)
  })

  it('keeps the phone when it comes from the browser that signed up', async () => {
    const browser = createBrowser(parts)
    await browser.ask('/api/signup', post({ email: victim, phone }))
    await browser.ask('/api/auth/code', post({ email: victim }))
    const code = await readCode(parts, victim)
    const told = await browser.ask('/api/auth/session', post({ email: victim, code }))
    expect(told.body.user.phone).toBe(phone)
    expect((await browser.ask('/api/me')).body.phone).toBe(phone)
  })

  it('keeps it also after the answer to the sign-up was lost and it was repeated', async () => {
    const browser = createBrowser(parts)
    const signUp = () =>
      browser.ask('/api/signup', post({ email: victim, phone }, { 'Idempotency-Key': 'k1' }))
    await signUp()
    await signUp()
    await browser.ask('/api/auth/code', post({ email: victim }))
    const code = await readCode(parts, victim)
    const told = await browser.ask('/api/auth/session', post({ email: victim, code }))
    expect(told.body.user.phone).toBe(phone)
  })

  it('is not faked by a token of one’s own', async () => {
    const attacker = createBrowser(parts, '198.51.100.66')
    await attacker.ask('/api/signup', post({ email: victim, phone }))
    const owner = createBrowser(parts, '192.0.2.1')
    owner.jar.set('xswarm-signup', 'a'.repeat(32))
    await owner.ask('/api/auth/code', post({ email: victim }))
    const code = await readCode(parts, victim)
    const told = await owner.ask('/api/auth/session', post({ email: victim, code }))
    expect(told.body.user.phone).toBeNull()
  })

  it('happens once: what the owner sets later stays', async () => {
    const first = await signInAs(parts, victim)
    await parts.sql('UPDATE users SET phone = ? WHERE id = ?', phone, first.userId)
    await signInAs(parts, victim, '203.0.113.7')
    expect((await parts.app.users.findByEmail(victim))?.phone).toBe(phone)
    expect(await statusOfMe(parts, first.token)).toBe(200)
  })
})

describe('what counts as unproven', () => {
  it('is a sign-up through the API and one through the page', async () => {
    await ask(parts, '/api/signup', post({ email: victim }))
    const form = { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }
    const page = await ask(parts, '/', { ...form, body: 'email=second%40example.com' })
    expect(page.status).toBe(201)
    expect(page.headers.getSetCookie().join()).toContain('xswarm-signup=')
    expect(await unproven()).toHaveLength(2)
  })

  it('is no row made by hand, by an operator or by the library', async () => {
    await signUp(parts.app, { email: victim, phone })
    await parts.sql(
      `INSERT INTO users (id, email, phone, xswarm_email) VALUES ('hand', 'bob@example.com', '+15551234567', 'bob@xswarm.ai')`,
    )
    expect(await unproven()).toEqual([])
    await signInAs(parts, victim)
    await signInAs(parts, 'bob@example.com')
    expect((await parts.app.users.findByEmail(victim))?.phone).toBe(phone)
    expect((await parts.app.users.findByEmail('bob@example.com'))?.phone).toBe('+15551234567')
  })

  it('is no sign-up that was refused', async () => {
    await ask(parts, '/api/signup', post({ email: victim }), from('192.0.2.1'))
    expect((await ask(parts, '/api/signup', post({ email: victim }), from('192.0.2.2'))).status).toBe(409)
    expect(await unproven()).toHaveLength(1)
  })
})
