import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ask,
  bearer,
  createTestService,
  post,
  signInAs,
  signInBrowser,
  statusOfMe,
  type TestService,
} from './people.ts'

const email = 'alice@example.com'
const hour = 3_600_000
const day = 24 * hour
let parts: TestService
beforeEach(async () => {
  parts = await createTestService()
})
afterEach(() => parts.close())

const listOf = async (token: string) =>
  (await ask(parts, '/api/auth/sessions', { headers: bearer(token) })).body.sessions
const end = (token: string, which: string) =>
  ask(parts, `/api/auth/sessions/${which}`, { method: 'DELETE', headers: bearer(token) })

const signedInBrowser = (address?: string, service = parts) => signInBrowser(service, email, address)

describe('a session', () => {
  it('ends after thirty days in which nobody used it', async () => {
    const { token } = await signInAs(parts, email)
    parts.clock.advance(30 * day - 1000)
    const { token: other } = await signInAs(parts, 'bob@example.com')
    expect(await listOf(other)).toHaveLength(1)
    parts.clock.advance(1000)
    expect(await statusOfMe(parts, token)).toBe(401)
    expect(await statusOfMe(parts, other)).toBe(200)
  })

  it('lives on while it is used, but never past ninety days', async () => {
    const { token } = await signInAs(parts, email)
    for (let days = 0; days < 87; days += 29) {
      parts.clock.advance(29 * day)
      expect(await statusOfMe(parts, token)).toBe(200)
      await settled(parts)
    }
    parts.clock.advance(3 * day - 1000)
    expect(await statusOfMe(parts, token)).toBe(200)
    await settled(parts)
    parts.clock.advance(1000)
    expect(await statusOfMe(parts, token)).toBe(401)
  })

  it('is written down as used at most once an hour', async () => {
    const { token } = await signInAs(parts, email)
    const seen = async () => {
      await settled(parts)
      const [row] = await parts.sql('SELECT last_seen_at FROM sessions')
      return Number(row?.last_seen_at)
    }
    const opened = await seen()
    parts.clock.advance(hour - 1)
    await statusOfMe(parts, token)
    expect(await seen()).toBe(opened)
    parts.clock.advance(1)
    await Promise.all(Array.from({ length: 20 }, () => statusOfMe(parts, token)))
    expect(await seen()).toBe(opened + hour)
  })

  it('answers without waiting for that, and also when it cannot be written', async () => {
    const { token } = await signInAs(parts, email)
    parts.clock.advance(2 * hour)
    parts.app.database.write = () => Promise.reject(new Error('the disk is full'))
    expect(await statusOfMe(parts, token)).toBe(200)
    await expect
      .poll(() => parts.logged.some(({ message }) => message.includes('could not be written down')))
      .toBe(true)
    expect(JSON.stringify(parts.logged)).not.toContain(token)
  })

  it('shows what its user changes at once, because nothing of the user is in the token', async () => {
    const { token, userId } = await signInAs(parts, email)
    await parts.sql(`UPDATE users SET subscription_tier = 'premium' WHERE id = ?`, userId)
    const { body } = await ask(parts, '/api/me', { headers: bearer(token) })
    expect(body).toMatchObject({
      subscription_tier: 'premium',
      entitlements: { toll_free_number: true, voice_minutes: 100 },
      number: { state: 'pending' },
      subscription: { state: 'granted' },
    })
    await parts.sql(`UPDATE users SET subscription_tier = 'free' WHERE id = ?`, userId)
    const lowered = await ask(parts, '/api/me', { headers: bearer(token) })
    expect(lowered.body.entitlements.toll_free_number).toBe(false)
    expect(lowered.body.revision).toBeGreaterThan(body.revision)
  })

  it('dies with its user, whoever removes the row', async () => {
    const { token, userId, sessionId } = await signInAs(parts, email)
    await ask(parts, '/api/auth/code', post({ email }))
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const device = await ask(parts, '/api/auth/device', {
      method: 'POST',
      headers: form,
      body: 'client_id=x',
    })
    const body = `user_code=${device.body.user_code}&decision=approve`
    await ask(parts, '/device', { method: 'POST', headers: { ...form, ...bearer(token) }, body })
    expect(await parts.sql('SELECT user_id FROM device_grants')).toEqual([{ user_id: userId }])
    await parts.sql('DELETE FROM users WHERE id = ?', userId)
    expect(await statusOfMe(parts, token)).toBe(401)
    expect((await parts.app.sessions.findLive([sessionId], parts.clock.now())).size).toBe(0)
    for (const table of ['sessions', 'sign_in_codes', 'device_grants', 'unproven_signups'])
      expect(await parts.sql(`SELECT * FROM ${table}`)).toEqual([])
  })
})

