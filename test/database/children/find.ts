import { createInterface } from 'node:readline'
import { openDatabase } from '../../../src/database/open.ts'
import { createUserQueries } from '../../../src/database/users.ts'

/** Reads ids, one in a line, and prints those that the database does not have. Ends with `checked N`. */
const database = await openDatabase({ url: process.argv[2] ?? '' })
const users = createUserQueries(database)
let checked = 0
for await (const id of createInterface({ input: process.stdin })) {
  if (id === 'end') break
  if ((await users.findById(id)) === undefined) process.stdout.write(`lost ${id}\n`)
  checked++
}
process.stdout.write(`checked ${checked}\n`)
await database.close()
process.stdin.destroy()
