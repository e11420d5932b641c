import { afterEach, describe, expect, it } from 'vitest'
import { changeSettings } from '../../src/actions/change-settings.ts'
import { checkUser } from '../../src/actions/check-user.ts'
import { createUser } from '../../src/actions/create-user.ts'
import { deleteUser } from '../../src/actions/delete-user.ts'
import { ensureTestUser } from '../../src/actions/ensure-test-user.ts'
import { lookUpUser } from '../../src/actions/look-up-user.ts'
import { setTier } from '../../src/actions/set-tier.ts'
import { signUp } from '../../src/actions/sign-up.ts'
import { createTestApp, defaultConfig, type TestApp } from '../app.ts'
import { losingAnswers } from './lost-answers.ts'
import { refusalOf } from './refusal.ts'

let opened: TestApp | undefined
afterEach(async () => {
  await opened?.close()
  opened = undefined
})

async function open(...options: Parameters<typeof createTestApp>): Promise<TestApp> {
  opened = await createTestApp(...options)
  return opened
}

/** Word for word as seed.md prints it. */
const SEED_INSERT = `INSERT INTO users (id, email, phone, xswarm_email, subscription_tier)
VALUES ('test-123', 'alice@example.com', '+15551234567', 'alice@xswarm.ai', 'premium');`

describe('a row inserted by hand with the seed’s own INSERT', () => {
  it('passes every check, with its number pending and its tier granted', async () => {
    const { app, sql } = await open()
    await sql(SEED_INSERT)
    const checks = await checkUser(app, 'alice@example.com')
    expect(checks.filter((check) => !check.ok)).toEqual([])
    expect(checks.filter((check) => check.pending).map((check) => check.name)).toEqual(['number'])
    expect(checks.find((check) => check.name === 'tier')?.saw).toContain('granted')
    expect(checks.length).toBeGreaterThan(8)
  })

  it('changes its persona like any other user', async () => {
    const { app, sql } = await open()
    await sql(SEED_INSERT)
    const { user, revision } = await changeSettings(app, 'test-123', { persona: 'jarvis' })
    expect(user).toMatchObject({ persona: 'jarvis', wake_word: 'hey jarvis', subscription_tier: 'premium' })
    expect(revision).toBe(2)
  })

  it('keeps its address and its email from everybody who signs up', async () => {
    const { app, sql } = await open()
    await sql(SEED_INSERT)
    expect((await signUp(app, { email: 'alice@example.org' })).xswarm_email).toBe('alice2@xswarm.ai')
    expect((await refusalOf(signUp(app, { email: 'alice@example.com' }))).code).toBe('email-taken')
  })
})

describe('checking a user', () => {
  it('disturbs nothing: no change, no revision, no address', async () => {
    const { app, sql } = await open()
    await signUp(app, { email: 'alice@example.com' })
    const everything = async () => [
      await sql('SELECT * FROM users'),
      await sql('SELECT * FROM changes'),
      await sql('SELECT * FROM assigned_addresses'),
    ]
    const before = await everything()
    for (let time = 0; time < 3; time++) await checkUser(app, 'alice@example.com')
    expect(await everything()).toEqual(before)
  })

  it.each([
    ['persona', "persona = 'nobody'"],
    ['persona', 'persona = NULL'],
    ['wake word', "wake_word = ''"],
    ['phone', "phone = '12'"],
    ['tier', "subscription_tier = 'gold'"],
    ['created_at', "created_at = 'yesterday'"],
    ['address', "xswarm_email = 'admin@xswarm.ai'"],
    ['address', "xswarm_email = 'alice'"],
    ['number', "xswarm_phone = '800'"],
  ])('finds a bad %s: %s', async (name, assignment) => {
    const { app, sql } = await open()
    await sql(SEED_INSERT)
    await sql(`UPDATE users SET ${assignment} WHERE id = 'test-123'`)
    const failed = (await checkUser(app, 'alice@example.com')).filter((check) => !check.ok)
    expect(failed.map((check) => check.name)).toEqual([name])
  })

  it('finds an address that the ledger has lost', async () => {
    const { app, sql } = await open()
    await sql(SEED_INSERT)
    await sql('DELETE FROM assigned_addresses')
    const failed = (await checkUser(app, 'alice@example.com')).filter((check) => !check.ok)
    expect(failed.map((check) => check.name)).toEqual(['address'])
  })

  it('finds a table that does not let settings be stored', async () => {
    const { app, sql, database } = await open()
    await sql(SEED_INSERT)
    await database.run([
      {
        sql: "CREATE TRIGGER frozen BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'frozen'); END",
        args: [],
      },
    ])
    const failed = (await checkUser(app, 'alice@example.com')).filter((check) => !check.ok)
    expect(failed.map((check) => check.name)).toEqual(['saving'])
  })

  it('says that nobody has the email', async () => {
    const { app } = await open()
    expect(await checkUser(app, 'nobody@example.com')).toMatchObject([{ name: 'user', ok: false }])
  })

  it('shows a number that is there', async () => {
    const { app } = await open()
    const { user } = await ensureTestUser(app)
    const checks = await checkUser(app, user.email)
    expect(checks.filter((check) => !check.ok || check.pending)).toEqual([])
    expect(checks.find((check) => check.name === 'number')?.saw).toContain('+18005551001')
  })
})

