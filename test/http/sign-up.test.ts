import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, createTestService, signUpRequest, type TestService } from './service.ts'

let parts: TestService
beforeEach(async () => {
  parts = await createTestService()
})
afterEach(() => parts.close())

const signUp = (body: unknown, headers?: Record<string, string>) =>
  ask(parts, '/api/signup', signUpRequest(body, headers))

describe('POST /api/signup', () => {
  it("answers 201 with the user as they are in the database: the seed's own example", async () => {
    const { status, body } = await signUp({ email: 'alice@example.com', phone: '+15551234567' })
    expect(status).toBe(201)
    expect(body).toEqual({
      user_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email: 'alice@example.com',
      phone: '+15551234567',
      xswarm_email: 'alice@xswarm.ai',
      subscription_tier: 'free',
      persona: 'hal-9000',
    })
    const { user_id, ...rest } = body
    expect(await parts.app.users.findById(user_id)).toMatchObject({
      id: user_id,
      ...rest,
      wake_word: 'hey hal',
    })
  })

  it.each([{}, { phone: null }, { phone: '' }])('needs no phone: %j', async (more) => {
    const { status, body } = await signUp({ email: 'alice@example.com', ...more })
    expect({ status, phone: body.phone }).toEqual({ status: 201, phone: null })
  })

  it('answers 409 email-taken the second time, in whatever case', async () => {
    await signUp({ email: 'alice@example.com' })
    const { status, body } = await signUp({ email: ' ALICE@Example.com' })
    expect(status).toBe(409)
    expect(body.type).toMatch(/email-taken$/)
    expect(body.errors).toEqual([{ field: 'email', message: expect.any(String) }])
    expect(await parts.app.users.count()).toBe(1)
  })

  it('gives two people who race for one email one 201 and one 409', async () => {
    const told = await Promise.all(Array.from({ length: 20 }, () => signUp({ email: 'race@example.com' })))
    expect(told.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(409)])
    expect(await parts.app.users.count()).toBe(1)
  })

  it('gives people who race for one address each their own', async () => {
    const told = await Promise.all(
      Array.from({ length: 20 }, (_, index) => signUp({ email: `alice@host${index}.example.com` })),
    )
    expect(told.map(({ status }) => status)).toEqual(Array(20).fill(201))
    expect(new Set(told.map(({ body }) => body.xswarm_email)).size).toBe(20)
  })

  it('names every fault at once', async () => {
    const { status, body } = await signUp({ email: 'nobody', phone: 'call me' })
    expect(status).toBe(422)
    expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(['email', 'phone'])
  })

  it('refuses an unknown key with a suggestion, and does nothing', async () => {
    const { status, body } = await signUp({ email: 'alice@example.com', phnoe: '+15551234567' })
    expect(status).toBe(422)
    expect(body.errors).toEqual([{ field: 'phnoe', message: expect.stringContaining('did you mean phone?') }])
    expect(await parts.app.users.count()).toBe(0)
  })

  it.each([
    'subscription_tier',
    'xswarm_phone',
    'xswarm_email',
    'id',
    'user_id',
    'persona',
    'is_admin',
    'stripe_customer_id',
  ])('does not let a person set their own %s', async (key) => {
    const { status } = await signUp({ email: 'alice@example.com', [key]: 'premium' })
    expect(status).toBe(422)
    expect(await parts.app.users.count()).toBe(0)
  })
})

