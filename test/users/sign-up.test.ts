import { describe, expect, it } from 'vitest'
import { signUp } from '../../src/actions/sign-up.ts'
import { losingAnswers } from './lost-answers.ts'
import { openingApps } from './opening.ts'
import { refusalOf } from './refusal.ts'

const open = openingApps()

describe('signing up', () => {
  it('makes a complete user with an assigned address, a ledger row and one change', async () => {
    const { app, sql } = await open()
    const answer = await signUp(app, { email: ' Alice@Example.com ', phone: '(555) 123-4567' })
    expect(answer).toEqual({
      user_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email: 'alice@example.com',
      phone: '+15551234567',
      xswarm_email: 'alice@xswarm.ai',
      subscription_tier: 'free',
      persona: 'hal-9000',
    })
    expect(await app.users.findByEmail('ALICE@example.com')).toEqual({
      id: answer.user_id,
      email: 'alice@example.com',
      phone: '+15551234567',
      xswarm_email: 'alice@xswarm.ai',
      xswarm_phone: null,
      subscription_tier: 'free',
      persona: 'hal-9000',
      wake_word: 'hey hal',
      stripe_customer_id: null,
      stripe_subscription_id: null,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    })
    expect(await sql('SELECT address, user_id FROM assigned_addresses')).toEqual([
      { address: 'alice@xswarm.ai', user_id: answer.user_id },
    ])
    expect(await app.changes.listForUser(answer.user_id, 0, 10)).toMatchObject([{ changed: ['created'] }])
  })

  it('takes the default wake word from the catalogue, where config may have changed it', async () => {
    const { app } = await open({ config: { personas: { 'hal-9000': { wake_word: 'open the doors' } } } })
    const { user_id } = await signUp(app, { email: 'alice@example.com' })
    expect(await app.users.findById(user_id)).toMatchObject({ wake_word: 'open the doors' })
  })

  it('tells every fault at once and writes nothing', async () => {
    const { app } = await open()
    const refusal = await refusalOf(signUp(app, { email: 'alice', phone: 'call me' }))
    expect(refusal.code).toBe('invalid')
    expect(refusal.fields.map((fault) => fault.field)).toEqual(['email', 'phone'])
    expect(await app.users.count()).toBe(0)
  })

  it('refuses an address we give out as the own address of a person', async () => {
    const { app } = await open()
    const refusal = await refusalOf(signUp(app, { email: 'someone@XSWARM.ai' }))
    expect(refusal).toMatchObject({ code: 'invalid', fields: [{ field: 'email' }] })
  })

  it('refuses a second account for one mailbox, however it is written', async () => {
    const { app } = await open()
    await signUp(app, { email: 'alice@example.com' })
    for (const email of ['alice@example.com', 'ALICE@EXAMPLE.COM', ' Alice@example.com']) {
      expect(await refusalOf(signUp(app, { email }))).toMatchObject({
        code: 'email-taken',
        fields: [{ field: 'email' }],
      })
    }
    expect(await app.users.count()).toBe(1)
  })

  it('finds a hand-made row with capital letters in its email', async () => {
    const { app, sql } = await open()
    await sql(
      "INSERT INTO users (id, email, xswarm_email) VALUES ('1', 'Bob@Example.com', 'robert@xswarm.ai')",
    )
    expect((await refusalOf(signUp(app, { email: 'bob@example.com' }))).code).toBe('email-taken')
  })
})

describe('many at once', () => {
  it('of 50 sign-ups for one email one is done and 49 are told that it is taken', async () => {
    const { app } = await open()
    const ends = await Promise.allSettled(
      Array.from({ length: 50 }, () => signUp(app, { email: 'alice@example.com' })),
    )
    const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []))
    expect(reasons).toEqual(Array(49).fill('email-taken'))
    expect(await app.users.count()).toBe(1)
  })

  it('50 people who all want alice@ get 50 addresses that cannot be mistaken for each other', async () => {
    const { app, sql } = await open()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => signUp(app, { email: `alice@host${index}.example.com` })),
    )
    const addresses = answers.map((answer) => answer.xswarm_email)
    expect(new Set(addresses).size).toBe(50)
    expect(addresses.filter((address) => /^alice[2-9]?@/.test(address)).length).toBe(9)
    expect(addresses.every((address) => /^alice([2-9]|-[a-z2-7]{4})?@xswarm\.ai$/.test(address))).toBe(true)
    const looks = await sql('SELECT DISTINCT lookalike FROM assigned_addresses')
    expect(looks.length).toBe(50)
  })

  it('says so when no address is left, and leaves nothing behind', async () => {
    const { app, sql } = await open()
    const stuck = { ...app, ids: { ...app.ids, token: () => 'aaaaaaaaaaaaa' } }
    for (let person = 0; person < 11; person++)
      await signUp(stuck, { email: `alice@host${person}.example.com` })
    const refusal = await refusalOf(signUp(stuck, { email: 'alice@last.example.com' }))
    expect(refusal.code).toBe('address-unavailable')
    expect(await app.users.count()).toBe(11)
    expect((await sql('SELECT * FROM assigned_addresses')).length).toBe(11)
  })
})

