import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { changeSettings } from '../../src/actions/change-settings.ts'
import { createUser } from '../../src/actions/create-user.ts'
import { setTier } from '../../src/actions/set-tier.ts'
import { undoSettings } from '../../src/actions/undo-settings.ts'
import { createAuditLog, verifyAuditLog } from '../../src/database/audit.ts'
import { openDatabase } from '../../src/database/open.ts'
import { createTestApp, type TestApp } from '../app.ts'
import { type LibsqlServer, missingLibsqlServer, startLibsqlServer } from '../database/libsql-server.ts'

let parts: TestApp
let server: LibsqlServer | undefined
beforeEach(async () => {
  parts = await createTestApp()
})
afterEach(async () => {
  await parts.close()
  await server?.stop()
  server = undefined
})

const record = (userId: string) =>
  parts.app.audit.record({ actor: 'operator:test', action: 'user.viewed', user_id: userId, detail: { n: 1 } })

/** What somebody does who has the database file and bad intentions: the triggers are no obstacle to them. */
async function tamper(sql: string): Promise<void> {
  await parts.sql('DROP TRIGGER audit_log_never_changes')
  await parts.sql('DROP TRIGGER audit_log_never_forgets')
  await parts.sql('DROP TRIGGER audit_log_continues')
  await parts.sql(sql)
}

