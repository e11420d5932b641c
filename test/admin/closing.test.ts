import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closeAccount } from '../../src/actions/close-account.ts'
import { PERSONAL_TABLES } from '../../src/database/personal-tables.ts'
import { runJobs } from '../jobs/run-jobs.ts'
import {
  ask,
  bearer,
  createBrowser,
  createTestService,
  from,
  post,
  type SignedInPerson,
  signInAs,
  type TestService,
} from '../sign-in/people.ts'

const person = { email: 'alice.liddell@example.com', phone: '+15551234567' }
let parts: TestService
let alice: SignedInPerson
beforeEach(async () => {
  parts = await createTestService()
})
afterEach(() => parts.close())

/** Somebody who has left traces everywhere. */
async function liveALife(): Promise<void> {
  const signUp = post(person, { 'Idempotency-Key': 'key-1' })
  expect((await ask(parts, '/api/signup', signUp, from('192.0.2.10'))).status).toBe(201)
  alice = await signInAs(parts, person.email)
  await parts.sql(
    'UPDATE users SET phone = ?, xswarm_phone = ? WHERE id = ?',
    person.phone,
    '+18005551001',
    alice.userId,
  )
  await parts.sql("UPDATE users SET persona = 'jarvis' WHERE id = ?", alice.userId)
  await parts.app.directory.find({ query: 'liddell', limit: 5 })
  // Codes, a device and a change of address that are under way.
  await ask(parts, '/api/auth/code', post({ email: person.email }), from('192.0.2.11'))
  await ask(parts, '/api/me/email', post({ email: 'alice.liddell@new.example' }, bearer(alice.token)))
  const form = {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'client_id=xswarm-cli',
  }
  const device = await ask(parts, '/api/auth/device', form)
  await parts.sql('UPDATE device_grants SET user_id = ?', alice.userId)
  expect(device.status).toBe(200)
  await ask(parts, '/api/me/export', { headers: bearer(alice.token) })
  await ask(parts, '/api/signup', post(person), from('192.0.2.12'))
  const [number] = await parts.sql('SELECT id FROM numbers')
  await parts.sql(
    `INSERT INTO calls (call_sid, number_id, user_id, from_number, status, seconds, ended_at)
      VALUES ('CA1', ?, ?, ?, 'completed', 61, '2026-11-23 14:17:00')`,
    String(number?.id),
    alice.userId,
    person.phone,
  )
  await parts.sql(
    `INSERT INTO texts (message_sid, number_id, user_id, from_number, body, kind, received_at)
      VALUES ('SM1', ?, ?, ?, 'call liddell back', 'text', 0)`,
    String(number?.id),
    alice.userId,
    person.phone,
  )
  await parts.sql(
    `INSERT INTO subscriptions (id, customer_id, user_id, status, prices, started_at)
      VALUES ('sub_1', 'cus_1', ?, 'canceled', '[]', 0)`,
    alice.userId,
  )
  await parts.sql(
    `INSERT INTO usage (id, user_id, kind, month, units, overage, at, report)
      VALUES ('voice:CA1', ?, 'voice', '2026-11', 3, 0, 0, 'none')`,
    alice.userId,
  )
}

/** Every cell of every table, as a dump would write it. */
async function dump(): Promise<string> {
  const tables = await parts.sql(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'",
  )
  const cells: string[] = []
  for (const { name } of tables) {
    const { columns, rows } = await parts.database.query({ sql: `SELECT * FROM "${name}"`, args: [] })
    cells.push(`${name}(${columns.join()})`)
    for (const row of rows)
      for (const cell of row)
        cells.push(`${name}: ${cell instanceof Uint8Array ? Buffer.from(cell).toString('latin1') : cell}`)
  }
  return cells.join('\n')
}

const close = () => ask(parts, '/api/me', { method: 'DELETE', headers: bearer(alice.token) })

