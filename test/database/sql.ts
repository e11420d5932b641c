import type { OpenedDatabase } from '../../src/database/opened.ts'
import type { SqlValue, Statement } from '../../src/domain/ports.ts'

/** A statement as the query files of `src/database` make them. */
export function sql(text: string, ...args: SqlValue[]): Statement {
  return { sql: text, args }
}

export async function countRows(database: OpenedDatabase, table: string): Promise<number> {
  const row = await database.readFirst(sql(`SELECT count(*) AS n FROM ${table}`))
  return Number(row?.n)
}

/** The ids of all users, in their order. */
export async function listUserIds(database: OpenedDatabase): Promise<string[]> {
  return (await database.read(sql('SELECT id FROM users ORDER BY id'))).map(({ id }) => String(id))
}
