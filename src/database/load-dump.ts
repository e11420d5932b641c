import { LocalConnection } from './local-connection.ts'
import { cutStatements } from './statements.ts'

/** Statements per commit: enough to be fast, few enough to keep the journal small. */
const STATEMENTS_AT_ONCE = 2_000

/** Fills the empty file at `path` from the script that a server dumps its database to. */
export async function loadDump(pieces: AsyncIterable<string>, path: string): Promise<void> {
  const { default: driver } = await import('libsql')
  const connection = LocalConnection.open(driver, path, 'writer')
  try {
    connection.exec('PRAGMA foreign_keys=OFF; PRAGMA writable_schema=ON')
    connection.exec('BEGIN IMMEDIATE')
    let text = ''
    let executed = 0
    let ended = false
    for await (const piece of pieces) {
      text += piece
      const { complete, end } = cutStatements(text)
      text = text.slice(end)
      for (const statement of complete) {
        // Its own BEGIN and COMMIT: we commit as we go, and the last one tells that the dump is whole.
        if (/^COMMIT\b/i.test(statement)) ended = true
        if (/^(PRAGMA|BEGIN|COMMIT)\b/i.test(statement)) continue
        loadStatement(connection, statement)
        if (++executed % STATEMENTS_AT_ONCE === 0) connection.exec('COMMIT; BEGIN IMMEDIATE')
      }
    }
    if (!ended || text.trim() !== '') throw new Error('the server ended its dump before it was whole')
    connection.exec('COMMIT')
    // One file, without a journal beside it.
    connection.pragma('journal_mode=DELETE')
  } finally {
    connection.close()
  }
}

/** The entry of a virtual table. Its own tables follow in the dump, filled, so it must not be created anew. */
const VIRTUAL_TABLE =
  /^INSERT INTO sqlite_schema\([^)]*\)\s*VALUES\('table','([^']+)','[^']+',0,'([\s\S]*)'\)$/

/** libsql-server 0.24 forgets to double the quotes inside the definition of a virtual table. */
function loadStatement(connection: LocalConnection, sql: string): void {
  const [, name, definition] = VIRTUAL_TABLE.exec(sql) ?? []
  if (name === undefined || definition === undefined) {
    connection.exec(sql)
    return
  }
  const isDoubled = (definition.match(/'+/g) ?? []).every((quotes) => quotes.length % 2 === 0)
  const text = isDoubled && !/=\s*''\s*[,)]/.test(definition) ? definition.replaceAll("''", "'") : definition
  connection.execute({
    sql: "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('table', ?, ?, 0, ?)",
    args: [name, name, text],
  })
}
