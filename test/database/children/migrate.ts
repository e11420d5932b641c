import { openDatabase } from '../../../src/database/open.ts'

/** Migrates the database of its first argument as soon as it is told to, and says what it then has. */
const url = process.argv[2] ?? ''
process.stdout.write('ready\n')
process.stdin.once('data', async () => {
  const database = await openDatabase({ url, migrate: true })
  const rows = await database.read({ sql: 'SELECT name FROM schema_migrations ORDER BY version', args: [] })
  process.stdout.write(`${JSON.stringify(rows)}\n`)
  await database.close()
  process.stdin.destroy()
})
