import { AppError } from '../domain/errors.ts'
import type { OpenedDatabase, StatementResult } from './opened.ts'
import { firstWord, splitStatements } from './statements.ts'

/** A statement a person typed, with what it gave back. */
export interface ShellResult extends StatementResult {
  readonly sql: string
}

/**
 * Runs statements that a person typed. When all of them read, they are read; as soon as one writes, all of them
 * are one unit through the write queue: all or nothing, and safe beside a running server.
 * Throws AppError `invalid` with the database's own words for what it refuses.
 */
export async function runShell(database: OpenedDatabase, script: string): Promise<readonly ShellResult[]> {
  const statements = splitStatements(script)
  for (const sql of statements) refuseUnsuited(sql)
  try {
    if (statements.every(onlyReads)) return await readAll(database, statements)
    return await writeAll(database, statements)
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError('invalid', wordsOf(error), { cause: error })
  }
}

async function readAll(database: OpenedDatabase, statements: readonly string[]): Promise<ShellResult[]> {
  const results: ShellResult[] = []
  for (const sql of statements) results.push({ sql, ...(await database.query({ sql, args: [] })) })
  return results
}

async function writeAll(database: OpenedDatabase, statements: readonly string[]): Promise<ShellResult[]> {
  const outcome = await database.run(statements.map((sql) => ({ sql, args: [] })))
  if (outcome.outcome === 'refused') {
    const which = statements.length === 1 ? '' : ` in statement ${outcome.statement + 1}`
    throw new AppError('invalid', `${wordsOf(outcome.message)}${which}. Nothing was changed.`)
  }
  return outcome.results.map((result, index) => ({ sql: statements[index] ?? '', ...result }))
}

/** A WITH may lead to a DELETE, so it counts as reading only when no such word is in it. */
function onlyReads(sql: string): boolean {
  const word = firstWord(sql)
  if (word === 'WITH') return !/\b(insert|update|delete|replace)\b/i.test(sql)
  if (word === 'PRAGMA') return !sql.includes('=')
  return word === 'SELECT' || word === 'VALUES' || word === 'EXPLAIN'
}

const TRANSACTION = /^(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)$/
const OUTSIDE = /^(VACUUM|ATTACH|DETACH)$/

function refuseUnsuited(sql: string): void {
  const word = firstWord(sql)
  if (TRANSACTION.test(word)) {
    throw new AppError(
      'invalid',
      `Leave out ${word}: statements that are sent together already happen all or not at all.`,
    )
  }
  if (OUTSIDE.test(word)) {
    throw new AppError(
      'invalid',
      `${word} is not possible here. For a copy of the database use \`xswarm db backup PATH\`.`,
    )
  }
}

function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/^SQLite(?: input)? error: /, '').replace(/^SQL string could not be parsed: /, '')
}
