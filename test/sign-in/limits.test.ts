import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import { createSignInQueries } from '../../src/database/sign-in.ts'
import { limitKey, limitsOf } from '../../src/domain/limits.ts'
import { defaultConfig } from '../app.ts'
import { ask, createTestService, from, post, readCode, signInAs, type TestService, wrong } from './people.ts'

const email = 'alice@example.com'
const hour = 3_600_000
const limits = {
  enabled: true,
  signups_per_hour_per_ip: 3,
  codes_per_hour_per_email: 4,
  codes_per_hour_per_ip: 6,
  wrong_codes_per_hour_per_ip: 7,
}
let parts: TestService
beforeEach(async () => {
  parts = await createTestService({ config: { limits } })
})
afterEach(() => parts.close())

const signUp = (email: string, address: string) => ask(parts, '/api/signup', post({ email }), from(address))
const askForCode = (address: string, to = email) =>
  ask(parts, '/api/auth/code', post({ email: to }), from(address))
const signIn = (address: string, body: Record<string, unknown>) =>
  ask(parts, '/api/auth/session', post({ email, ...body }), from(address))

describe('sign-ups', () => {
  it('are limited per address and not for others, and allowed again as time goes by', async () => {
    for (let index = 0; index < 3; index++)
      expect((await signUp(`p${index}@example.com`, '192.0.2.1')).status).toBe(201)
    const refused = await signUp('p4@example.com', '192.0.2.1')
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('1200')
    expect((await signUp('p5@example.com', '192.0.2.2')).status).toBe(201)
    parts.clock.advance(1_200_000)
    expect((await signUp('p4@example.com', '192.0.2.1')).status).toBe(201)
    expect((await signUp('p6@example.com', '192.0.2.1')).status).toBe(429)
  })

  it('count also when the address is known, or trying addresses out would cost nothing', async () => {
    await signUp(email, '192.0.2.1')
    for (let index = 0; index < 3; index++) expect((await signUp(email, '192.0.2.2')).status).toBe(409)
    expect((await signUp(email, '192.0.2.2')).status).toBe(429)
  })

  it('do not count when nothing was asked of us', async () => {
    for (let index = 0; index < 10; index++) expect((await signUp('nonsense', '192.0.2.1')).status).toBe(422)
    expect((await signUp(email, '192.0.2.1')).status).toBe(201)
  })

  it('are not let through by a forged X-Forwarded-For', async () => {
    for (let index = 0; index < 3; index++) await signUp(`p${index}@example.com`, '192.0.2.1')
    for (let index = 0; index < 5; index++) {
      const forged = { 'X-Forwarded-For': `203.0.113.${index}`, Forwarded: `for=203.0.113.${index}` }
      const told = await ask(
        parts,
        '/api/signup',
        post({ email: `q${index}@example.com` }, forged),
        from('192.0.2.1'),
      )
      expect(told.status).toBe(429)
    }
  })

  it('of one household count together: it has a whole IPv6 network', async () => {
    for (let index = 0; index < 3; index++)
      expect((await signUp(`p${index}@example.com`, `2001:db8:1:2::${index}`)).status).toBe(201)
    expect((await signUp('p4@example.com', '2001:db8:1:2:ffff::1')).status).toBe(429)
    expect((await signUp('p4@example.com', '2001:db8:1:3::1')).status).toBe(201)
  })

  it('let exactly as many through as are allowed when all come at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, index) => signUp(`p${index}@example.com`, '192.0.2.1')),
    )
    expect(all.filter(({ status }) => status === 201)).toHaveLength(3)
    expect(all.filter(({ status }) => status === 429)).toHaveLength(37)
  })
})

describe('codes', () => {
  it('are limited per mailbox and place, alike for known and unknown ones', async () => {
    await signUp(email, '192.0.2.9')
    for (const to of [email, 'nobody@example.com']) {
      const address = to === email ? '192.0.2.1' : '192.0.2.2'
      for (let index = 0; index < 4; index++) expect((await askForCode(address, to)).status).toBe(202)
      const refused = await askForCode(address, to)
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '900'])
    }
  })

  it('are limited per place over all mailboxes', async () => {
    for (let index = 0; index < 6; index++)
      expect((await askForCode('192.0.2.1', `p${index}@example.com`)).status).toBe(202)
    expect((await askForCode('192.0.2.1', 'p7@example.com')).status).toBe(429)
    expect((await askForCode('192.0.2.2', 'p7@example.com')).status).toBe(202)
  })

  it('still reach their owner when a stranger used up what one place gets', async () => {
    await signUp(email, '192.0.2.1')
    for (let index = 0; index < 20; index++) await askForCode('198.51.100.66')
    expect((await askForCode('192.0.2.1')).status).toBe(202)
    expect((await signIn('192.0.2.1', { code: await readCode(parts, email) })).status).toBe(201)
  })

  it('still reach their owner where they were signed in before when strangers everywhere used everything up', async () => {
    await signInAs(parts, email, '192.0.2.1')
    parts.clock.advance(hour)
    for (let place = 1; place <= 20; place++) await askForCode(`198.51.100.${place}`)
    const stranger = await askForCode('203.0.113.1')
    expect(stranger.status).toBe(429)
    expect(Number(stranger.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await askForCode('192.0.2.1')).status).toBe(202)
    expect((await signIn('192.0.2.1', { code: await readCode(parts, email) })).status).toBe(201)
  })
})

