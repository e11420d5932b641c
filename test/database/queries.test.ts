import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createChangeQueries } from '../../src/database/changes.ts'
import { createIdempotencyQueries } from '../../src/database/idempotency.ts'
import type { OpenedDatabase } from '../../src/database/opened.ts'
import { createUserQueries } from '../../src/database/users.ts'
import type { Statement, UserQueries, WriteOutcome } from '../../src/domain/ports.ts'
import { MODES, type Place } from './modes.ts'
import { person } from './people.ts'
import { countRows, sql } from './sql.ts'

describe.each(MODES)('the queries on $name', ({ create }) => {
  let place: Place
  let database: OpenedDatabase
  let users: UserQueries

  beforeEach(async () => {
    place = await create()
    database = await place.open()
    users = createUserQueries(database)
  })
  afterEach(() => place.remove())

  const write = (...statements: Statement[]): Promise<WriteOutcome> => database.write({ statements })
  const count = (table: string) => countRows(database, table)

  test('a reused lookup finds each of many users, and nobody else', async () => {
    const people = Array.from({ length: 200 }, (_, n) => person(n, { xswarm_phone: `+1800555${1000 + n}` }))
    await write(...people.map((user) => users.insert(user)))
    for (const user of people) {
      const found = await Promise.all([
        users.findById(user.id),
        users.findByEmail(user.email),
        users.findByXswarmPhone(user.xswarm_phone ?? ''),
        users.findByXswarmEmail(user.xswarm_email),
      ])
      expect(found.map((one) => one?.id)).toEqual([user.id, user.id, user.id, user.id])
    }
    expect(await users.findByEmail('nobody@example.com')).toBeUndefined()
    expect(await users.count()).toBe(200)
  })

  test('a lookup by email regards no case, in the question or in the row', async () => {
    await write(users.insert(person(1, { email: 'Alice@Example.com', xswarm_email: 'Alice@xswarm.ai' })))
    expect((await users.findByEmail('aLICE@example.COM'))?.email).toBe('Alice@Example.com')
    expect((await users.findByXswarmEmail('alice@XSWARM.ai'))?.id).toBe('id-1')
  })

  test('every lookup goes through an index', async () => {
    const statements: Statement[] = []
    const spy = createUserQueries({
      ...({} as OpenedDatabase),
      readFirst: async (query) => void statements.push(query),
    })
    await spy.findById('a')
    await spy.findByEmail('a')
    await spy.findByXswarmEmail('a')
    await spy.findByXswarmPhone('a')
    await spy.findRevised('a')
    expect(statements).toHaveLength(5)
    for (const statement of statements) {
      const plan = await database.read(sql(`EXPLAIN QUERY PLAN ${statement.sql}`, ...statement.args))
      const steps = plan.map(({ detail }) => String(detail))
      expect(steps.join('\n')).toMatch(/SEARCH/)
      expect(steps.filter((step) => step.startsWith('SCAN'))).toEqual([])
    }
  })

  test("the seed's own INSERT makes a complete user, with a change and a claimed address", async () => {
    await write(
      sql(`INSERT INTO users (id, email, phone, xswarm_email, subscription_tier)
        VALUES ('test-123', 'alice@example.com', '+15551234567', 'alice@xswarm.ai', 'premium')`),
    )
    expect(await users.findRevised('test-123')).toEqual({
      user: {
        ...person(1),
        id: 'test-123',
        email: 'alice@example.com',
        phone: '+15551234567',
        xswarm_email: 'alice@xswarm.ai',
        subscription_tier: 'premium',
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      },
      revision: 1,
    })
    const outcome = await write(
      users.claimAddress({ local_part: 'alice', domain: 'xswarm.ai', user_id: 'b' }),
    )
    expect(outcome).toMatchObject({ outcome: 'refused' })
  })

  test('every change of a user is logged with what was there before, whoever makes it', async () => {
    const changes = createChangeQueries(database)
    expect(await changes.latestRevision()).toBe(0)
    await write(users.insert(person(1, { phone: '+15551234567' })))
    await write(users.update('id-1', { persona: 'jarvis', phone: null }))
    await write(users.update('id-1', { persona: 'jarvis' }))
    await write(sql("UPDATE users SET xswarm_email = 'New@xswarm.ai'"))
    await write(users.insert(person(2)))
    const log = await changes.listForUser('id-1', 0, 10)
    expect(log.map(({ revision, changed }) => [revision, changed])).toEqual([
      [1, ['created']],
      [2, ['phone', 'persona']],
      [3, ['xswarm_email']],
    ])
    expect(log[1]?.before).toEqual({ persona: 'hal-9000', wake_word: 'hey hal', phone: '+15551234567' })
    expect((await changes.listForUser('id-1', 1, 1)).map(({ revision }) => revision)).toEqual([2])
    expect((await changes.listAll(2, 10)).map(({ user_id }) => user_id)).toEqual(['id-1', 'id-2'])
    expect(await changes.latestRevision()).toBe(4)
    const addresses = await database.read(sql('SELECT address FROM assigned_addresses ORDER BY address'))
    expect(addresses.map(({ address }) => address)).toEqual([
      'new@xswarm.ai',
      'person1@xswarm.ai',
      'person2@xswarm.ai',
    ])
  })

  test('the address of a removed user is never given out again', async () => {
    await write(users.claimAddress({ local_part: 'Alice', domain: 'xswarm.ai', user_id: 'id-1' }))
    await write(users.insert(person(1, { xswarm_email: 'alice@xswarm.ai' })))
    await write(users.remove('id-1'))
    const outcome = await write(
      users.claimAddress({ local_part: 'alice', domain: 'xswarm.ai', user_id: 'id-2' }),
    )
    expect(outcome).toMatchObject({
      refusal: { kind: 'unique', columns: [expect.stringMatching(/^assigned_addresses\./)] },
    })
  })

  test('an update on a stale revision changes nothing, on the right one everything', async () => {
    await write(users.insert(person(1)))
    const stale = await write(users.expectRevision('id-1', 0), users.update('id-1', { persona: 'jarvis' }))
    expect(stale).toEqual({ outcome: 'refused', statement: 0, refusal: { kind: 'rows' } })
    const fresh = await write(users.expectRevision('id-1', 1), users.update('id-1', { persona: 'jarvis' }))
    expect(fresh.outcome).toBe('done')
    expect(await users.findRevised('id-1')).toMatchObject({ user: { persona: 'jarvis' }, revision: 2 })
  })

  test('an answer is remembered for 24 hours, then its key is free again', async () => {
    const { remember, find, forgetOld } = createIdempotencyQueries(database)
    const answer = { request_hash: 'h', status: 201, body: '{"a":1}' }
    await write(remember('signup', 'key', answer), remember('signup', 'other', answer))
    expect(await find('signup', 'key')).toEqual(answer)
    expect(await find('another', 'key')).toBeUndefined()
    await write(sql("UPDATE idempotency_keys SET created_at = datetime('now', '-25 hours')"))
    expect(await find('signup', 'key')).toBeUndefined()
    expect(await write(remember('signup', 'key', { ...answer, status: 409 }))).toMatchObject({
      outcome: 'done',
    })
    expect(await find('signup', 'key')).toMatchObject({ status: 409 })
    await write(forgetOld())
    expect(await count('idempotency_keys')).toBe(1)
  })

  test('only known columns of a user can be updated', async () => {
    const update = (columns: object) => () => users.update('id-1', columns)
    expect(update({ id: 'x' })).toThrow(TypeError)
    expect(update({ 'phone = phone --': 'x' })).toThrow(TypeError)
    expect(update({})).toThrow(TypeError)
  })
})
