import type Libsql from 'libsql'
import type { Row, SqlValue, Statement } from '../domain/ports.ts'
import { type DriverValue, toDriverArguments } from './arguments.ts'
import { toRow } from './delivery.ts'
import { refuseTransactionWords } from './guards.ts'
import type { StatementResult } from './opened.ts'
import { countParameters, firstWord } from './statements.ts'

/** The parts of the driver's statement that we use; its published types do not know `raw` rows. */
interface NativeStatement {
  readonly reader: boolean
  raw(): NativeStatement
  run(args: readonly DriverValue[]): { changes: number }
  get(args: readonly DriverValue[]): readonly SqlValue[] | undefined
  all(args: readonly DriverValue[]): (readonly SqlValue[])[]
  iterate(args: readonly DriverValue[]): Iterable<readonly SqlValue[]>
  columns(): readonly { readonly name: string }[]
}

interface Prepared {
  readonly native: NativeStatement
  /** Undefined when the statement returns nothing. */
  readonly columns: readonly string[] | undefined
  readonly parameters: number
}

/** Statements are written in code, so there are few; this only bounds what a shell may leave behind. */
const PREPARED_MAX = 500

/**
 * One connection to a local file, with its prepared statements. Rows are read as arrays and named here:
 * that is faster than the driver's own objects, which also carry a stray `_metadata`.
 */
export class LocalConnection {
  readonly #native: Libsql.Database
  readonly #prepared = new Map<string, Prepared>()
  /** Apart from the others: a unit may not reach a SAVEPOINT just because we prepared one. */
  readonly #steps = new Map<string, NativeStatement>()
  #open = true

  private constructor(native: Libsql.Database) {
    this.#native = native
  }

  /** Throws the driver's error, also when the file is locked while its journal is being switched. */
  static open(driver: typeof Libsql, path: string, mode: 'writer' | 'reader'): LocalConnection {
    // Waiting for a lock inside the driver would freeze the event loop, so it never waits.
    const connection = new LocalConnection(new driver(path, { timeout: 0 }))
    try {
      connection.#configure(mode)
    } catch (error) {
      connection.close()
      throw error
    }
    return connection
  }

  #configure(mode: 'writer' | 'reader'): void {
    if (this.pragma('journal_mode') !== 'wal') this.pragma('journal_mode=WAL')
    // Per connection, and the default differs between builds: said and checked on the connection itself.
    this.#native.exec(
      'PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cache_size=-8000',
    )
    if (mode === 'reader') this.#native.exec('PRAGMA query_only=ON')
    if (this.pragma('synchronous') !== 2)
      throw new Error('the driver does not accept PRAGMA synchronous=FULL')
  }

  pragma(name: string): SqlValue | undefined {
    // Not kept: a statement on the side would outlive a change of the journal mode.
    const statement = this.#native.prepare(`PRAGMA ${name}`) as unknown as NativeStatement
    return statement.raw().all([])[0]?.[0]
  }

  /** The first row of a query, by the shortest way. Never for a statement that writes: `get` runs it twice. */
  first(query: Statement): Row | undefined {
    const { native, columns, parameters } = this.#prepare(query.sql)
    const cells = native.get(toDriverArguments(query.args, parameters, query.sql))
    return cells === undefined || columns === undefined ? undefined : toRow(columns, cells)
  }

  all(query: Statement): Row[] {
    const { native, columns, parameters } = this.#prepare(query.sql)
    const args = toDriverArguments(query.args, parameters, query.sql)
    if (columns === undefined) {
      native.run(args)
      return []
    }
    // Also for RETURNING: `run` would leave the row uncommitted and the lock held.
    return native.all(args).map((cells) => toRow(columns, cells))
  }

  /** The rows of a query one after the other, for tables that do not fit into memory. */
  *iterate(sql: string): Generator<readonly SqlValue[]> {
    yield* (this.#native.prepare(sql) as unknown as NativeStatement).raw().iterate([])
  }

  /** A statement of a unit. Throws the driver's error, and TypeError for what no unit may contain. */
  execute(statement: Statement): readonly Row[] {
    return this.#prepare(statement.sql).columns === undefined ? this.#run(statement) : this.all(statement)
  }

  #run(statement: Statement): readonly Row[] {
    const { native, parameters } = this.#prepare(statement.sql)
    native.run(toDriverArguments(statement.args, parameters, statement.sql))
    return NO_ROWS
  }

  /** As `execute`, with columns in order and the number of changed rows. */
  describe(statement: Statement): StatementResult {
    const { native, columns, parameters } = this.#prepare(statement.sql)
    const args = toDriverArguments(statement.args, parameters, statement.sql)
    if (columns === undefined) {
      // The count of the driver is stale for statements that change no rows, for example CREATE TABLE.
      const { changes } = native.run(args)
      return { columns: [], rows: [], changes: changesRows(statement.sql) ? changes : 0 }
    }
    const rows = native.all(args)
    return { columns, rows, changes: changesRows(statement.sql) ? rows.length : 0 }
  }

  /** SQL of our own that takes and returns nothing, alone and uncached: BEGIN and COMMIT must go this way. */
  exec(sql: string): void {
    if (!this.#open) throw new TypeError('the connection is closed')
    this.#native.exec(sql)
  }

  /** A prepared statement of our own that takes and returns nothing, for example SAVEPOINT. */
  step(sql: string): void {
    let native = this.#steps.get(sql)
    if (native === undefined) {
      native = this.#native.prepare(sql) as unknown as NativeStatement
      this.#steps.set(sql, native)
    }
    native.run([])
  }

  get isOpen(): boolean {
    return this.#open
  }

  get inTransaction(): boolean {
    // The driver ends the process when a closed connection is asked.
    return this.#open && this.#native.inTransaction
  }

  /** Ends a transaction that is still open, and lets go of the file. Idempotent. */
  close(): void {
    if (!this.#open) return
    try {
      if (this.#native.inTransaction) this.#native.exec('ROLLBACK')
    } finally {
      this.#open = false
      this.#prepared.clear()
      this.#steps.clear()
      this.#native.close()
    }
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql)
    if (known !== undefined) return known
    if (!this.#open) throw new TypeError('the connection is closed')
    refuseTransactionWords(sql)
    return this.#keep(sql)
  }

  #keep(sql: string): Prepared {
    const native = this.#native.prepare(sql) as unknown as NativeStatement
    const columns = native.reader ? native.columns().map(({ name }) => name) : undefined
    const prepared = {
      native: columns === undefined ? native : native.raw(),
      columns,
      parameters: countParameters(sql),
    }
    const oldest = this.#prepared.keys().next()
    if (this.#prepared.size >= PREPARED_MAX && !oldest.done) this.#prepared.delete(oldest.value)
    this.#prepared.set(sql, prepared)
    return prepared
  }
}

const NO_ROWS: readonly Row[] = []

function changesRows(sql: string): boolean {
  return (
    /\b(insert|update|delete|replace)\b/i.test(sql) &&
    !/^(CREATE|DROP|ALTER|PRAGMA|EXPLAIN)$/.test(firstWord(sql))
  )
}
