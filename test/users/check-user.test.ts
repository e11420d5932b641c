import { describe, expect, it } from 'vitest'
import { changeSettings } from '../../src/actions/change-settings.ts'
import { checkUser } from '../../src/actions/check-user.ts'
import { ensureTestUser } from '../../src/actions/ensure-test-user.ts'
import { signUp } from '../../src/actions/sign-up.ts'
import { openingApps } from './opening.ts'
import { refusalOf } from './refusal.ts'

const open = openingApps()

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
