import Libsql from 'libsql'
import { LocalDatabase } from '../../../src/database/local.ts'
import { openDatabase } from '../../../src/database/open.ts'
import { failureOf } from '../../../src/database/outcome.ts'

/** Opens a database as a user who may not do everything, and prints what went wrong. */
const [, , door = '', path = ''] = process.argv
// Permissions do not bind root. Everything is loaded by now, as nobody may not be able to read this folder.
if (process.getuid?.() === 0) process.setuid?.(65_534)
try {
  if (door === 'open') await openDatabase({ url: `file:${path}`, checkSchema: false })
  else new LocalDatabase({ driver: Libsql, path, grouping: true, patienceMs: 0, unitsMax: 1 })
  process.stdout.write('{"opened":true}\n')
} catch (error) {
  const { code, message } = failureOf(error, path) as { code?: string; message?: string }
  process.stdout.write(`${JSON.stringify({ code, message })}\n`)
}
