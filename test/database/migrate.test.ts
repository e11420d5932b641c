import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadMigrations, type Migration, migrate, migrationStatus } from '../../src/database/migrate.ts'
import type { OpenedDatabase } from '../../src/database/opened.ts'
import { buildChildren, type Children } from './children.ts'
import { MODES, type Place } from './modes.ts'

let children: Children
beforeAll(() => {
  children = buildChildren()
})
afterAll(() => children.remove())

function migration(version: number, sql: string): Migration {
  const name = `${String(version).padStart(4, '0')}_test.sql`
  return { version, name, sql, checksum: `checksum of ${sql}` }
}

describe.each(MODES)('on $name', ({ create }) => {
  let place: Place
  let database: OpenedDatabase

  beforeEach(async () => {
    place = await create()
    database = await place.open({ migrate: false, checkSchema: false })
  })
  afterEach(() => place.remove())

  test('two processes that start together apply each migration once', async () => {
    const both = [children.start('migrate', place.url), children.start('migrate', place.url)]
    await Promise.all(both.map((child) => child.line((line) => line === 'ready')))
    for (const child of both) child.tell('go')
    const applied = JSON.stringify(loadMigrations().map(({ name }) => ({ name })))
    await Promise.all(both.map((child) => child.line((line) => line === applied)))
    expect(await Promise.all(both.map((child) => child.ended()))).toEqual([0, 0])
  })

  test('eight at once in one process apply each migration once', async () => {
    const others = await Promise.all(
      Array.from({ length: 3 }, () => place.open({ migrate: false, checkSchema: false })),
    )
    const migrations = [migration(1, 'CREATE TABLE log (n)'), migration(2, 'INSERT INTO log VALUES (1)')]
    const everybody = [database, database, ...others, ...others]
    await Promise.all(everybody.map((one) => migrate(one, migrations)))
    expect(await database.read({ sql: 'SELECT n FROM log', args: [] })).toHaveLength(1)
  })

  test('a migration that fails leaves nothing, and those before it stay', async () => {
    const good = migration(1, 'CREATE TABLE a (n UNIQUE); INSERT INTO a VALUES (1);')
    await expect(migrate(database, [good, migration(2, 'CREATE TABLE b (n); NONSENSE')])).rejects.toThrow()
    const refused = migrate(database, [good, migration(2, 'CREATE TABLE b (n); INSERT INTO a VALUES (1)')])
    await expect(refused).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('0002_test.sql does not fit the rows'),
    })
    const tables = await database.read({
      sql: "SELECT name FROM sqlite_master WHERE name IN ('a', 'b')",
      args: [],
    })
    expect(tables).toEqual([{ name: 'a' }])
    expect(await migrationStatus(database, [good])).toMatchObject({
      applied: [{ name: '0001_test.sql' }],
      pending: [],
    })
  })

  test('an edited migration is refused with its name', async () => {
    await migrate(database, [migration(1, 'CREATE TABLE a (n)')])
    await expect(migrate(database, [migration(1, 'CREATE TABLE a (n, m)')])).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('0001_test.sql was edited after it was applied'),
    })
  })

  test('a database of a newer version is refused, also when it is opened', async () => {
    await migrate(database)
    const record =
      "INSERT INTO schema_migrations (version, name, checksum) VALUES (999, '0999_future.sql', 'x')"
    await database.write({ statements: [{ sql: record, args: [] }] })
    const refusal = {
      code: 'misconfigured',
      message: expect.stringContaining('newer xswarm (it has 0999_future.sql)'),
    }
    await expect(migrate(database)).rejects.toMatchObject(refusal)
    await expect(place.open({ migrate: false })).rejects.toMatchObject(refusal)
    await expect(place.open({ migrate: true })).rejects.toMatchObject(refusal)
  })

  test('a database without its tables is not opened, and the sentence names the command', async () => {
    await expect(place.open({ migrate: false })).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('Run `xswarm db migrate`'),
    })
    expect(await migrationStatus(database)).toMatchObject({
      applied: [],
      pending: loadMigrations().map(({ name }) => name),
    })
  })
})
