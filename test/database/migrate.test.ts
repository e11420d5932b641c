import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadMigrations, type Migration, migrate, migrationStatus } from '../../src/database/migrate.ts'
import type { OpenedDatabase } from '../../src/database/opened.ts'
import { splitStatements } from '../../src/database/statements.ts'
import { buildChildren, type Children } from './children.ts'
import { MODES, type Place } from './modes.ts'
import { person } from './people.ts'

let children: Children
beforeAll(() => {
  children = buildChildren()
})
afterAll(() => children.remove())

/** The schema as the seed prints it. */
function seedSql(): string[] {
  return splitStatements(readFileSync(new URL('../fixtures/seed-users.sql', import.meta.url), 'utf8'))
}

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

  test('a database that was made by hand with the SQL of the seed is taken over, rows and all', async () => {
    const alice = person(1, { email: 'alice@example.com', xswarm_email: 'alice@xswarm.ai' })
    const { id, email, phone, xswarm_email, subscription_tier } = alice
    await database.write({
      statements: [
        ...seedSql().map((sql) => ({ sql, args: [] })),
        {
          sql: 'INSERT INTO users (id, email, phone, xswarm_email, subscription_tier) VALUES (?, ?, ?, ?, ?)',
          args: [id, email, phone, xswarm_email, subscription_tier],
        },
      ],
    })
    await expect(migrate(database)).resolves.toMatchObject({ pending: [], edited: [] })
    const users = await database.read({ sql: 'SELECT * FROM users', args: [] })
    expect(users).toEqual([{ ...alice, created_at: expect.any(String) }])
    expect(await database.read({ sql: 'SELECT address, user_id FROM assigned_addresses', args: [] })).toEqual(
      [{ address: 'alice@xswarm.ai', user_id: id }],
    )
    expect(await database.read({ sql: 'SELECT user_id, changed FROM changes', args: [] })).toEqual([
      { user_id: id, changed: '["created"]' },
    ])
    const made = "SELECT type, name FROM sqlite_master WHERE tbl_name = 'users' ORDER BY type, name"
    const fresh = await create()
    try {
      const other = await fresh.open()
      const statement = { sql: made, args: [] }
      expect(await database.read(statement)).toEqual(await other.read(statement))
    } finally {
      await fresh.remove()
    }
  })

  test('a table users of another program is refused with what it lacks, and nothing is added to it', async () => {
    await database.write({
      statements: [{ sql: 'CREATE TABLE users (id TEXT PRIMARY KEY, email)', args: [] }],
    })
    await expect(migrate(database)).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('it lacks phone, xswarm_email'),
    })
    expect(await database.read({ sql: 'SELECT name FROM sqlite_master', args: [] })).not.toContainEqual({
      name: 'schema_migrations',
    })
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