describe('a token', () => {
  it('is refused in every shape but its own', async () => {
    const { token } = await signInAs(parts, email)
    const other = `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`
    const shapes = [
      '',
      'Bearer',
      token,
      `Basic ${token}`,
      `Bearer ${token.toUpperCase()}`,
      `Bearer ${token}x`,
      `Bearer ${token} ${token}`,
      `Bearer ${other}`,
      `Bearer ${token.slice(4)}`,
      "Bearer ' OR '1'='1",
      `Bearer ${'a'.repeat(8000)}`,
      `Bearer xsw_${'%'.repeat(52)}`,
    ]
    for (const Authorization of shapes) {
      const { status } = await ask(parts, '/api/me', { headers: { Authorization } })
      expect([Authorization, status]).toEqual([Authorization, 401])
    }
    expect((await ask(parts, '/api/me', { headers: { Authorization: `bearer ${token}` } })).status).toBe(200)
  })

  it('is never made good by a cookie beside it', async () => {
    const { browser } = await signedInBrowser()
    expect((await browser.ask('/api/me')).status).toBe(200)
    const wrong = `Bearer xsw_${'a'.repeat(52)}`
    expect((await browser.ask('/api/me', { headers: { Authorization: wrong } })).status).toBe(401)
  })

  it('is not taken from the address or from the body', async () => {
    const { token } = await signInAs(parts, email)
    for (const path of [`/api/me?token=${token}`, `/api/me?access_token=${token}`])
      expect((await ask(parts, path)).status).toBe(401)
  })

  it('is new with every sign-in', async () => {
    const first = await signInAs(parts, email)
    const second = await signInAs(parts, email)
    expect(second.token).not.toBe(first.token)
    expect(await statusOfMe(parts, first.token)).toBe(200)
  })
})

describe('the list of sessions', () => {
  it('tells kind, name and times of each, which one asks, and nothing that opens one', async () => {
    const { browser, told } = await signedInBrowser()
    const api = await signInAs(parts, email, '192.0.2.99')
    parts.clock.advance(1000)
    const { body, text } = await browser.ask('/api/auth/sessions')
    expect(body.sessions).toHaveLength(2)
    const mine = body.sessions.find((one: { current: boolean }) => one.current)
    expect(mine).toEqual({
      id: told.body.session_id,
      kind: 'browser',
      name: 'Firefox on Linux',
      created_at: '2026-11-23 14:17:00',
      last_seen_at: '2026-11-23 14:17:00',
      expires_at: '2026-12-23 14:17:00',
      current: true,
    })
    expect(body.sessions.find((one: { current: boolean }) => !one.current)).toMatchObject({ kind: 'api' })
    for (const secret of [told.body.token, api.token, '192.0.2']) expect(text).not.toContain(secret)
  })

  it('shows nobody the sessions of somebody else', async () => {
    const alice = await signInAs(parts, email)
    const bob = await signInAs(parts, 'bob@example.com')
    expect((await listOf(bob.token)).map(({ id }: { id: string }) => id)).toEqual([bob.sessionId])
    expect((await listOf(alice.token)).map(({ id }: { id: string }) => id)).toEqual([alice.sessionId])
  })
})

describe('ending a session', () => {
  it('by its id counts from the next request on', async () => {
    const one = await signInAs(parts, email)
    const other = await signInAs(parts, email)
    expect((await end(one.token, other.sessionId)).status).toBe(204)
    expect(await statusOfMe(parts, other.token)).toBe(401)
    expect(await statusOfMe(parts, one.token)).toBe(200)
    const live = await parts.app.sessions.findLive([one.sessionId, other.sessionId, 'x'], parts.clock.now())
    expect([...live]).toEqual([one.sessionId])
  })

  it('named current ends the one that asks', async () => {
    const one = await signInAs(parts, email)
    const other = await signInAs(parts, email)
    expect((await end(one.token, 'current')).status).toBe(204)
    expect(await statusOfMe(parts, one.token)).toBe(401)
    expect(await statusOfMe(parts, other.token)).toBe(200)
  })

  it('named all ends every one, and only those of this user', async () => {
    const bob = await signInAs(parts, 'bob@example.com')
    const ones = [await signInAs(parts, email), await signInAs(parts, email), await signInAs(parts, email)]
    expect((await end(ones[0]?.token ?? '', 'all')).status).toBe(204)
    for (const { token } of ones) expect(await statusOfMe(parts, token)).toBe(401)
    expect(await statusOfMe(parts, bob.token)).toBe(200)
  })

  it('of somebody else is not found, in the same words as one that never was', async () => {
    const alice = await signInAs(parts, email)
    const bob = await signInAs(parts, 'bob@example.com')
    const foreign = await end(bob.token, alice.sessionId)
    const unknown = await end(bob.token, '00000000-0000-4000-8000-000000000000')
    expect(foreign.status).toBe(404)
    expect(foreign.body).toEqual(unknown.body)
    expect(await statusOfMe(parts, alice.token)).toBe(200)
  })

  it('takes the cookie away with it', async () => {
    const { browser } = await signedInBrowser()
    const told = await browser.ask('/api/auth/sessions/current', { method: 'DELETE' })
    expect(told.status).toBe(204)
    expect(browser.jar.size).toBe(0)
    expect((await browser.ask('/api/me')).status).toBe(401)
  })
})

/** Waits until the writes nobody waits for are done: units are answered in the order in which they came. */
async function settled({ app }: TestService): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  await app.database.write({ statements: [{ sql: 'UPDATE users SET id = id WHERE id IS NULL', args: [] }] })
}
