import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runJobs } from '../jobs/run-jobs.ts'
import {
  ask,
  bearer,
  createTestService,
  from,
  post,
  readCode,
  type SignedInPerson,
  signInAs,
  type TestService,
  wrong,
} from '../sign-in/people.ts'
import { readChangeCode } from './admins.ts'

const minute = 60_000
let parts: TestService
let alice: SignedInPerson
beforeEach(async () => {
  parts = await createTestService()
  alice = await signInAs(parts, 'alice@example.com')
})
afterEach(() => parts.close())

const change = (body: Record<string, string>, person = alice) =>
  ask(parts, '/api/me/email', post(body, bearer(person.token)))
const emailOf = async (id: string) => (await parts.app.users.findById(id))?.email
const mailsTo = (address: string) => parts.mailbox.list().filter(({ to }) => to === address)

describe('changing the address', () => {
  it('swaps it only after the new one is proven, tells the old one and keeps the session', async () => {
    const asked = await change({ email: ' Alice@New.example ' })
    expect(asked.status).toBe(202)
    expect(asked.body).toEqual({ email: 'alice@new.example', expires_in: 600 })
    expect(await emailOf(alice.userId)).toBe('alice@example.com')
    const code = await readChangeCode(parts, 'alice@new.example')
    const told = await change({ email: 'alice@new.example', code })
    expect(told.status).toBe(200)
    expect(told.body).toMatchObject({ id: alice.userId, email: 'alice@new.example' })
    expect(told.headers.get('etag')).toMatch(/^"\d+"$/)
    await runJobs(parts)
    expect(
      mailsTo('alice@example.com').some(({ subject }) =>
        /address of your xSwarm account was changed/.test(subject),
      ),
    ).toBe(true)
    expect((await ask(parts, '/api/me', { headers: bearer(alice.token) })).body.email).toBe(
      'alice@new.example',
    )
    const [entry] = await parts.app.audit.list({ user_id: alice.userId, limit: 1 })
    expect(entry).toMatchObject({ action: 'user.email-changed', actor: `user:${alice.userId}`, detail: {} })
  })

  it('answers the same for an address somebody has, sends no code there and tells its owner once', async () => {
    await signInAs(parts, 'bob@example.com', '192.0.2.20')
    const free = await change({ email: 'free@example.com' })
    const taken = await change({ email: 'bob@example.com' })
    expect(taken.status).toBe(free.status)
    expect({ ...taken.body, email: '' }).toEqual({ ...free.body, email: '' })
    expect([...taken.headers.keys()]).toEqual([...free.headers.keys()])
    await change({ email: 'bob@example.com' })
    const before = mailsTo('bob@example.com').length
    await runJobs(parts)
    const news = mailsTo('bob@example.com').slice(0, mailsTo('bob@example.com').length - before)
    expect(new Set(news.map(({ message_id }) => message_id)).size).toBe(1)
    expect(news.every(({ subject }) => /already have an xSwarm account/.test(subject))).toBe(true)
    expect(news.some(({ text }) => /\b\d{6}\b|\b\d{3} \d{3}\b/.test(text))).toBe(false)
  })

  it('takes a code once, for the address it was mailed to, for ten minutes and five tries', async () => {
    const email = 'alice@new.example'
    await change({ email })
    const code = await readChangeCode(parts, email)
    expect((await change({ email: 'other@new.example', code })).status).toBe(422)
    for (let by = 1; by <= 5; by++) expect((await change({ email, code: wrong(code, by) })).status).toBe(422)
    const used = await change({ email, code })
    expect(used.status).toBe(422)
    expect(used.body.errors).toEqual([
      { field: 'code', message: expect.stringContaining('Ask for a new one') },
    ])

    await change({ email })
    const second = await readChangeCode(parts, email)
    parts.clock.advance(10 * minute)
    expect((await change({ email, code: second })).status).toBe(422)

    await change({ email })
    const third = await readChangeCode(parts, email)
    expect((await change({ email, code: third })).status).toBe(200)
    expect((await change({ email, code: third })).status).toBe(422)
  })

  it('lets the last address asked for win', async () => {
    await change({ email: 'first@new.example' })
    const first = await readChangeCode(parts, 'first@new.example')
    await change({ email: 'second@new.example' })
    expect((await change({ email: 'first@new.example', code: first })).status).toBe(422)
    const second = await readChangeCode(parts, 'second@new.example')
    expect((await change({ email: 'second@new.example', code: second })).status).toBe(200)
  })

  it('is done once when the same code comes many times at once', async () => {
    const email = 'alice@new.example'
    await change({ email })
    const code = await readChangeCode(parts, email)
    const ends = await Promise.all(Array.from({ length: 8 }, () => change({ email, code })))
    expect(ends.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(422)])
    expect((await parts.app.audit.list({ user_id: alice.userId, limit: 10 })).length).toBe(1)
  })

  it('refuses when somebody signed up with the address in the meantime, and changes nothing', async () => {
    const email = 'alice@new.example'
    await change({ email })
    const code = await readChangeCode(parts, email)
    await ask(parts, '/api/signup', post({ email }))
    expect((await change({ email, code })).status).toBe(409)
    expect(await emailOf(alice.userId)).toBe('alice@example.com')
  })

  it('leaves a sign-in code on its way to the old address worthless', async () => {
    await ask(parts, '/api/auth/code', post({ email: 'alice@example.com' }), from('192.0.2.66'))
    const old = await readCode(parts, 'alice@example.com')
    await change({ email: 'alice@new.example' })
    await change({ email: 'alice@new.example', code: await readChangeCode(parts, 'alice@new.example') })
    expect(await parts.sql('SELECT * FROM sign_in_codes WHERE user_id = ?', alice.userId)).toEqual([])
    for (const email of ['alice@example.com', 'alice@new.example']) {
      const told = await ask(parts, '/api/auth/session', post({ email, code: old }), from('192.0.2.66'))
      expect(told.status).toBe(401)
    }
  })

  it('refuses what is no address, one of ours, the present one, and nonsense for a code', async () => {
    for (const email of ['', 'alice', 'someone@xswarm.ai', 'ALICE@example.com', 'a@b\r\nBcc: x@example.com'])
      expect((await change({ email })).status, email).toBe(422)
    for (const code of ['', '12345', 'abcdef', '1234567'])
      expect((await change({ email: 'x@new.example', code })).status, code).toBe(422)
    expect((await change({ email: 'x@new.example', tier: 'premium' })).status).toBe(422)
    expect((await ask(parts, '/api/me/email', post({ email: 'x@new.example' }))).status).toBe(401)
  })

  it('keeps of the code only a hash, and nothing of it once it is over', async () => {
    await change({ email: 'alice@new.example' })
    const code = await readChangeCode(parts, 'alice@new.example')
    expect(JSON.stringify(await parts.sql('SELECT * FROM email_changes'))).not.toContain(code)
    expect(JSON.stringify(await parts.sql('SELECT * FROM jobs'))).not.toContain(code)
    parts.clock.advance(20 * minute)
    await parts.database.write({
      statements: [parts.app.jobs.enqueue({ name: 'forget-email-changes', payload: {} })],
    })
    await runJobs(parts)
    expect(await parts.sql('SELECT * FROM email_changes')).toEqual([])
  })
})

describe('with limits switched on', () => {
  it('bounds how many codes one person sends to one address and in all', async () => {
    await parts.close()
    parts = await createTestService({ config: { limits: { ...parts.app.config.limits, enabled: true } } })
    alice = await signInAs(parts, 'alice@example.com')
    for (let time = 0; time < 5; time++) expect((await change({ email: 'x@new.example' })).status).toBe(202)
    const told = await change({ email: 'x@new.example' })
    expect(told.status).toBe(429)
    const statuses: number[] = []
    for (let n = 0; n < 20; n++) statuses.push((await change({ email: `x${n}@new.example` })).status)
    expect(statuses.filter((status) => status === 202).length).toBe(15)
    parts.clock.advance(60 * minute)
    expect((await change({ email: 'x@new.example' })).status).toBe(202)
  })
})
