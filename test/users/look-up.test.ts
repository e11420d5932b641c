import { describe, expect, it } from 'vitest'
import { ensureTestUser } from '../../src/actions/ensure-test-user.ts'
import { lookUpUser } from '../../src/actions/look-up-user.ts'
import { openingApps } from './opening.ts'
import { refusalOf } from './refusal.ts'

const open = openingApps()

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
