import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OpenedDatabase } from '../../src/database/opened.ts'
import { createUserQueries } from '../../src/database/users.ts'
import { buildChildren, type Child, type Children } from './children.ts'
import { createLocalPlace, MODES, type Place } from './modes.ts'
import { person } from './people.ts'
import { listUserIds, sql } from './sql.ts'
import { countTurns } from './turns.ts'

let children: Children
beforeAll(() => {
  children = buildChildren()
})
afterAll(() => children.remove())

describe('a local file', () => {
  let place: Place
  let database: OpenedDatabase
  beforeEach(async () => {
    place = await createLocalPlace()
    database = await place.open()
  })
  afterEach(() => place.remove())

  test('two processes write one file at once and are killed: nothing that was acknowledged is lost', async () => {
    const writers = [children.start('write', place.url, 'a'), children.start('write', place.url, 'b')]
    await Promise.all(writers.map((writer) => untilLines(writer, 2_000)))
    await Promise.all(writers.map((writer) => writer.kill('SIGKILL')))
    const acknowledged = writers.flatMap(({ lines }) => lines)
    expect(acknowledged.length).toBeGreaterThanOrEqual(4_000)

    const reader = children.start('find', place.url)
    for (const id of acknowledged) reader.tell(id)
    reader.tell('end')
    await reader.line((line) => line === `checked ${acknowledged.length}`)
    expect(reader.lines.filter((line) => line.startsWith('lost'))).toEqual([])
  })

  test('a lock held by another process does not hold the event loop, and the write is done afterwards', async () => {
    const holder = children.start('hold-lock', place.url.replace('file:', ''), '400')
    await holder.line((line) => line === 'locked')
    const users = createUserQueries(database)
    const written = database.write({ statements: [users.insert(person(1))] })
    // A driver that waits inside for the lock would let none of them happen.
    expect(await countTurns(written)).toBeGreaterThan(20)
    expect(await written).toMatchObject({ outcome: 'done' })
    expect(await listUserIds(database)).toEqual(['id-1'])
  })

  test('reads go on while another process holds the lock', async () => {
    const holder = children.start('hold-lock', place.url.replace('file:', ''))
    await holder.line((line) => line === 'locked')
    const users = createUserQueries(database)
    const written = database.write({ statements: [users.insert(person(1))] })
    expect(await listUserIds(database)).toEqual([])
    holder.tell('let go')
    await written
    expect(await listUserIds(database)).toEqual(['id-1'])
  })

  test('a lock that is never let go ends as unavailable, with nothing written', async () => {
    const holder = children.start('hold-lock', place.url.replace('file:', ''))
    await holder.line((line) => line === 'locked')
    const impatient = await place.open({ patienceMs: 100, migrate: false })
    const users = createUserQueries(impatient)
    const results = await Promise.allSettled(
      [1, 2].map((n) => impatient.write({ statements: [users.insert(person(n))] })),
    )
    expect(results).toMatchObject([{ reason: { code: 'unavailable' } }, { reason: { code: 'unavailable' } }])
    holder.tell('let go')
    await holder.ended()
    expect(await impatient.write({ statements: [users.insert(person(3))] })).toMatchObject({
      outcome: 'done',
    })
    expect(await listUserIds(impatient)).toEqual(['id-3'])
  })

  test('a full disk is refused as unavailable, acknowledges nothing of its group, and the next group works', async () => {
    const small = sql('UPDATE hall SET free = free - 1')
    await database.write({
      statements: [sql('CREATE TABLE hall (free)'), sql('INSERT INTO hall VALUES (9)')],
    })
    const pages = await database.readFirst(sql('PRAGMA page_count'))
    // The writer itself is told that the file may not grow; SQLite then behaves as on a full disk.
    await database.run([sql(`PRAGMA max_page_count = ${Number(pages?.page_count)}`)])
    const large = sql('INSERT INTO operations (op_id) VALUES (?)', 'x'.repeat(100_000))
    const results = await Promise.allSettled(
      [[small], [small, large], [small]].map((statements) => database.write({ statements })),
    )
    const refused = { reason: { code: 'unavailable', message: expect.stringContaining('is full') } }
    expect(results).toMatchObject([refused, refused, refused])
    expect(await database.readFirst(sql('SELECT free FROM hall'))).toEqual({ free: 9 })
    expect(await database.write({ statements: [small, large] })).toMatchObject({ outcome: 'done' })
    expect(await (await place.open()).readFirst(sql('SELECT free FROM hall'))).toEqual({ free: 8 })
  })

  test('a COMMIT that fails acknowledges nothing of its group, and the next group works', async () => {
    await database.write({
      statements: [
        sql('CREATE TABLE owner (id PRIMARY KEY)'),
        sql('CREATE TABLE pet (owner REFERENCES owner (id) DEFERRABLE INITIALLY DEFERRED)'),
      ],
    })
    const users = createUserQueries(database)
    const results = await Promise.allSettled([
      database.write({ statements: [users.insert(person(1))] }),
      database.write({ statements: [sql("INSERT INTO pet VALUES ('nobody')")] }),
      database.write({ statements: [users.insert(person(2))] }),
    ])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(await database.write({ statements: [users.insert(person(3))] })).toMatchObject({ outcome: 'done' })
    expect(await listUserIds(database)).toEqual(['id-3'])
    expect(await listUserIds(await place.open())).toEqual(['id-3'])
  })

  test('a lookup keeps no snapshot: the journal can be emptied behind it', async () => {
    const users = createUserQueries(database)
    await database.write({ statements: [users.insert(person(1)), users.insert(person(2))] })
    const other = await place.open()
    await other.read(sql('SELECT id FROM users'))
    await createUserQueries(other).findById('id-1')
    const { default: Libsql } = await import('libsql')
    const third = new Libsql(place.url.replace('file:', ''), { timeout: 0 })
    const checkpoint = third.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all([])
    third.close()
    expect(checkpoint).toEqual([{ busy: 0, log: 0, checkpointed: 0 }])
  })
})

