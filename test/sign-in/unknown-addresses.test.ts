import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, createTestService, from, post, readCode, type TestService, type Told, wrong } from './people.ts'

const email = 'alice@example.com'
let parts: TestService
beforeEach(async () => {
  parts = await createTestService()
  await ask(parts, '/api/signup', post({ email }))
})
afterEach(() => parts.close())

const askForCode = (address: string, to = email) =>
  ask(parts, '/api/auth/code', post({ email: to }), from(address))
const signIn = (address: string, body: Record<string, unknown>) =>
  ask(parts, '/api/auth/session', post({ email, ...body }), from(address))

describe('known and unknown addresses', () => {
  const shape = ({ status, headers, body }: Told) => ({
    status,
    headers: [...headers.keys()].sort(),
    cookies: headers.getSetCookie().map((line) => line.replace(/=[^;]*/, '')),
    body: Object.fromEntries(
      Object.entries(body).map(([key, value]) => [key, typeof value === 'string' ? value.length : value]),
    ),
  })

  it('get the same answer, field by field, header by header', async () => {
    const known = await askForCode('192.0.2.1')
    const unknown = await askForCode('192.0.2.1', 'nobody@example.com')
    expect(unknown.status).toBe(202)
    expect(shape(unknown)).toEqual(shape(known))
    expect(Object.keys(known.body)).toEqual(['request', 'expires_in'])
  })

  it('get the same refusal of a code, whatever is wrong with it', async () => {
    const { body: mine } = await askForCode('192.0.2.1')
    const { body: nobodys } = await askForCode('192.0.2.1', 'nobody@example.com')
    const code = await readCode(parts, email)
    const refusals = [
      await signIn('192.0.2.1', { code: wrong(code), request: mine.request }),
      await signIn('192.0.2.1', { email: 'nobody@example.com', code, request: nobodys.request }),
      await signIn('198.51.100.1', { email: 'nobody@example.com', code }),
      await signIn('198.51.100.1', { email: 'never-asked@example.com', code }),
    ]
    for (const refusal of refusals) expect(shape(refusal)).toEqual(shape(refusals[0] as Told))
    for (const { body } of refusals) expect(body).toEqual(refusals[0]?.body)
  })

  it('leave the same rows behind, but only the known one a mail', async () => {
    await askForCode('192.0.2.1')
    await askForCode('192.0.2.1', 'nobody@example.com')
    const rows = await parts.sql('SELECT * FROM sign_in_codes')
    expect(rows).toHaveLength(2)
    const [one, other] = rows.map((row) =>
      Object.entries(row).map(([key, value]) => [key, key === 'user_id' ? 'any' : typeof value]),
    )
    expect(one).toEqual(other)
    await readCode(parts, email)
    expect(parts.mailbox.list().some(({ to }) => to === 'nobody@example.com')).toBe(false)
  })

  it('cost the same number of reads and units', async () => {
    const calls: string[] = []
    const { database } = parts.app
    const [readFirst, write] = [database.readFirst.bind(database), database.write.bind(database)]
    database.readFirst = (query) => {
      calls.push(`read ${query.sql}`)
      return readFirst(query)
    }
    database.write = (unit) => {
      calls.push('write')
      return write(unit)
    }
    await askForCode('192.0.2.1')
    const known = calls.splice(0)
    await askForCode('192.0.2.1', 'nobody@example.com')
    expect(known.length).toBeGreaterThan(1)
    expect(calls).toEqual(known)
  })

  it('sign in to nothing: a code for an unknown address is right for nobody', async () => {
    await askForCode('192.0.2.1', 'nobody@example.com')
    await ask(parts, '/api/signup', post({ email: 'nobody@example.com' }))
    const rows = await parts.sql('SELECT user_id FROM sign_in_codes WHERE user_id IS NULL')
    expect(rows).toHaveLength(1)
  })
})
