import { openDatabase } from '../../../src/database/open.ts'
import { createUserQueries } from '../../../src/database/users.ts'
import { person } from '../people.ts'

/** Inserts one user, as a command of its own would. */
const [, , url = '', name = ''] = process.argv
const database = await openDatabase({ url, migrate: true })
const outcome = await database.write({ statements: [createUserQueries(database).insert(person(name))] })
if (outcome.outcome !== 'done') throw new Error(JSON.stringify(outcome))
await database.close()