describe.each(MODES)('on $name', ({ create }) => {
  let place: Place
  let database: OpenedDatabase
  beforeEach(async () => {
    place = await create()
    database = await place.open()
  })
  afterEach(() => place.remove())

  test('an UPDATE that finds nobody commits no phantom behind it', async () => {
    const users = createUserQueries(database)
    const outcome = await database.write({
      statements: [
        users.update('nobody', { persona: 'jarvis' }),
        sql("INSERT INTO operations (op_id) VALUES ('phantom')"),
      ],
    })
    expect(outcome).toEqual({ outcome: 'refused', statement: 0, refusal: { kind: 'rows' } })
    expect(await database.read(sql('SELECT op_id FROM operations'))).toEqual([])
  })

  test('a transaction that ends silently acknowledges nothing, and no unit behind it commits by itself', async () => {
    const users = createUserQueries(database)
    await database.write({ statements: [users.insert(person('before'))] })
    // As a full disk does: the statement fails and takes the whole transaction with it, without a word.
    const silentEnd = sql(
      "INSERT OR ROLLBACK INTO users (id, email, xswarm_email) VALUES ('id-before', 'x', 'y')",
    )
    const results = await Promise.allSettled([
      database.write({ statements: [users.insert(person(1))] }),
      database.write({ statements: [users.insert(person(2)), silentEnd] }),
      database.write({ statements: [users.insert(person(3))] }),
    ])
    const acknowledged = results.filter((one) => one.status === 'fulfilled' && one.value.outcome === 'done')
    expect(acknowledged).toEqual([])
    expect(await listUserIds(await place.open())).toEqual(['id-before'])
    expect(await database.write({ statements: [users.insert(person(4))] })).toMatchObject({ outcome: 'done' })
    expect(await listUserIds(await place.open())).toEqual(['id-4', 'id-before'])
  })
})

async function untilLines(child: Child, count: number): Promise<void> {
  await child.line(() => child.lines.length >= count)
}