describe('an operator', () => {
  it('makes a user with nothing but an email', async () => {
    const { app } = await open()
    const user = await createUser(app, { email: 'Bob@Example.com' })
    expect(user).toMatchObject({
      email: 'bob@example.com',
      xswarm_email: 'bob@xswarm.ai',
      subscription_tier: 'free',
      persona: 'hal-9000',
      wake_word: 'hey hal',
      created_at: expect.any(String),
    })
    expect(await app.users.findById(user.id)).toEqual(user)
  })

  it('makes a user with every column chosen', async () => {
    const { app } = await open()
    const wanted = {
      id: 'bob-1',
      email: 'bob@example.com',
      phone: '+15551112222',
      xswarm_email: 'kitt@xswarm.ai',
      xswarm_phone: '+18005550000',
      subscription_tier: 'premium',
      persona: 'kitt',
      wake_word: 'hello car',
      stripe_customer_id: 'cus_1',
      stripe_subscription_id: 'sub_1',
    }
    expect(await createUser(app, wanted)).toMatchObject(wanted)
  })

  it('is told every fault of the input at once', async () => {
    const { app } = await open()
    const input = {
      email: 'bob',
      phone: 'x',
      xswarm_email: 'bob@elsewhere.example',
      xswarm_phone: '1',
      subscription_tier: 'premum',
      persona: 'nobody',
      wake_word: '',
      stripe_customer_id: 'sub_1',
      stripe_subscription_id: 'cus_1',
      id: 'a b',
      tier: 'premium',
    }
    const refusal = await refusalOf(createUser(app, input))
    expect(new Set(refusal.fields.map((fault) => fault.field))).toEqual(new Set(Object.keys(input)))
    expect(refusal.message).toContain('did you mean premium?')
    for (const strange of [null, 'bob@example.com', [], 7]) {
      expect((await refusalOf(createUser(app, strange))).code).toBe('invalid')
    }
    expect(await app.users.count()).toBe(0)
  })

  it('cannot give out an official address, nor one of another domain or with a tag', async () => {
    const { app } = await open()
    for (const local of ['admin', 'hostmaster', 'p0stmaster', 'ssl-proof', 'xswarm', 'bob+x']) {
      const refusal = await refusalOf(
        createUser(app, { email: 'b@example.com', xswarm_email: `${local}@xswarm.ai` }),
      )
      expect([local, refusal.fields[0]?.field]).toEqual([local, 'xswarm_email'])
    }
  })

  it('is told which unique thing is taken, and nothing is half made', async () => {
    const { app, sql } = await open()
    const bob = {
      id: 'bob',
      email: 'bob@example.com',
      xswarm_email: 'bob@xswarm.ai',
      xswarm_phone: '+18005550000',
    }
    await createUser(app, bob)
    const fresh = { email: 'eve@example.com' }
    const cases = [
      [{ ...fresh, email: 'BOB@example.com' }, 'email-taken', 'email'],
      [{ ...bob, email: 'BOB@example.com' }, 'email-taken', 'email'],
      [{ ...fresh, xswarm_email: 'bob@xswarm.ai' }, 'conflict', 'xswarm_email'],
      [{ ...fresh, xswarm_email: 'b0b@xswarm.ai' }, 'conflict', 'xswarm_email'],
      [{ ...fresh, xswarm_phone: '+18005550000' }, 'conflict', 'xswarm_phone'],
      [{ ...fresh, id: 'bob' }, 'conflict', 'id'],
    ] as const
    for (const [input, code, field] of cases) {
      expect(await refusalOf(createUser(app, input))).toMatchObject({ code, fields: [{ field }] })
    }
    expect(await app.users.count()).toBe(1)
    expect((await sql('SELECT * FROM assigned_addresses')).length).toBe(1)
  })

  it('sets a tier once, by any capitals, and is told of users and tiers that are not there', async () => {
    const { app } = await open()
    const { id } = await createUser(app, { email: 'bob@example.com' })
    const first = await setTier(app, id, 'Premium')
    expect(first.user.subscription_tier).toBe('premium')
    expect(await setTier(app, id, 'premium')).toEqual(first)
    expect((await refusalOf(setTier(app, id, 'gold'))).code).toBe('invalid')
    expect((await refusalOf(setTier(app, 'nobody', 'free'))).code).toBe('not-found')
  })

  it('removes a user; the address stays claimed, a second removal finds nobody', async () => {
    const { app, sql } = await open()
    const { id } = await createUser(app, { email: 'bob@example.com' })
    await deleteUser(app, id)
    expect(await app.users.findByEmail('bob@example.com')).toBeUndefined()
    expect(await sql('SELECT address FROM assigned_addresses')).toEqual([{ address: 'bob@xswarm.ai' }])
    expect((await refusalOf(deleteUser(app, id))).code).toBe('not-found')
    expect((await createUser(app, { email: 'bob@example.com' })).xswarm_email).toBe('bob2@xswarm.ai')
  })

  it('is told when an answer was lost', async () => {
    const { app } = await open()
    const { id } = await createUser(app, { email: 'bob@example.com' })
    const losing = { ...app, database: losingAnswers(app.database) }
    const ends = [
      createUser(losing, { email: 'eve@example.com' }),
      setTier(losing, id, 'premium'),
      ensureTestUser(losing),
      deleteUser(losing, id),
    ]
    for (const end of ends) expect((await refusalOf(end)).code).toBe('unknown-outcome')
  })
})