describe('wrong codes', () => {
  it('are limited per place; right ones cost nothing', async () => {
    await signUp(email, '192.0.2.1')
    for (let round = 0; round < 3; round++) {
      await askForCode('192.0.2.1')
      expect((await signIn('192.0.2.1', { code: await readCode(parts, email) })).status).toBe(201)
    }
    for (let index = 0; index < 7; index++)
      expect((await signIn('192.0.2.1', { code: '000000', email: 'x@example.com' })).status).toBe(401)
    const refused = await signIn('192.0.2.1', { code: '000000', email: 'x@example.com' })
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('515')
    expect((await signIn('192.0.2.2', { code: '000000', email: 'x@example.com' })).status).toBe(401)
  })

  it('of a neighbour do not keep out who holds the token of the request', async () => {
    await signUp(email, '192.0.2.1')
    const { body } = await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    for (let index = 0; index < 30; index++) await signIn('192.0.2.1', { code: wrong(code, index + 1) })
    expect((await signIn('192.0.2.1', { code })).status).toBe(429)
    expect((await signIn('192.0.2.1', { code: wrong(code), request: body.request })).status).toBe(429)
    expect((await signIn('192.0.2.1', { code, request: body.request })).status).toBe(201)
  })
})

describe('a place that is shut out', () => {
  it('does not get in with a right code alone, only together with the token of its request', async () => {
    await signUp(email, '192.0.2.1')
    for (let index = 0; index < 7; index++)
      await signIn('192.0.2.1', { code: '000000', email: 'x@example.com' })
    const { body } = await askForCode('192.0.2.1')
    const code = await readCode(parts, email)
    expect((await signIn('192.0.2.1', { code })).status).toBe(429)
    expect((await signIn('192.0.2.1', { code, request: body.request })).status).toBe(201)
  })
})

describe('the counting', () => {
  it('survives a restart and holds across processes', async () => {
    const again = await openDatabase({ url: parts.url })
    try {
      const config = { ...defaultConfig(), limits }
      const other = createSignInQueries(again, parts.clock, config).limits
      const count = { rule: 'sign-up-place', subject: '192.0.2.1' } as const
      await signUp('p1@example.com', '192.0.2.1')
      expect(await other.take(count)).toBeUndefined()
      await signUp('p2@example.com', '192.0.2.1')
      expect(await other.take(count)).toBe(1200)
      expect((await signUp('p3@example.com', '192.0.2.1')).status).toBe(429)
    } finally {
      await again.close()
    }
  })

  it('counts all of several or none', async () => {
    const place = { rule: 'code-place', subject: 'a' } as const
    const mailbox = { rule: 'code-mailbox-place', subject: 'b' } as const
    for (let index = 0; index < 4; index++) await parts.app.limits.demand(place, mailbox)
    await expect(parts.app.limits.demand(place, mailbox)).rejects.toMatchObject({ code: 'too-often' })
    expect(await parts.app.limits.take(place, { ...mailbox, subject: 'c' })).toBeUndefined()
    expect(await parts.app.limits.take(place)).toBeUndefined()
    expect(await parts.app.limits.take(place)).toBeDefined()
  })

  it('lets each rule have all of its number, whatever it is', async () => {
    for (const [rule, { times }] of Object.entries(limitsOf({ limits })))
      if (times < 100) {
        const count = { rule: rule as keyof ReturnType<typeof limitsOf>, subject: 'x' }
        for (let index = 0; index < times; index++) expect(await parts.app.limits.take(count)).toBeUndefined()
        expect(await parts.app.limits.take(count)).toBeGreaterThan(0)
      }
  })

  it('keeps one row per rule and subject, finds it by its key, and forgets it when it is whole again', async () => {
    for (let index = 0; index < 30; index++) await askForCode('192.0.2.1')
    expect((await parts.sql('SELECT count(*) AS n FROM rate_limits'))[0]).toEqual({ n: 3 })
    const key = limitKey({ rule: 'code-place', subject: '192.0.2.1' })
    const plan = await parts.database.read({
      sql: 'EXPLAIN QUERY PLAN UPDATE rate_limits SET full_at = 1 WHERE key = ?',
      args: [key],
    })
    expect(JSON.stringify(plan)).toContain('USING PRIMARY KEY (key=?)')
    parts.clock.advance(2 * hour)
    const forgotten = await parts.database.write({
      statements: [parts.app.limits.forgetOld(parts.clock.now())],
    })
    expect(forgotten).toMatchObject({ outcome: 'done' })
    expect(await parts.sql('SELECT * FROM rate_limits')).toEqual([])
  })

  it('holds no address in clear', async () => {
    await askForCode('192.0.2.1')
    const rows = JSON.stringify(await parts.sql('SELECT * FROM rate_limits'))
    expect(rows).not.toMatch(/192\.0\.2\.1|alice/)
  })

  it('is off in development: nothing is counted and nothing written', async () => {
    const free = await createTestService()
    try {
      for (let index = 0; index < 60; index++)
        expect((await ask(free, '/api/auth/code', post({ email }), from('192.0.2.1'))).status).toBe(202)
      expect(await free.sql('SELECT * FROM rate_limits')).toEqual([])
    } finally {
      await free.close()
    }
  })

  it('refuses when it cannot count: an outage opens no door', async () => {
    parts.app.database.write = async () => ({ outcome: 'unknown', cause: new Error('lost') })
    expect((await askForCode('192.0.2.1')).status).toBe(503)
    expect((await signIn('192.0.2.1', { code: '000000' })).status).toBe(503)
  })
})