describe('Idempotency-Key', () => {
  const key = { 'Idempotency-Key': 'order-66' }

  it('replays the 201 for the same body, however it is written', async () => {
    const first = await signUp({ email: 'alice@example.com', phone: '+15551234567' }, key)
    const again = await signUp('{ "phone": "+1 (555) 123-4567", "email": "Alice@example.com" }', key)
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.body).toEqual(first.body)
    expect(await parts.app.users.count()).toBe(1)
  })

  it('answers 422 idempotency-mismatch for another body', async () => {
    await signUp({ email: 'alice@example.com' }, key)
    const { status, body } = await signUp({ email: 'bob@example.com' }, key)
    expect(status).toBe(422)
    expect(body.type).toMatch(/idempotency-mismatch$/)
    expect(await parts.app.users.count()).toBe(1)
  })

  it('gives all of many equal requests at once the same answer', async () => {
    const told = await Promise.all(
      Array.from({ length: 10 }, () => signUp({ email: 'alice@example.com' }, key)),
    )
    expect(told.map(({ status }) => status)).toEqual(Array(10).fill(201))
    expect(new Set(told.map(({ text }) => text)).size).toBe(1)
  })

  it.each(['', 'a'.repeat(256), 'two words', 'tab\tinside', 'caf\u00e9'])(
    'is refused when it is %j',
    async (value) => {
      const { status, body } = await signUp({ email: 'alice@example.com' }, { 'Idempotency-Key': value })
      expect(status).toBe(422)
      expect(body.errors[0].field.toLowerCase()).toBe('idempotency-key')
      expect(await parts.app.users.count()).toBe(0)
    },
  )
})

describe('when the database fails', () => {
  it('answers 503 with Retry-After and logs the cause', async () => {
    const { AppError } = await import('../../src/domain/errors.ts')
    const cause = new Error('SQLITE_BUSY: the lock is held')
    parts.database.write = () =>
      Promise.reject(new AppError('unavailable', 'Try again in a moment.', { retryAfterSeconds: 7, cause }))
    const { status, headers, body } = await signUp({ email: 'alice@example.com' })
    expect({ status, retry: headers.get('retry-after') }).toEqual({ status: 503, retry: '7' })
    expect(JSON.stringify(body)).not.toContain('SQLITE')
    expect(parts.logged).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        fields: expect.objectContaining({ err: expect.objectContaining({ cause }) }),
      }),
    )
  })

  it.each(['The database server http://10.0.0.7:8080 cannot be reached.', 'The disk of /srv/x.db is full.'])(
    'tells people outside nothing of where the database is: %s',
    async (message) => {
      const { AppError } = await import('../../src/domain/errors.ts')
      parts.database.write = () => Promise.reject(new AppError('unavailable', message))
      const { status, body } = await signUp({ email: 'alice@example.com' })
      expect(status).toBe(503)
      expect(JSON.stringify(body)).not.toMatch(/10\.0\.0\.7|x\.db/)
      expect(parts.logged).toContainEqual(
        expect.objectContaining({
          fields: expect.objectContaining({ err: expect.objectContaining({ message }) }),
        }),
      )
    },
  )

  it('says after a lost answer that repeating is safe', async () => {
    parts.database.write = () => Promise.resolve({ outcome: 'unknown', cause: new Error('lost') })
    const { status, body } = await signUp({ email: 'alice@example.com' }, { 'Idempotency-Key': 'k' })
    expect(status).toBe(503)
    expect(body.type).toMatch(/unknown-outcome$/)
    expect(body.detail).toContain('Idempotency-Key')
  })

  it('answers 500 with a reference for a bug, logs it whole and shows none of it', async () => {
    parts.database.write = () => Promise.reject(new TypeError('cannot read users of undefined'))
    const { status, headers, body } = await signUp({ email: 'alice@example.com' })
    const id = headers.get('x-request-id')
    expect(status).toBe(500)
    expect(body.detail).toContain(id)
    expect(JSON.stringify(body)).not.toMatch(/users of undefined|at .*\.ts/)
    const line = parts.logged.find(({ level }) => level === 'error')
    expect(line?.fields.request_id).toBe(id)
    expect(String(line?.fields.err)).toContain('cannot read users of undefined')
  })

  it('tells the operator, and nobody else, that the set-up is wrong', async () => {
    const { AppError } = await import('../../src/domain/errors.ts')
    const sentence = 'The database file /srv/secret-place is read-only.'
    parts.database.write = () => Promise.reject(new AppError('misconfigured', sentence))
    const { status, body } = await signUp({ email: 'alice@example.com' })
    expect(status).toBe(500)
    expect(JSON.stringify(body)).not.toContain('secret-place')
    expect(parts.logged.some(({ fields }) => String(fields.err).includes(sentence))).toBe(true)
  })
})
