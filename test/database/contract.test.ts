import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createIdempotencyQueries } from '../../src/database/idempotency.ts'
import type { OpenedDatabase } from '../../src/database/opened.ts'
import { createUserQueries } from '../../src/database/users.ts'
import type { SqlValue, Statement, UserQueries, WriteOutcome } from '../../src/domain/ports.ts'
import { missingLibsqlServer } from './libsql-server.ts'
import { MODES, type Place } from './modes.ts'
import { person } from './people.ts'
import { countRows, listUserIds, sql } from './sql.ts'

test('this machine can prove the contract on a libsql-server, too', () => {
  expect(missingLibsqlServer()).toBeUndefined()
})

describe.each(MODES)('on $name', ({ create }) => {
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

  describe('a refusal names what stood in the way', () => {
    const claim = (local_part: string) =>
      users.claimAddress({ local_part, domain: 'xswarm.ai', user_id: 'x' })
    const first = person(1, { xswarm_phone: '+18005551001' })
    const cases: [string, () => Statement, object][] = [
      [
        'the same id',
        () => users.insert(person(2, { id: first.id })),
        { kind: 'unique', columns: ['users.id'] },
      ],
      [
        'the same email',
        () => users.insert(person(2, { email: first.email })),
        { kind: 'unique', columns: ['users.email'] },
      ],
      [
        'the same email in other letters',
        () => users.insert(person(2, { email: 'PERSON1@example.com' })),
        { kind: 'unique', columns: ['users.email'] },
      ],
      [
        'the same address',
        () => users.insert(person(2, { xswarm_email: first.xswarm_email })),
        { kind: 'unique', columns: ['users.xswarm_email'] },
      ],
      [
        'the same address in other letters',
        () => users.insert(person(2, { xswarm_email: 'Person1@xswarm.ai' })),
        { kind: 'unique', columns: ['users.xswarm_email'] },
      ],
      [
        'the same number',
        () => users.insert(person(2, { xswarm_phone: '+18005551001' })),
        { kind: 'unique', columns: ['users.xswarm_phone'] },
      ],
      [
        'an address that was given out',
        () => claim('person1'),
        { kind: 'unique', columns: [expect.stringMatching(/^assigned_addresses\./)] },
      ],
      [
        'an address that looks like one',
        () => claim('pers0n.1'),
        { kind: 'unique', columns: ['assigned_addresses.lookalike'] },
      ],
      [
        'no email',
        () => sql("INSERT INTO users (id, xswarm_email) VALUES ('x', 'x@xswarm.ai')"),
        { kind: 'not-null', column: 'users.email' },
      ],
      ['too few rows', () => users.remove('nobody'), { kind: 'rows' }],
      ['too many rows', () => ({ ...sql('UPDATE users SET phone = NULL'), expectRows: 0 }), { kind: 'rows' }],
      ['another revision', () => users.expectRevision(first.id, 7), { kind: 'rows' }],
      ['a CHECK', () => sql('INSERT INTO small (n) VALUES (?)', 11), { kind: 'check', name: 'at_most_ten' }],
      [
        'a trigger',
        () => sql('INSERT INTO small (n) VALUES (?)', 7),
        { kind: 'check', name: 'seven is not allowed' },
      ],
      ['a foreign key', () => sql('INSERT INTO pet (owner) VALUES (?)', 'x'), { kind: 'foreign-key' }],
    ]

    test.each(cases)('%s', async (_name, statement, refusal) => {
      await write(
        users.insert(first),
        sql('CREATE TABLE small (n INTEGER CONSTRAINT at_most_ten CHECK (n <= 10))'),
        sql(`CREATE TRIGGER no_seven BEFORE INSERT ON small WHEN NEW.n = 7
          BEGIN SELECT RAISE(ABORT, 'seven is not allowed'); END`),
        sql('CREATE TABLE pet (owner TEXT REFERENCES users (id))'),
      )
      const outcome = await write(sql("INSERT INTO operations (op_id) VALUES ('before')"), statement())
      expect(outcome).toEqual({ outcome: 'refused', statement: 1, refusal })
      expect(await count('operations')).toBe(0)
      expect(await count('users')).toBe(1)
    })

    test('two columns of one key', async () => {
      const { remember } = createIdempotencyQueries(database)
      const answer = { request_hash: 'h', status: 201, body: '{}' }
      expect(await write(remember('signup', 'k', answer), remember('signup', 'k', answer))).toEqual({
        outcome: 'refused',
        statement: 1,
        refusal: { kind: 'unique', columns: ['idempotency_keys.scope', 'idempotency_keys.key'] },
      })
    })
  })

  test('units that are written together stand and fall alone', async () => {
    const results = await Promise.allSettled([
      write(users.insert(person(1))),
      write(users.insert(person(2)), users.insert(person(2))),
      write(users.insert(person(3))),
      write(users.insert(person(4)), sql('INSERT INTO no_such_table VALUES (1)')),
      write(users.insert(person(5)), sql('this is not sql')),
      write(users.insert(person(6))),
    ])
    expect(results.map((one) => (one.status === 'fulfilled' ? one.value.outcome : 'thrown'))).toEqual([
      'done',
      'refused',
      'done',
      'thrown',
      'thrown',
      'done',
    ])
    expect(await listUserIds(database)).toEqual(['id-1', 'id-3', 'id-6'])
  })

  test('a unit that no database could run harms nobody but its sender', async () => {
    const boolean = true as unknown as SqlValue
    const nothing = undefined as unknown as SqlValue
    const bad: Statement[] = [
      sql('INSERT INTO operations (op_id) VALUES (?)', boolean),
      sql('INSERT INTO operations (op_id) VALUES (?)', nothing),
      sql('INSERT INTO operations (op_id) VALUES (?)', Number.NaN),
      sql('INSERT INTO operations (op_id) VALUES (?)'),
      sql('INSERT INTO operations (op_id) VALUES (?)', 'a', 'b'),
      sql('COMMIT'),
      sql('/* hidden */ ROLLBACK'),
      sql('BEGIN IMMEDIATE'),
      sql('SAVEPOINT unit'),
      sql('RELEASE unit'),
      { ...sql('SELECT 1'), expectRows: 1 },
    ]
    const results = await Promise.allSettled([
      ...bad.map((statement) => write(users.insert(person('bad')), statement)),
      write(users.insert(person('good'))),
    ])
    expect(results.map(({ status }) => status)).toEqual([...bad.map(() => 'rejected'), 'fulfilled'])
    expect(await listUserIds(database)).toEqual(['id-good'])
  })

  test('a lookup with a missing argument is refused instead of reusing the argument of the one before', async () => {
    await write(users.insert(person(1)))
    const lookup = 'SELECT id FROM users WHERE id = ?'
    expect(await database.readFirst(sql(lookup, 'id-1'))).toEqual({ id: 'id-1' })
    await expect(database.readFirst(sql(lookup))).rejects.toThrow('0 arguments for a statement that takes 1')
  })

  test('a read cannot write', async () => {
    await expect(database.read(sql("INSERT INTO operations (op_id) VALUES ('x')"))).rejects.toThrow()
    await expect(database.read(sql('DELETE FROM operations RETURNING op_id'))).rejects.toThrow()
    expect(await count('operations')).toBe(0)
  })

  test('values come back as they went in', async () => {
    const values: SqlValue[] = ['', 'ä\n🙂', 0, -1, 1.5, 2 ** 53 - 1, 1e300, null]
    await write(sql('CREATE TABLE cells (n INTEGER PRIMARY KEY, cell)'))
    await write(...values.map((value, n) => sql('INSERT INTO cells VALUES (?, ?)', n, value)))
    const rows = await database.read(sql('SELECT cell, typeof(cell) AS type FROM cells ORDER BY n'))
    expect(rows.map(({ cell }) => cell)).toEqual(values)
    const types = ['text', 'text', 'integer', 'integer', 'real', 'integer', 'real', 'null']
    expect(rows.map(({ type }) => type)).toEqual(types)
    await write(sql('INSERT INTO cells VALUES (?, ?)', 99, new Uint8Array([0, 1, 255])))
    const blob = await database.readFirst(sql('SELECT cell FROM cells WHERE n = 99'))
    expect(Buffer.from(blob?.cell as Uint8Array).toString('hex')).toBe('0001ff')
  })

  test('text with a NUL, which a driver would cut off there, is refused', async () => {
    await expect(write(users.insert(person('a\0b')))).rejects.toMatchObject({ code: 'invalid' })
    await expect(users.findByEmail('person1@example.com\0')).rejects.toMatchObject({ code: 'invalid' })
    expect(await count('users')).toBe(0)
  })

  test('RETURNING gives rows, and the write is seen by another client', async () => {
    const returning = sql("INSERT INTO operations (op_id) VALUES ('a'), ('b') RETURNING op_id")
    const outcome = await write(users.insert(person(1)), returning)
    expect(outcome).toEqual({
      outcome: 'done',
      rows: [[], [{ op_id: 'a' }, { op_id: 'b' }]],
      replayed: false,
    })
    const other = await place.open()
    expect(await other.read(sql('SELECT op_id FROM operations ORDER BY op_id'))).toHaveLength(2)
  })

  test('a client reads at once what another has written', async () => {
    const other = createUserQueries(await place.open())
    for (let n = 0; n < 20; n++) {
      await write(users.insert(person(n)))
      expect((await other.findById(`id-${n}`))?.email).toBe(`person${n}@example.com`)
    }
  })

  test('a unit with a name is done once, however often it is sent', async () => {
    const unit = { opId: 'sign-up-1', statements: [users.insert(person(1))] }
    expect(await database.write(unit)).toEqual({ outcome: 'done', rows: [[]], replayed: false })
    expect(await database.write(unit)).toEqual({ outcome: 'done', rows: [], replayed: true })
    const together = { opId: 'together', statements: [users.insert(person(2))] }
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => database.write(together)))
    expect(outcomes.filter((one) => one.outcome === 'done' && !one.replayed)).toHaveLength(1)
    expect(await count('users')).toBe(2)
  })

  test('a named unit that was refused may be sent again', async () => {
    const unit = { opId: 'op', statements: [users.remove('id-1')] }
    expect(await database.write(unit)).toMatchObject({ outcome: 'refused', statement: 0 })
    await write(users.insert(person(1)))
    expect(await database.write(unit)).toMatchObject({ outcome: 'done', replayed: false })
  })

  test('sixteen racing for a hundred seats take exactly a hundred', async () => {
    await write(
      sql('CREATE TABLE hall (free INTEGER NOT NULL)'),
      sql('CREATE TABLE ticket (holder TEXT NOT NULL)'),
      sql('INSERT INTO hall VALUES (100)'),
    )
    const second = await place.open()
    const takeSeats = async (holder: number): Promise<number> => {
      for (let taken = 0; ; taken++) {
        const outcome = await (holder % 2 === 0 ? database : second).write({
          statements: [
            { ...sql('UPDATE hall SET free = free - 1 WHERE free > 0'), expectRows: 1 },
            sql('INSERT INTO ticket VALUES (?)', `holder ${holder}`),
          ],
        })
        if (outcome.outcome !== 'done') return taken
      }
    }
    const taken = await Promise.all(Array.from({ length: 16 }, (_, holder) => takeSeats(holder)))
    expect(taken.reduce((sum, one) => sum + one, 0)).toBe(100)
    expect(await count('ticket')).toBe(100)
    expect(await database.readFirst(sql('SELECT free FROM hall'))).toEqual({ free: 0 })
  })

  test('closing answers what was accepted, refuses the rest, and may be repeated', async () => {
    const accepted = [1, 2, 3].map((n) => write(users.insert(person(n))))
    const closed = database.close()
    await expect(write(users.insert(person(4)))).rejects.toMatchObject({ code: 'unavailable' })
    expect((await Promise.all(accepted)).map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done'])
    await closed
    await database.close()
    await expect(users.findById('id-1')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await createUserQueries(await place.open()).count()).toBe(3)
  })

  test('a queue that is full says so at once', async () => {
    const small = await place.open({ unitsMax: 2 })
    const results = await Promise.allSettled(
      [1, 2, 3].map((n) => small.write({ statements: [users.insert(person(n))] })),
    )
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(results[2]).toMatchObject({ reason: { code: 'unavailable', retryAfterSeconds: 1 } })
  })

  test('with grouping off the outcomes are the same', async () => {
    const single = await place.open({ grouping: false })
    const outcomes = await Promise.all(
      [1, 1, 2].map((n) => single.write({ statements: [users.insert(person(n))] })),
    )
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'refused', 'done'])
  })
})