describe('the audit log', () => {
  it('keeps entries in order, each with the hash of the one before', async () => {
    for (const id of ['a', 'b', 'c']) await record(id)
    const entries = await parts.app.audit.list({ limit: 10 })
    expect(entries.map(({ id, user_id }) => [id, user_id])).toEqual([
      [3, 'c'],
      [2, 'b'],
      [1, 'a'],
    ])
    expect(entries[0]).toMatchObject({
      actor: 'operator:test',
      action: 'user.viewed',
      detail: { n: 1 },
      at: '2026-11-23 14:17:00',
    })
    expect(entries[0]?.previous_hash).toBe(entries[1]?.hash)
    expect(entries[2]?.previous_hash).toBe('')
    expect(await parts.app.audit.verify()).toEqual({ ok: true, entries: 3, head: entries[0]?.hash })
    expect(await parts.app.audit.list({ limit: 10, user_id: 'b' })).toEqual([entries[1]])
    expect(await parts.app.audit.list({ limit: 10, cursor: 3 })).toEqual(entries.slice(1))
  })

  it('refuses to change or forget an entry, or to put one in, whoever asks', async () => {
    await record('a')
    const attempts = [
      "UPDATE audit_log SET actor = 'system'",
      'DELETE FROM audit_log',
      `INSERT INTO audit_log (at, actor, action, previous_hash, hash) VALUES ('2026', 'system', 'user.viewed', 'x', 'y')`,
      `INSERT OR REPLACE INTO audit_log (id, at, actor, action, previous_hash, hash) VALUES (1, '2026', 'system', 'user.viewed', '', 'y')`,
      `UPDATE OR REPLACE audit_log SET id = 7`,
    ]
    for (const sql of attempts) {
      const outcome = await parts.database.write({ statements: [{ sql, args: [] }] })
      expect(outcome, sql).toMatchObject({ outcome: 'refused', refusal: { kind: 'check' } })
    }
    expect(await parts.app.audit.verify()).toMatchObject({ ok: true, entries: 1 })
  })

  it.each([
    ['changed', "UPDATE audit_log SET actor = 'system' WHERE id = 2", 2, /changed/],
    ['changed in its detail', `UPDATE audit_log SET detail = '{"n":2}' WHERE id = 2`, 2, /changed/],
    ['given another hash', "UPDATE audit_log SET hash = 'forged' WHERE id = 2", 2, /changed/],
    ['taken out', 'DELETE FROM audit_log WHERE id = 2', 2, /missing/],
    ['taken off the start', 'DELETE FROM audit_log WHERE id = 1', 1, /missing/],
    ['cut off the end', 'DELETE FROM audit_log WHERE id = 3', 3, /missing/],
    ['all taken out', 'DELETE FROM audit_log', 3, /missing/],
    [
      'put in',
      `INSERT INTO audit_log SELECT 4, at, actor, action, user_id, detail, previous_hash, hash FROM audit_log WHERE id = 3`,
      4,
      /before it/,
    ],
  ] as const)('shows an entry that was %s', async (_, sql, id, fault) => {
    for (const user of ['a', 'b', 'c']) await record(user)
    await tamper(sql)
    expect(await parts.app.audit.verify()).toEqual({ ok: false, id, fault: expect.stringMatching(fault) })
  })

  it.each([
    ['before them', "UPDATE audit_log SET actor = 'system' WHERE id = 1", undefined],
    ['among them', "UPDATE audit_log SET actor = 'system' WHERE id = 3", { id: 3, fault: /changed/ }],
    ['just before them', "UPDATE audit_log SET hash = 'forged' WHERE id = 2", { id: 3, fault: /before it/ }],
    ['taken out just before them', 'DELETE FROM audit_log WHERE id = 2', { id: 2, fault: /missing/ }],
    ['cut off the end', 'DELETE FROM audit_log WHERE id = 4', { id: 4, fault: /missing/ }],
  ] as const)('the newest two alone show what was done to an entry among them: %s', async (_, sql, found) => {
    for (const user of ['a', 'b', 'c', 'd']) await record(user)
    expect(await verifyAuditLog(parts.database, 2)).toMatchObject({ ok: true, entries: 4 })
    await tamper(sql)
    expect(await verifyAuditLog(parts.database, 2)).toMatchObject(
      found === undefined
        ? { ok: true, entries: 4 }
        : { ok: false, id: found.id, fault: expect.stringMatching(found.fault) },
    )
  })

  it('writes an entry together with what it speaks of, or neither', async () => {
    const insert = {
      sql: `INSERT INTO users (id, email, xswarm_email) VALUES ('a', 'alice@example.com', 'alice@xswarm.ai')`,
      args: [],
    }
    const entry = { actor: 'operator:test', action: 'user.created', user_id: 'a' } as const
    expect((await parts.app.audit.write(entry, { statements: [insert] })).outcome).toBe('done')
    const again = await parts.app.audit.write(entry, { statements: [insert] })
    expect(again).toMatchObject({ outcome: 'refused', statement: 0, refusal: { kind: 'unique' } })
    expect(await parts.app.audit.verify()).toMatchObject({ ok: true, entries: 1 })
  })

  it('says which settings an operator changed, not to what, and nothing when nothing changed', async () => {
    const { app } = parts
    const actor = 'operator:test'
    const user = await createUser(app, { email: 'alice@example.com' }, actor)
    await changeSettings(app, user.id, { persona: 'jarvis' }, { actor })
    await changeSettings(app, user.id, { persona: 'jarvis' }, { actor })
    await undoSettings(app, user.id, { actor })
    await changeSettings(app, user.id, { persona: 'kitt' })
    await setTier(app, user.id, 'premium', actor)
    const entries = [...(await app.audit.list({ limit: 10 }))].reverse()
    expect(entries.map(({ action, detail }) => [action, detail])).toEqual([
      ['user.created', { tier: 'free' }],
      ['settings.changed', { changed: ['persona', 'wake_word'] }],
      ['settings.changed', { changed: ['persona', 'wake_word'], undo: true }],
      ['user.tier-set', { from: 'free', to: 'premium' }],
    ])
    expect(entries.every(({ user_id }) => user_id === user.id)).toBe(true)
  })

  it('stays one chain when two processes and many at once append', async () => {
    const other = await openDatabase({ url: parts.url })
    const second = createAuditLog(other, parts.clock)
    await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        (n % 2 === 0 ? parts.app.audit : second).record({
          actor: 'system',
          action: 'user.viewed',
          user_id: `u${n}`,
        }),
      ),
    )
    await other.close()
    expect(await parts.app.audit.verify()).toMatchObject({ ok: true, entries: 30 })
  })

  it.runIf(missingLibsqlServer() === undefined)('stays one chain on a server too', async () => {
    server = await startLibsqlServer()
    const [first, second] = await Promise.all([
      openDatabase({ url: server.url, migrate: true }),
      openDatabase({ url: server.url, migrate: true }),
    ])
    const logs = [createAuditLog(first, parts.clock), createAuditLog(second, parts.clock)]
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        logs[n % 2]?.record({ actor: 'system', action: 'user.viewed', user_id: `u${n}` }),
      ),
    )
    expect(await logs[0]?.verify()).toMatchObject({ ok: true, entries: 12 })
    await Promise.all([first.close(), second.close()])
  })
})