describe('looking a user up', () => {
  it('finds by each name in any common spelling, with what the tier includes', async () => {
    const { app } = await open()
    const { user } = await ensureTestUser(app)
    const entitlements = { toll_free_number: true, voice_minutes: 100, sms_messages: 100 }
    const queries = [
      { email: ' TEST@example.com' },
      { xswarm_phone: '+18005551001' },
      { xswarm_phone: ' 18005551001' }, // how a + in a query string arrives when nobody encoded it
      { xswarm_phone: '(800) 555-1001' },
      { xswarm_email: 'Test@XSWARM.ai' },
      { xswarm_email: 'test+news@xswarm.ai' },
      { xswarm_email: 'test+a+b@xswarm.ai' },
      { email: 'test@example.com', xswarm_phone: undefined },
    ]
    for (const query of queries) {
      expect(await lookUpUser(app, query)).toEqual({ ...user, entitlements })
    }
  })

  it('finds a row written by hand in a spelling of its own', async () => {
    const { app, sql } = await open()
    await sql(
      "INSERT INTO users (id, email, xswarm_email, xswarm_phone) VALUES ('1', 'Bob', 'B.o.b@xswarm.ai', '1234')",
    )
    for (const query of [
      { email: 'Bob' },
      { email: 'bob' },
      { xswarm_email: 'b.O.b@xswarm.ai' },
      { xswarm_phone: '1234' },
    ]) {
      expect((await lookUpUser(app, query))?.id).toBe('1')
    }
  })

  it('finds a row written by hand in a spelling that sign-up would have changed', async () => {
    const { app, sql } = await open()
    await sql(
      "INSERT INTO users (id, email, xswarm_email, xswarm_phone) VALUES ('1', 'bob@münchen.example', 'bob+1@xswarm.ai', '8005551234')",
    )
    for (const query of [
      { email: 'bob@münchen.example' },
      { xswarm_email: 'bob+1@xswarm.ai' },
      { xswarm_phone: '8005551234' },
    ]) {
      expect((await lookUpUser(app, query))?.id).toBe('1')
    }
  })

  it('finds nobody for what cannot be anybody', async () => {
    const { app } = await open()
    await ensureTestUser(app)
    const texts = [
      '',
      ' ',
      'x',
      '@',
      "' OR 1=1 --",
      '%',
      '__proto__',
      '\u0000',
      'test@example.com\u0000',
      'a'.repeat(1_000_000),
    ]
    for (const text of texts) {
      for (const key of ['email', 'xswarm_phone', 'xswarm_email']) {
        expect(await lookUpUser(app, { [key]: text })).toBeUndefined()
      }
    }
  })

  it('wants exactly one name', async () => {
    const { app } = await open()
    for (const query of [{}, { email: 'a@example.com', xswarm_phone: '+18005551001' }]) {
      expect((await refusalOf(lookUpUser(app, query))).code).toBe('invalid')
    }
  })
})