describe('an assigned address', () => {
  it('is never given to a second person after the account is closed', async () => {
    const { app } = await open()
    const first = await signUp(app, { email: 'alice@example.com' })
    await app.database.write({ statements: [app.users.remove(first.user_id)] })
    const second = await signUp(app, { email: 'alice@example.org' })
    expect(second.xswarm_email).toBe('alice2@xswarm.ai')
    // Not even to the same person: we cannot know that it is the same one.
    expect((await signUp(app, { email: 'alice@example.com' })).xswarm_email).toBe('alice3@xswarm.ai')
  })

  it('never looks like one that somebody has', async () => {
    const { app } = await open()
    await signUp(app, { email: 'alice@example.com' })
    const written = ['al.ice', 'a1ice', 'a-l-i-c-e', 'alIce', 'AL1CE']
    for (const [index, local] of written.entries()) {
      const { xswarm_email } = await signUp(app, { email: `${local}@host${index}.example.com` })
      expect(xswarm_email).not.toBe(`${local.toLowerCase()}@xswarm.ai`)
    }
  })
})

describe('an Idempotency-Key', () => {
  const alice = { email: 'alice@example.com', phone: '+15551234567' }

  it('replays the answer to the same request, also when it is written in another way', async () => {
    const { app } = await open()
    const first = await signUp(app, alice, { idempotency: 'key-1' })
    expect(await signUp(app, alice, { idempotency: 'key-1' })).toEqual(first)
    const written = { email: ' ALICE@example.com', phone: '555-123-4567' }
    expect(await signUp(app, written, { idempotency: 'key-1' })).toEqual(first)
    expect(await app.users.count()).toBe(1)
  })

  it('refuses another request under the same key', async () => {
    const { app } = await open()
    await signUp(app, alice, { idempotency: 'key-1' })
    for (const other of [{ email: 'bob@example.com' }, { email: alice.email }]) {
      expect((await refusalOf(signUp(app, other, { idempotency: 'key-1' }))).code).toBe(
        'idempotency-mismatch',
      )
    }
    expect(await app.users.count()).toBe(1)
  })

  it('gives 50 twins sent at once one user and one answer', async () => {
    const { app } = await open()
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => signUp(app, alice, { idempotency: 'key-1' })),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(await app.users.count()).toBe(1)
  })

  it('does so as well when every twin proposes another random address', async () => {
    const { app } = await open()
    const twins = Array.from({ length: 20 }, () =>
      signUp(app, { email: 'admin@example.com' }, { idempotency: 'k' }),
    )
    const addresses = (await Promise.all(twins)).map((answer) => answer.xswarm_email)
    expect(new Set(addresses).size).toBe(1)
    expect(addresses[0]).toMatch(/^user-[a-z2-7]{4}@xswarm\.ai$/)
  })

  it('of 50 different requests at once under one key does one and refuses the others', async () => {
    const { app } = await open()
    const ends = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        signUp(app, { email: `p${index}@example.com` }, { idempotency: 'k' }),
      ),
    )
    const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []))
    expect(reasons).toEqual(Array(49).fill('idempotency-mismatch'))
    expect(await app.users.count()).toBe(1)
  })

  it('does not turn a refusal into a success: a taken email stays taken', async () => {
    const { app } = await open()
    await signUp(app, alice)
    for (let time = 0; time < 2; time++) {
      expect((await refusalOf(signUp(app, alice, { idempotency: 'key-1' }))).code).toBe('email-taken')
    }
    expect(await app.idempotency.find('signup', 'key-1')).toBeUndefined()
  })

  it('is free again after 24 hours', async () => {
    const { app, sql } = await open()
    await signUp(app, alice, { idempotency: 'key-1' })
    await sql("UPDATE idempotency_keys SET created_at = datetime('now', '-25 hours')")
    const bob = await signUp(app, { email: 'bob@example.com' }, { idempotency: 'key-1' })
    expect(bob.xswarm_email).toBe('bob@xswarm.ai')
  })

  it('must be visible ASCII of a sane length', async () => {
    const { app } = await open()
    for (const key of ['', ' ', 'a b', 'ключ', 'a\r\nb', 'a'.repeat(256)]) {
      expect((await refusalOf(signUp(app, alice, { idempotency: key }))).code).toBe('invalid')
    }
    await signUp(app, alice, { idempotency: 'a'.repeat(255) })
  })
})

describe('a lost answer', () => {
  it('is told as such, names the safe next step, and a repeat under the key is done once', async () => {
    const { app } = await open()
    const losing = { ...app, database: losingAnswers(app.database) }
    const alice = { email: 'alice@example.com' }
    const refusal = await refusalOf(signUp(losing, alice, { idempotency: 'key-1' }))
    expect(refusal.code).toBe('unknown-outcome')
    expect(refusal.message).toContain('same Idempotency-Key')
    const answer = await signUp(app, alice, { idempotency: 'key-1' })
    expect(answer.xswarm_email).toBe('alice@xswarm.ai')
    expect(await app.users.count()).toBe(1)
  })
})
