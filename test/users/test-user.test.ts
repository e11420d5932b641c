import { describe, expect, it } from 'vitest'
import { changeSettings } from '../../src/actions/change-settings.ts'
import { checkUser } from '../../src/actions/check-user.ts'
import { ensureTestUser } from '../../src/actions/ensure-test-user.ts'
import { createTestApp, defaultConfig } from '../app.ts'
import { openingApps } from './opening.ts'
import { refusalOf } from './refusal.ts'

const open = openingApps()

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

  it('comes back with its address after its row was deleted by hand', async () => {
    const { app, sql } = await open()
    const { user } = await ensureTestUser(app)
    await sql('DELETE FROM users WHERE id = ?', user.id)
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
