import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OpenedDatabase } from '../../src/database/opened.ts'
import { runShell } from '../../src/database/shell.ts'
import { createUserQueries } from '../../src/database/users.ts'
import { MODES, type Place } from './modes.ts'

const SEED_INSERT = `
INSERT INTO users (id, email, phone, xswarm_email, subscription_tier)
VALUES ('test-123', 'alice@example.com', '+15551234567', 'alice@xswarm.ai', 'premium');
`

describe.each(MODES)('on $name', ({ create }) => {
  let place: Place
  let database: OpenedDatabase
  beforeEach(async () => {
    place = await create()
    database = await place.open()
  })
  afterEach(() => place.remove())

  test("the seed's own INSERT works as printed", async () => {
    expect(await runShell(database, SEED_INSERT)).toMatchObject([{ columns: [], rows: [], changes: 1 }])
    expect((await createUserQueries(database).findByEmail('alice@example.com'))?.subscription_tier).toBe(
      'premium',
    )
  })

  test('columns stay in order, also two of one name', async () => {
    expect(await runShell(database, 'SELECT 2 AS b, 1 AS a, 3 AS a; SELECT NULL AS n')).toEqual([
      { sql: 'SELECT 2 AS b, 1 AS a, 3 AS a', columns: ['b', 'a', 'a'], rows: [[2, 1, 3]], changes: 0 },
      { sql: 'SELECT NULL AS n', columns: ['n'], rows: [[null]], changes: 0 },
    ])
  })

  test('it tells how many rows changed, and returns what RETURNING asks for', async () => {
    const script = `CREATE TABLE t (n); INSERT INTO t VALUES (1), (2), (3); UPDATE t SET n = n + 1 WHERE n > 1 RETURNING n;
      DELETE FROM t; SELECT count(*) AS left FROM t`
    const results = await runShell(database, script)
    expect(results.map(({ changes }) => changes)).toEqual([0, 3, 2, 3, 0])
    expect(results.map(({ rows }) => rows)).toEqual([[], [], [[3], [4]], [], [[0]]])
  })

  test('a script that is refused changes nothing and says where', async () => {
    const script = `${SEED_INSERT} ${SEED_INSERT}`
    await expect(runShell(database, script)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(
        /^UNIQUE constraint failed: [\w.' ]+ in statement 2\. Nothing was changed\.$/,
      ),
    })
    expect(await createUserQueries(database).count()).toBe(0)
  })

  test.each([
    ['no SQL', 'selec * from users', /syntax error/],
    ['an unknown table', 'SELECT * FROM nobody', /no such table: nobody/],
    ['a transaction', 'BEGIN; DELETE FROM users; COMMIT', /Leave out BEGIN/],
    ['a commit in the middle', 'DELETE FROM users; commit', /Leave out COMMIT/],
    ['VACUUM', 'VACUUM', /VACUUM is not possible here/],
    ['ATTACH', "ATTACH 'other.db' AS other", /ATTACH is not possible here/],
    ['a NUL', "SELECT '\0'", /./],
  ])('%s is answered with a sentence', async (_name, script, message) => {
    await expect(runShell(database, script)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(message),
    })
    expect(await runShell(database, 'SELECT 1 AS one')).toMatchObject([{ rows: [[1]] }])
  })

  test('a WITH that deletes is a write, one that reads is not', async () => {
    await runShell(database, SEED_INSERT)
    const [read] = await runShell(database, 'WITH a AS (SELECT 1 AS n) SELECT n FROM a')
    expect(read?.rows).toEqual([[1]])
    const [gone] = await runShell(
      database,
      "WITH a AS (SELECT 'test-123' AS id) DELETE FROM users WHERE id IN (SELECT id FROM a)",
    )
    expect(gone?.changes).toBe(1)
  })

  test('nothing but space and comments is nothing', async () => {
    expect(await runShell(database, ' -- nothing;\n ; ')).toEqual([])
  })
})
