import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createAuditLog } from '../../src/database/audit.ts'
import { backup, restore } from '../../src/database/backup.ts'
import { createDirectoryQueries } from '../../src/database/directory.ts'
import { openDatabase } from '../../src/database/open.ts'
import type { OpenedDatabase } from '../../src/database/opened.ts'
import { type LibsqlServer, missingLibsqlServer, startLibsqlServer } from '../database/libsql-server.ts'

let folder = ''
const clock = { now: () => Date.UTC(2026, 10, 23) }
const modes = missingLibsqlServer() === undefined ? (['file', 'server'] as const) : (['file'] as const)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xswarm-admin-backup-'))
})
let server: LibsqlServer | undefined
afterEach(async () => {
  await server?.stop()
  server = undefined
  rmSync(folder, { recursive: true, force: true })
})

async function insert(database: OpenedDatabase, name: string): Promise<void> {
  const sql = 'INSERT INTO users (id, email, xswarm_email) VALUES (?, ?, ?)'
  const outcome = await database.write({
    statements: [{ sql, args: [name, `${name}@example.com`, `${name}@xswarm.ai`] }],
  })
  expect(outcome.outcome).toBe('done')
}

it.each(modes)('a backup of a %s brings directory and audit log back, and both go on', async (mode) => {
  if (mode === 'server') server = await startLibsqlServer()
  const database = await openDatabase({
    url: server?.url ?? `file:${join(folder, 'first.db')}`,
    migrate: true,
  })
  await insert(database, 'alice')
  expect((await createDirectoryQueries(database).find({ query: 'alice', limit: 5 })).users.length).toBe(1)
  await createAuditLog(database, clock).record({ actor: 'system', action: 'user.viewed' })
  await backup(database, join(folder, 'copy.db'))
  await database.close()

  const url = `file:${join(folder, 'second.db')}`
  await restore(url, join(folder, 'copy.db'), { force: true })
  const restored = await openDatabase({ url, migrate: true })
  const directory = createDirectoryQueries(restored)
  expect((await directory.find({ query: 'alice', limit: 5 })).users.length).toBe(1)
  await insert(restored, 'bob')
  expect((await directory.find({ query: 'example', limit: 5 })).users.map(({ id }) => id)).toEqual([
    'bob',
    'alice',
  ])
  const log = createAuditLog(restored, clock)
  await log.record({ actor: 'system', action: 'user.viewed' })
  expect(await log.verify()).toMatchObject({ ok: true, entries: 2 })
  await restored.close()
})
