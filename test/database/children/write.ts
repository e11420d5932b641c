import { openDatabase } from '../../../src/database/open.ts'
import { createUserQueries } from '../../../src/database/users.ts'
import { person } from '../people.ts'

/** Writes users without end, many at a time, and prints the id of each one that was acknowledged. */
const [, , url = '', name = ''] = process.argv
const database = await openDatabase({ url, migrate: true })
const users = createUserQueries(database)
await Promise.all(Array.from({ length: 32 }, (_, lane) => writeForEver(`${name}-${lane}`)))

async function writeForEver(lane: string): Promise<void> {
  for (let n = 0; ; n++) {
    const user = person(`${lane}-${n}`)
    const outcome = await database.write({ statements: [users.insert(user)] })
    if (outcome.outcome !== 'done') throw new Error(JSON.stringify(outcome))
    process.stdout.write(`${user.id}\n`)
  }
}
