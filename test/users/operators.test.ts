import { describe, expect, it } from 'vitest'
import { closeAccount } from '../../src/actions/close-account.ts'
import { createUser } from '../../src/actions/create-user.ts'
import { ensureTestUser } from '../../src/actions/ensure-test-user.ts'
import { setTier } from '../../src/actions/set-tier.ts'
import type { App } from '../../src/domain/app.ts'
import { losingAnswers } from './lost-answers.ts'
import { openingApps } from './opening.ts'
import { refusalOf } from './refusal.ts'

const open = openingApps()

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

  it('removes a row by hand; the address stays claimed', async () => {
    const { app, sql } = await open()
    const { id } = await createUser(app, { email: 'bob@example.com' })
    await sql('DELETE FROM users WHERE id = ?', id)
    expect(await app.users.findByEmail('bob@example.com')).toBeUndefined()
    expect(await sql('SELECT address FROM assigned_addresses')).toEqual([{ address: 'bob@xswarm.ai' }])
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
    ]
    for (const end of ends) expect((await refusalOf(end)).code).toBe('unknown-outcome')
    const audit: App['audit'] = {
      ...app.audit,
      async write(...unit) {
        await app.audit.write(...unit)
        return { outcome: 'unknown', cause: new Error('socket closed') }
      },
    }
    expect((await refusalOf(closeAccount({ ...app, audit }, id, 'operator:test'))).code).toBe(
      'unknown-outcome',
    )
    // Trying again is safe, as the refusal says: it was closed once, and this is its receipt.
    expect((await closeAccount(app, id, 'operator:test')).removed).toMatchObject({ users: 1 })
  })
})
