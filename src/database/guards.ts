import type { Statement } from '../domain/ports.ts'
import { firstWord } from './statements.ts'

/**
 * Aborts the unit when the statement right before touched another number of rows. It has to stand directly
 * behind its statement: `changes()` speaks of the last one only, and is stale at the start of a unit.
 * Without it an UPDATE that finds nobody, followed by an INSERT, commits a phantom.
 */
export function guardOf(statement: Statement): Statement | undefined {
  if (statement.expectRows === undefined) return undefined
  if (!/^(INSERT|UPDATE|DELETE|REPLACE|WITH)$/.test(firstWord(statement.sql))) {
    throw new TypeError(`expectRows counts changed rows, and this statement changes none: ${statement.sql}`)
  }
  return { sql: GUARD, args: [statement.expectRows] }
}

const GUARD = 'INSERT INTO guard (ok) SELECT 0 WHERE changes() <> ?'

/** Aborts the unit (kind `rows`) unless `condition` holds; for guards that are not about a row count. */
export function expectThat(condition: string, args: Statement['args']): Statement {
  return { sql: `INSERT INTO guard (ok) SELECT 0 WHERE NOT (${condition})`, args }
}

/** The first statement of a unit with a name: refused when that unit was done before. */
export function recordOperation(opId: string): Statement {
  return { sql: 'INSERT INTO operations (op_id) VALUES (?)', args: [opId] }
}