describe('the test user', () => {
  const withTestUser = (changes: object) => ({ test_user: { ...defaultConfig().test_user, ...changes } })

  it('is made from the config when absent; afterwards the database wins until a reset', async () => {
    const { app } = await open()
    const made = await ensureTestUser(app)
    expect(made.user).toMatchObject({
      ...app.config.test_user,
      wake_word: 'hey hal',
      stripe_customer_id: null,
    })
    await changeSettings(app, made.user.id, { persona: 'tars', phone: null })
    expect((await ensureTestUser(app)).user).toMatchObject({ persona: 'tars', phone: null })
    const restored = await ensureTestUser(app, { reset: true })
    expect(restored.user).toEqual(made.user)
    expect(restored.revision).toBeGreaterThan(made.revision)
  })

  it('comes back with its address after it was deleted', async () => {
    const { app } = await open()
    const { user } = await ensureTestUser(app)
    await deleteUser(app, user.id)
    expect((await ensureTestUser(app)).user.xswarm_email).toBe('test@xswarm.ai')
  })

  it('is made once by ten commands that start together', async () => {
    const { app } = await open()
    const made = await Promise.all(Array.from({ length: 10 }, () => ensureTestUser(app)))
    expect(new Set(made.map(({ user }) => user.id)).size).toBe(1)
    expect(await app.users.count()).toBe(1)
  })

  it('whose email was changed in config.toml is restored by a reset, and refused before', async () => {
    const { app, url } = await open()
    await ensureTestUser(app)
    const edited = await createTestApp({
      url,
      config: withTestUser({ email: 'me@example.com', wake_word: 'hey me' }),
    })
    try {
      expect((await refusalOf(ensureTestUser(edited.app))).message).toContain('--reset')
      const { user } = await ensureTestUser(edited.app, { reset: true })
      expect(user).toMatchObject({ email: 'me@example.com', wake_word: 'hey me' })
      expect(await app.users.count()).toBe(1)
    } finally {
      await edited.close()
    }
  })

  it('works at a domain of its own, and adopts a row somebody made by hand', async () => {
    const { app, sql } = await open({ config: { email: { domain: 'u.example.net' } } })
    await sql(
      "INSERT INTO users (id, email, xswarm_email) VALUES ('mine', 'Test@Example.com', 'other@u.example.net')",
    )
    expect((await ensureTestUser(app)).user.id).toBe('mine')
    const { user } = await ensureTestUser(app, { reset: true })
    expect(user).toMatchObject({ id: 'mine', xswarm_email: 'test@xswarm.ai' })
    expect((await checkUser(app, user.email)).filter((check) => !check.ok)).toEqual([])
  })

  it('never takes another user’s address or number', async () => {
    const { app, sql } = await open()
    await sql("INSERT INTO users (id, email, xswarm_email) VALUES ('1', 'a@example.com', 'test@xswarm.ai')")
    await sql(
      "INSERT INTO users (id, email, xswarm_email, xswarm_phone) VALUES ('2', 'b@example.com', 'b@xswarm.ai', '+18005551001')",
    )
    const before = await sql('SELECT * FROM users ORDER BY id')
    for (const reset of [false, true]) {
      expect(await refusalOf(ensureTestUser(app, { reset }))).toMatchObject({ code: 'conflict' })
    }
    expect(await sql('SELECT * FROM users ORDER BY id')).toEqual(before)
  })

  it('tells which key of config.toml is wrong', async () => {
    const { app } = await open({ config: withTestUser({ persona: 'nobody', phone: '12' }) })
    const refusal = await refusalOf(ensureTestUser(app))
    expect(refusal.code).toBe('misconfigured')
    expect(refusal.message).toContain('test_user.persona')
    expect(refusal.message).toContain('test_user.phone')
  })
})
