import { afterEach, describe, expect, it } from 'vitest'
import { createDirectoryQueries } from '../../src/database/directory.ts'
import type { DirectoryQueries, DirectorySearch } from '../../src/domain/directory.ts'
import type { Database } from '../../src/domain/ports.ts'
import { createTestApp, type TestApp } from '../app.ts'
import { type LibsqlServer, missingLibsqlServer, startLibsqlServer } from '../database/libsql-server.ts'
import { withWrites } from '../users/lost-answers.ts'

let server: LibsqlServer | undefined
let parts: TestApp
let directory: DirectoryQueries
afterEach(async () => {
  await parts.close()
  await server?.stop()
  server = undefined
})

async function open(mode: 'file' | 'server' = 'file'): Promise<void> {
  if (mode === 'server') server = await startLibsqlServer()
  parts = await createTestApp(server === undefined ? {} : { url: server.url })
  directory = parts.app.directory
}

interface Person {
  readonly id: string
  readonly email: string
  readonly phone?: string
  readonly xswarm_email?: string
  readonly xswarm_phone?: string
  readonly tier?: string
}

async function insert(...people: readonly Person[]): Promise<void> {
  const statements = people.map(({ id, email, phone, xswarm_email, xswarm_phone, tier }) => ({
    sql: `INSERT INTO users (id, email, phone, xswarm_email, xswarm_phone, subscription_tier) VALUES (?, ?, ?, ?, ?, ?)`,
    args: [
      id,
      email,
      phone ?? null,
      xswarm_email ?? `${id}@assigned.example`,
      xswarm_phone ?? null,
      tier ?? 'free',
    ],
  }))
  const outcome = await parts.database.write({ statements })
  expect(outcome.outcome).toBe('done')
}

async function find(query?: string, more: Partial<DirectorySearch> = {}): Promise<string[]> {
  const page = await directory.find({ query, limit: 50, ...more })
  return page.users.map(({ id }) => id)
}

const modes = missingLibsqlServer() === undefined ? (['file', 'server'] as const) : (['file'] as const)

describe.each(modes)('the directory on a %s', (mode) => {
  it('finds any part of email, phone, assigned number and assigned address, the newest first', async () => {
    await open(mode)
    await insert(
      {
        id: 'a',
        email: 'Alice.Liddell@Example.com',
        phone: '+15551234567',
        xswarm_email: 'wonder@xswarm.ai',
      },
      { id: 'b', email: 'bob@example.org', xswarm_phone: '+18005551001', tier: 'premium' },
      { id: 'c', email: "o'neil_100%@example.net", xswarm_email: 'say"hi@xswarm.ai' },
    )
    expect(await find()).toEqual(['c', 'b', 'a'])
    expect(await find('example')).toEqual(['c', 'b', 'a'])
    expect(await find('LIDDELL')).toEqual(['a'])
    expect(await find('  e.lid ')).toEqual(['a'])
    expect(await find('234567')).toEqual(['a'])
    expect(await find('(555) 123-4567')).toEqual(['a'])
    expect(await find('+1 800')).toEqual(['b'])
    expect(await find('wonder@xs')).toEqual(['a'])
    expect(await find('_100%')).toEqual(['c'])
    expect(await find("'nei")).toEqual(['c'])
    expect(await find('y"h')).toEqual(['c'])
    expect(await find('example', { tier: 'premium' })).toEqual(['b'])
    expect(await find(undefined, { tier: 'free' })).toEqual(['c', 'a'])
    expect(await find('liddell', { tier: 'premium' })).toEqual([])
    expect(await find('nobody')).toEqual([])
  })

  it('shows every change at once: new, changed and removed users, also by hand', async () => {
    await open(mode)
    await insert({ id: 'a', email: 'alice@example.com' })
    expect(await find('alice')).toEqual(['a'])
    await parts.sql(
      "UPDATE users SET email = 'carol@example.com', subscription_tier = 'premium' WHERE id = 'a'",
    )
    expect(await find('alice')).toEqual([])
    expect(await find('carol', { tier: 'premium' })).toEqual(['a'])
    await parts.sql("DELETE FROM users WHERE id = 'a'")
    expect(await find('carol')).toEqual([])
    expect(await find()).toEqual([])
    await insert({ id: 'a', email: 'again@example.com' })
    expect(await find('again')).toEqual(['a'])
  })
})

