import { AppError } from '../domain/errors.ts'
import type { Database, Statement } from '../domain/ports.ts'

/** The seed's columns: what a table `users` must have to be the one of this product. */
const COLUMNS: readonly string[] = [
  'id',
  'email',
  'phone',
  'xswarm_email',
  'xswarm_phone',
  'subscription_tier',
  'persona',
  'wake_word',
  'stripe_customer_id',
  'stripe_subscription_id',
  'created_at',
]

/** For rows that are older than the triggers: what the triggers write for a new one, in the order of the rows. */
const CATCH_UP: readonly string[] = [
  `INSERT INTO assigned_addresses (address, user_id)
    SELECT lower(xswarm_email), id FROM users WHERE true ORDER BY rowid ON CONFLICT DO NOTHING`,
  `INSERT INTO changes (user_id, changed, before) SELECT id, '["created"]', '{}' FROM users ORDER BY rowid`,
]

/** What is there of the seed's own SQL, run by hand before xswarm saw the database. */
export interface HandMadeUsers {
  /** The statements of the first migration, without those that were done by hand, and the catching up. */
  complete(statements: readonly string[]): string[]
}

/**
 * Looks for a table `users` in a database that no migration was applied to. The seed's SQL can be run in any
 * database shell, rows and all, and such a database is taken over as it is. Reads only; undefined when there is none.
 * Throws AppError `misconfigured` for a table of that name that is another program's.
 */
export async function findHandMadeUsers(database: Database): Promise<HandMadeUsers | undefined> {
  const objects = await database.read(sql("SELECT type, name FROM sqlite_master WHERE tbl_name = 'users'"))
  const table = objects.find(({ name }) => name === 'users')
  if (table === undefined) return undefined
  const columns = await database.read(sql("SELECT name, pk FROM pragma_table_info('users')"))
  const lacking = COLUMNS.filter((column) => !columns.some(({ name }) => name === column))
  const isKeyed = columns.some(({ name, pk }) => name === 'id' && Number(pk) === 1)
  if (table.type !== 'table' || lacking.length > 0 || !isKeyed) {
    const why = lacking.length > 0 ? `it lacks ${lacking.join(', ')}` : 'its primary key is not id'
    throw new AppError(
      'misconfigured',
      `The database ${database.location} has a table users that is not xswarm's: ${why}. Let database.url name another database. Nothing was changed.`,
    )
  }
  const names = new Set(objects.map(({ name }) => String(name)))
  return {
    complete: (statements) => [
      ...statements.filter((statement) => !names.has(createdBy(statement) ?? '')),
      ...CATCH_UP,
    ],
  }
}

/** The table or plain index that a statement creates. */
function createdBy(statement: string): string | undefined {
  return /^(?:\s|--[^\n]*\n)*CREATE (?:TABLE|INDEX) (\w+)/.exec(statement)?.[1]
}

function sql(text: string): Statement {
  return { sql: text, args: [] }
}