describe('an export', () => {
  it('holds everything about a person and no secret', async () => {
    await liveALife()
    const told = await ask(parts, '/api/me/export', { headers: bearer(alice.token) })
    expect(told.status).toBe(200)
    expect(told.headers.get('content-disposition')).toContain('attachment')
    expect(told.body.user).toMatchObject({
      id: alice.userId,
      email: person.email,
      xswarm_phone: '+18005551001',
    })
    const names = PERSONAL_TABLES.map(({ name }) => name)
    expect(Object.keys(told.body)).toEqual(['exported_at', 'user', ...names])
    // Proven, so this is the one table without a row.
    const empty = names.filter((name) => told.body[name].length === 0)
    expect(empty).toEqual(['unproven_sign_up'])
    expect(told.body.settings_history[0]).toMatchObject({ changed: ['created'] })
    expect(told.body.sessions).toMatchObject([{ id: alice.sessionId }])
    expect(told.body.assigned_addresses).toMatchObject([{ address: 'alice.liddell@xswarm.ai' }])
    expect(told.body.remembered_answers).toMatchObject([{ body: { email: person.email } }])
    expect(told.body.audit_log).toMatchObject([
      { action: 'user.exported', by: 'user' },
      { action: 'user.exported' },
    ])
    const { token_hash } = (await parts.sql('SELECT token_hash FROM sessions'))[0] ?? {}
    expect(told.text).not.toContain(String(token_hash))
    expect(told.text).not.toMatch(/_hash|salt|"code"|xsw_/)
  })

  it('holds nothing about anybody else', async () => {
    await liveALife()
    const bob = await signInAs(parts, 'bob@example.com', '192.0.2.30')
    const told = await ask(parts, '/api/me/export', { headers: bearer(bob.token) })
    expect(told.text).not.toContain('liddell')
    expect(told.text).not.toContain(alice.userId)
  })
})