if (modes.length === 1)
  it.fails(missingLibsqlServer() ?? '', () => expect(missingLibsqlServer()).toBeUndefined())

describe('the directory', () => {
  it('takes what somebody types for text, never for a query language', async () => {
    await open()
    await insert({ id: 'a', email: 'alice@example.com' })
    const hostile = [
      '" OR "1',
      'alice OR bob',
      'email:alice',
      'ali*',
      'NEAR(a b)',
      '(((',
      "'; DROP TABLE users; --",
      'tier : "free"',
      '{email}',
      '-alice',
      '^alice',
      '\\"\\"\\"',
      '%%%',
      '___',
      '💥💥💥',
      'x'.repeat(254),
    ]
    for (const query of hostile) expect(await find(query), query).toEqual([])
    expect(await find('alice')).toEqual(['a'])
  })

  it('refuses one or two characters, endless texts and invisible characters with a sentence', async () => {
    await open()
    const hostile = ['a\nb\nc', 'abc\u0000', '\ue004\ue066\ue065', 'alice\u0001']
    for (const query of ['a', 'ab', ' ab ', 'é', 'x'.repeat(255), ...hostile]) {
      await expect(find(query), query).rejects.toMatchObject({
        code: 'invalid',
        fields: [{ field: 'query' }],
      })
    }
    // Nothing but spaces is no query at all.
    expect(await find('   ')).toEqual([])
  })

  it('pages through everybody exactly once, with and without a query and a tier', async () => {
    await open()
    await insert(
      ...Array.from({ length: 137 }, (_, n) => ({
        id: `u${n}`,
        email: `person${n}@example.com`,
        tier: n % 3 === 0 ? 'premium' : 'free',
      })),
    )
    for (const search of [
      {},
      { query: 'person' },
      { tier: 'premium' },
      { query: 'person', tier: 'premium' },
    ]) {
      const seen: string[] = []
      let cursor: number | undefined
      do {
        const page = await directory.find({ ...search, cursor, limit: 10 })
        seen.push(...page.users.map(({ id }) => id))
        cursor = page.next_cursor
      } while (cursor !== undefined)
      const all = Array.from({ length: 137 }, (_, n) => n).filter((n) => !('tier' in search) || n % 3 === 0)
      expect(seen).toEqual(all.reverse().map((n) => `u${n}`))
    }
  })

  it('keeps two made-up tiers apart that the index marks alike', async () => {
    await open()
    await insert(
      { id: 'a', email: 'alice@example.com', tier: 'gold' },
      { id: 'b', email: 'bob@example.com', tier: 'gord' },
    )
    expect(await find('example', { tier: 'gold' })).toEqual(['a'])
    expect(await find('example', { tier: 'gord' })).toEqual(['b'])
    expect(await find('gold')).toEqual([])
  })

  it('shows the newest changes also while it is far behind, and says that some may be missing', async () => {
    await open()
    const stuck = createDirectoryQueries(refusingToFollow(parts))
    await insert(
      { id: 'a', email: 'alice@example.com' },
      { id: 'b', email: 'bob@example.com', tier: 'premium' },
    )
    expect((await stuck.find({ query: 'alice', limit: 5 })).users.map(({ id }) => id)).toEqual(['a'])
    expect(
      (await stuck.find({ query: 'example', tier: 'premium', limit: 5 })).users.map(({ id }) => id),
    ).toEqual(['b'])
    const page = await stuck.find({ query: 'example', limit: 1 })
    expect(page).toMatchObject({ users: [{ id: 'b' }], complete: true })
    expect((await stuck.find({ query: 'example', limit: 1, cursor: page.next_cursor })).users).toMatchObject([
      { id: 'a' },
    ])
    expect((await stuck.totals('2026-11-23', 1)).complete).toBe(false)
  })

  it('follows once, however many follow at the same time', async () => {
    await open()
    await insert(...Array.from({ length: 700 }, (_, n) => ({ id: `u${n}`, email: `person${n}@example.com` })))
    await Promise.all(Array.from({ length: 8 }, () => directory.follow(1_000)))
    while (!(await directory.follow(1_000)));
    expect(await parts.sql('SELECT count(*) AS total FROM directory')).toEqual([{ total: 700 }])
    expect((await directory.totals('2026-11-23', 1)).users).toBe(700)
  })

  it('builds itself up again in a database that came back without it', async () => {
    await open()
    await insert({ id: 'a', email: 'alice@example.com' })
    expect(await find('alice')).toEqual(['a'])
    await parts.sql('DELETE FROM directory')
    expect(await find('alice')).toEqual(['a'])
    expect((await directory.totals('2026-11-23', 1)).users).toBe(1)
  })

  it('counts users by tier, numbers and days without counting rows', async () => {
    await open()
    await insert(
      { id: 'a', email: 'a@example.com', tier: 'premium', xswarm_phone: '+18005551001' },
      { id: 'b', email: 'b@example.com' },
      { id: 'c', email: 'c@example.com' },
    )
    await parts.sql("UPDATE users SET created_at = '2026-11-21 10:00:00' WHERE id = 'b'")
    await parts.sql("UPDATE users SET created_at = '2026-11-22 10:00:00', persona = 'jarvis' WHERE id = 'c'")
    await parts.sql("UPDATE users SET persona = 'jarvis' WHERE id = 'b'")
    await parts.sql("UPDATE users SET created_at = '2026-11-22 11:00:00', persona = 'jarvis' WHERE id = 'a'")
    const totals = await directory.totals('2026-11-22', 3)
    expect(totals).toEqual({
      users: 3,
      tiers: [
        { tier: 'free', users: 2 },
        { tier: 'premium', users: 1 },
      ],
      numbers: 1,
      sign_ups: [
        { day: '2026-11-20', users: 0 },
        { day: '2026-11-21', users: 1 },
        { day: '2026-11-22', users: 2 },
      ],
      complete: true,
    })
    await parts.sql("DELETE FROM users WHERE id = 'a'")
    expect(await directory.totals('2026-11-22', 1)).toMatchObject({
      users: 2,
      numbers: 0,
      tiers: [{ tier: 'free', users: 2 }],
    })
  })

  it('forgets what the search index held of a person who left', async () => {
    await open()
    await insert({ id: 'a', email: 'zyxwvu@example.com' }, { id: 'b', email: 'bob@example.com' })
    await find()
    // `zyx` is the last term of the index and shares nothing with the one before: it stands there in full.
    const text = async () =>
      (await parts.sql('SELECT hex(block) AS block FROM user_search_data'))
        .map(({ block }) => Buffer.from(String(block), 'hex').toString('latin1'))
        .join()
    expect(await text()).toContain('zyx')
    await parts.sql("DELETE FROM users WHERE id = 'a'")
    expect(await text()).toContain('zyx')
    for (let step = 0; step < 10 && !(await directory.forget()); step++);
    expect(await text()).not.toContain('zyx')
    expect(await find('bob')).toEqual(['b'])
  })

  it('finds by an index whatever is asked', async () => {
    await open()
    await insert({ id: 'a', email: 'alice@example.com' })
    const plans: string[] = []
    const explaining = createDirectoryQueries({
      ...withWrites(parts.database, (unit) => parts.database.write(unit)),
      read: async (statement) => {
        const plan = await parts.database.read({ ...statement, sql: `EXPLAIN QUERY PLAN ${statement.sql}` })
        plans.push(...plan.map((row) => String(row.detail)))
        return parts.database.read(statement)
      },
    })
    const both = { query: 'alice', tier: 'free', cursor: 9 }
    for (const search of [{}, { query: 'alice' }, { tier: 'free' }, both])
      await explaining.find({ ...search, limit: 5 })
    const scans = plans.filter((step) =>
      /^SCAN (?!followed|s VIRTUAL TABLE INDEX|\(subquery|p$|r$|\d+ CONSTANT)/.test(step),
    )
    expect(plans.length).toBeGreaterThan(20)
    expect(scans).toEqual([])
  })
})

/** A database on which somebody else is always faster at following, so that the directory stays where it is. */
function refusingToFollow({ database }: TestApp): Database {
  return withWrites(database, async () => ({ outcome: 'refused', statement: 0, refusal: { kind: 'rows' } }))
}
