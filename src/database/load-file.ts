import { AppError } from '../domain/errors.ts'
import type { SqlValue, Statement } from '../domain/ports.ts'
import type { LocalConnection } from './local-connection.ts'
import type { OpenedDatabase } from './opened.ts'

/** Rows per unit. */
const ROWS_AT_ONCE = 400

/** The record of the schema goes last: a database that was loaded half is then not taken for a whole one. */
const LAST_TABLE = 'schema_migrations'

/**
 * Loads a database file into an empty database, table by table; indexes and triggers come after the rows, so
 * that no trigger writes what the file already has. Throws AppError `conflict` when the target is not empty.
 */
export async function loadFile(file: LocalConnection, target: OpenedDatabase): Promise<void> {
  const found = await target.readFirst(statement(`SELECT name FROM sqlite_master WHERE ${OWN} LIMIT 1`))
  if (found !== undefined) {
    throw new AppError(
      'conflict',
      `The database ${target.location} is not empty. Restore into a new one, then point database.url there.`,
    )
  }
  const kinds = new Map(file.all(statement('PRAGMA table_list')).map(({ name, type }) => [name, type]))
  const objects = file.all(statement(`SELECT type, name, sql FROM sqlite_master WHERE ${OWN} ORDER BY rowid`))
  const tables = objects.filter(({ type }) => type === 'table').map(({ name }) => String(name))
  const isShadow = (name: SqlValue | undefined): boolean => kinds.get(name ?? null) === 'shadow'
  const sqlOf = (isTable: boolean): Statement[] =>
    objects
      .filter(({ type, name }) => (type === 'table') === isTable && !isShadow(name))
      .map(({ sql }) => statement(String(sql)))
  await writeOrThrow(target, sqlOf(true))
  for (const table of tables) {
    // A virtual table keeps its rows in its shadow tables. It has made those itself, with a few rows of its own.
    if (isShadow(table)) await writeOrThrow(target, [statement(`DELETE FROM ${quote(table)}`)])
    if (table !== LAST_TABLE && kinds.get(table) !== 'virtual') await loadRows(file, target, table)
  }
  await writeOrThrow(target, [...sqlOf(false), ...sequences(file)])
  if (tables.includes(LAST_TABLE)) await loadRows(file, target, LAST_TABLE)
}

/** Not SQLite's own tables, nor the indexes it makes for UNIQUE, nor what a server keeps for itself. */
const OWN =
  "sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'libsql\\_%' ESCAPE '\\'"

async function loadRows(file: LocalConnection, target: OpenedDatabase, table: string): Promise<void> {
  // Generated columns are computed again.
  const columns = file
    .all(statement(`PRAGMA table_xinfo(${quote(table)})`))
    .filter(({ hidden }) => hidden === 0)
    .map(({ name }) => quote(String(name)))
  const places = columns.map(() => '?').join(', ')
  const insert = `INSERT INTO ${quote(table)} (${columns.join(', ')}) VALUES (${places})`
  let rows: Statement[] = []
  for (const cells of file.iterate(`SELECT ${columns.join(', ')} FROM ${quote(table)}`)) {
    rows.push({ sql: insert, args: cells })
    if (rows.length < ROWS_AT_ONCE) continue
    await writeOrThrow(target, rows)
    rows = []
  }
  if (rows.length > 0) await writeOrThrow(target, rows)
}

/** AUTOINCREMENT never gives a number twice, also not one whose row is gone. */
function sequences(file: LocalConnection): Statement[] {
  const table = file.first(statement("SELECT name FROM sqlite_master WHERE name = 'sqlite_sequence'"))
  if (table === undefined) return []
  return file.all(statement('SELECT name, seq FROM sqlite_sequence')).flatMap(({ name, seq }) => [
    { sql: 'DELETE FROM sqlite_sequence WHERE name = ?', args: [name as SqlValue] },
    {
      sql: 'INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)',
      args: [name as SqlValue, seq as SqlValue],
    },
  ])
}

async function writeOrThrow(target: OpenedDatabase, statements: readonly Statement[]): Promise<void> {
  if (statements.length === 0) return
  const outcome = await target.write({ statements })
  if (outcome.outcome === 'done') return
  throw new AppError(
    outcome.outcome === 'unknown' ? 'unknown-outcome' : 'conflict',
    `The restore into ${target.location} stopped half-way. Restore again into another, empty database.`,
    { cause: outcome },
  )
}

function statement(sql: string): Statement {
  return { sql, args: [] }
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