describe('closing an account', () => {
  it('leaves no email, phone or name anywhere, and a receipt', async () => {
    await liveALife()
    expect(await dump()).toContain('liddell')
    const told = await close()
    expect(told.status).toBe(200)
    expect(told.body).toMatchObject({
      receipt_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      closed_at: '2026-11-23 14:17:00',
      removed: {
        users: 1,
        assigned_addresses: 1,
        sessions: 1,
        email_changes: 1,
        idempotency_keys: 1,
        device_grants: 1,
      },
    })
    expect(told.body.kept.length).toBeGreaterThan(0)
    await runJobs(parts)
    const [mail] = parts.mailbox.list()
    expect(mail).toMatchObject({ to: person.email, subject: 'Your xSwarm account is closed' })
    expect(mail?.text).toContain(told.body.receipt_id)
    // Every segment of the search index too, once the worker came by.
    await parts.database.write({
      statements: [parts.app.jobs.enqueue({ name: 'follow-changes', payload: {} })],
    })
    await runJobs(parts)
    expect(await parts.sql('SELECT forgets FROM directory_progress')).toEqual([{ forgets: 0 }])
    const everything = await dump()
    for (const trace of ['liddell', 'alice', '5551234567', '8005551001', 'jarvis', 'idd'])
      expect(everything, trace).not.toContain(trace)
    // Only the id may stay: in the audit log and, for a month on a server, as the name of the unit that signed them up.
    const left = everything
      .split('\n')
      .filter((cell) => cell.includes(alice.userId) && !cell.startsWith('operations: '))
    expect(new Set(left.map((cell) => cell.split(': ')[0]))).toEqual(new Set(['audit_log']))
    expect(await parts.app.audit.verify()).toMatchObject({ ok: true })
  })

  it('ends every session at once and forgets the browser', async () => {
    await liveALife()
    const browser = createBrowser(parts)
    await browser.ask('/api/auth/code', post({ email: person.email }))
    const { readCode } = await import('../sign-in/people.ts')
    await browser.ask(
      '/api/auth/session',
      post({ email: person.email, code: await readCode(parts, person.email) }),
    )
    expect(browser.jar.has('xswarm')).toBe(true)
    expect((await browser.ask('/api/me', { method: 'DELETE' })).status).toBe(200)
    expect(browser.jar.has('xswarm')).toBe(false)
    expect((await ask(parts, '/api/me', { headers: bearer(alice.token) })).status).toBe(401)
    expect((await parts.app.sessions.findLive([alice.sessionId], parts.clock.now())).size).toBe(0)
  })

  it('gives neither the address nor one that looks like it to anybody again', async () => {
    await liveALife()
    await close()
    const signUp = async (email: string) =>
      (await ask(parts, '/api/signup', post({ email }))).body.xswarm_email
    expect(await signUp(person.email)).toBe('alice.liddell2@xswarm.ai')
    expect(await signUp('a1ice.liddell@example.org')).not.toBe('a1ice.liddell@xswarm.ai')
    expect(await signUp('alice-liddell@example.org')).not.toBe('alice-liddell@xswarm.ai')
    const kinds = await parts.sql(
      'SELECT kind, count(*) AS total FROM tombstones GROUP BY kind ORDER BY kind',
    )
    expect(kinds).toEqual(['address', 'lookalike', 'number'].map((kind) => ({ kind, total: 1 })))
  })

  it('gives no former address to anybody again either', async () => {
    await liveALife()
    await parts.sql("UPDATE users SET xswarm_email = 'wonderland@xswarm.ai' WHERE id = ?", alice.userId)
    const everything = await ask(parts, '/api/me/export', { headers: bearer(alice.token) })
    const addresses = everything.body.assigned_addresses.map(({ address }: { address: string }) => address)
    expect(addresses.sort()).toEqual(['alice.liddell@xswarm.ai', 'wonderland@xswarm.ai'])
    expect((await close()).body.removed.assigned_addresses).toBe(2)
    expect(await parts.sql('SELECT * FROM assigned_addresses')).toEqual([])
    for (const name of ['alice.liddell', 'wonderland'])
      expect(
        (await ask(parts, '/api/signup', post({ email: `${name}@example.org` }))).body.xswarm_email,
      ).toBe(`${name}2@xswarm.ai`)
  })

  it('closed twice gives the same receipt, and many at once close it once', async () => {
    await liveALife()
    const receipts = await Promise.all(
      Array.from({ length: 6 }, () => closeAccount(parts.app, alice.userId, 'operator:test')),
    )
    expect(new Set(receipts.map((receipt) => JSON.stringify(receipt))).size).toBe(1)
    expect(await closeAccount(parts.app, alice.userId, 'operator:test')).toEqual(receipts[0])
    const closings = (await parts.app.audit.list({ limit: 50 })).filter(
      ({ action }) => action === 'user.closed',
    )
    expect(closings.length).toBe(1)
    expect((await runJobs(parts)).length).toBe(1)
  })

  it('says so when there never was such a user', async () => {
    await expect(closeAccount(parts.app, 'nobody', 'operator:test')).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it('removes nothing when one part of it cannot be done', async () => {
    await liveALife()
    await parts.sql(
      `CREATE TRIGGER stubborn BEFORE DELETE ON changes BEGIN SELECT RAISE(ABORT, 'stubborn'); END`,
    )
    expect((await close()).status).toBe(500)
    expect((await ask(parts, '/api/me', { headers: bearer(alice.token) })).status).toBe(200)
    expect(await parts.sql('SELECT * FROM tombstones')).toEqual([])
    expect((await parts.app.audit.list({ limit: 50 })).some(({ action }) => action === 'user.closed')).toBe(
      false,
    )
  })

  it('takes in what changed while it was under way', async () => {
    await liveALife()
    const { personal } = parts.app
    let changedOnce = false
    const racing = {
      ...parts.app,
      personal: {
        ...personal,
        close: async (...args: Parameters<typeof personal.close>) => {
          const statements = await personal.close(...args)
          if (!changedOnce)
            await parts.sql("UPDATE users SET xswarm_phone = '+18005559999' WHERE id = ?", alice.userId)
          changedOnce = true
          return statements
        },
      },
    }
    await closeAccount(racing, alice.userId, 'operator:test')
    expect(await parts.sql("SELECT count(*) AS total FROM tombstones WHERE kind = 'number'")).toEqual([
      { total: 1 },
    ])
    expect(await dump()).not.toContain('8005559999')
    const { tombstoneHash } = await import('../../src/database/tombstones.ts')
    expect(await dump()).toContain(tombstoneHash('number', '+18005559999'))
  })

  it('is refused to whoever is not signed in, and to a page of another site', async () => {
    await liveALife()
    expect((await ask(parts, '/api/me', { method: 'DELETE' })).status).toBe(401)
    const cookie = {
      Cookie: `xswarm=${alice.token}`,
      'Sec-Fetch-Site': 'cross-site',
      Origin: 'https://evil.example',
    }
    expect((await ask(parts, '/api/me', { method: 'DELETE', headers: cookie })).status).toBe(403)
    expect((await ask(parts, '/api/me', { headers: bearer(alice.token) })).status).toBe(200)
  })
})
