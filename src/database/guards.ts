import type { Statement } from '../domain/ports.ts'
import { toDriverArguments } from './arguments.ts'
import { countParameters, firstWord } from './statements.ts'

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

/** A unit is one transaction already, and one of these inside it would acknowledge what is not durable. */
const TRANSACTION_WORDS = new Set(['BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT', 'RELEASE'])

/** Throws TypeError for a statement that no unit may contain. */
export function refuseTransactionWords(sql: string): void {
  if (TRANSACTION_WORDS.has(firstWord(sql))) {
    throw new TypeError(`a unit is one transaction already and may not contain: ${sql}`)
  }
}

/** Throws TypeError for a statement that cannot work, so that it never takes a whole group down with it. */
export function checkStatement(statement: Statement): void {
  refuseTransactionWords(statement.sql)
  guardOf(statement)
  checkArguments(statement)
}

/** Throws TypeError for arguments that do not fit the statement or cannot be stored. */
export function checkArguments(statement: Statement): void {
  toDriverArguments(statement.args, countParameters(statement.sql), statement.sql)
}
