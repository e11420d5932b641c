import { backup } from '../../../src/database/backup.ts'
import { openDatabase } from '../../../src/database/open.ts'

/** Copies the database of its first argument to the file of its second. */
const [, , url = '', file = ''] = process.argv
const database = await openDatabase({ url })
await backup(database, file)
await database.close()
