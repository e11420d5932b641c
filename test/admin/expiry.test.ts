import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expireUnproven } from '../../src/actions/expire-unproven.ts'
import { runJobs } from '../jobs/run-jobs.ts'
import { ask, createTestService, post, signInAs, type TestService } from '../sign-in/people.ts'

const day = 24 * 60 * 60 * 1000
let parts: TestService
beforeEach(async () => {
  parts = await createTestService()
})
afterEach(() => parts.close())

async function expire(): Promise<void> {
  await parts.database.write({
    statements: [parts.app.jobs.enqueue({ name: 'expire-unproven', payload: {} })],
  })
  await runJobs(parts)
}

const signUp = (email: string) => ask(parts, '/api/signup', post({ email, phone: '+15551234567' }))
const exists = async (email: string) => (await parts.app.users.findByEmail(email)) !== undefined

describe('a sign-up that nobody proves', () => {
  it('goes after the configured days with everything about it, and both its addresses are free again', async () => {
    const { body } = await signUp('alice@example.com')
    parts.clock.advance(7 * day - 1)
    await expire()
    expect(await exists('alice@example.com')).toBe(true)
    parts.clock.advance(2)
    await expire()
    expect(await exists('alice@example.com')).toBe(false)
    for (const table of [
      'users',
      'assigned_addresses',
      'changes',
      'unproven_signups',
      'tombstones',
      'directory',
    ])
      expect(await parts.sql(`SELECT * FROM ${table}`), table).toEqual([])
    expect((await signUp('alice@example.com')).body.xswarm_email).toBe(body.xswarm_email)
    expect(await parts.app.audit.list({ limit: 5 })).toMatchObject([
      { actor: 'system', action: 'users.expired', detail: { users: 1 }, user_id: null },
    ])
  })

  it('stays when its address was proven in time, or it was made by hand', async () => {
    await signInAs(parts, 'proven@example.com')
    await parts.sql(
      "INSERT INTO users (id, email, xswarm_email) VALUES ('hand', 'hand@example.com', 'hand@xswarm.ai')",
    )
    parts.clock.advance(400 * day)
    await expire()
    expect(await exists('proven@example.com')).toBe(true)
    expect(await exists('hand@example.com')).toBe(true)
  })

  it('stays when it is proven in the very moment of its removal', async () => {
    const { body } = await signUp('alice@example.com')
    parts.clock.advance(8 * day)
    const { personal } = parts.app
    const racing = {
      ...parts.app,
      personal: {
        ...personal,
        expire: (...args: Parameters<typeof personal.expire>) => {
          void parts.database.write({ statements: [parts.app.unproven.remove(body.user_id)] })
          return personal.expire(...args)
        },
      },
    }
    await expireUnproven(racing)
    expect(await exists('alice@example.com')).toBe(true)
    expect(await parts.sql('SELECT * FROM assigned_addresses')).toMatchObject([
      { address: 'alice@xswarm.ai' },
    ])
  })

  it('goes in any number', async () => {
    for (let n = 0; n < 250; n++) await signUp(`person${n}@example.com`)
    parts.clock.advance(8 * day)
    await expire()
    expect(await parts.app.users.count()).toBe(0)
  })
})
