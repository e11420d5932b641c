import type { Database, SqlValue, Statement } from '../domain/ports.ts'

/** What one statement gave back, with its columns in order: for the shell, dumps and restores. */
export interface StatementResult {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly SqlValue[])[]
  /** Rows inserted, updated or deleted; 0 for a statement that only reads. */
  readonly changes: number
}

/** Whether an acknowledged write survives a power cut. `unknown` when a server does not say. */
export interface Durability {
  readonly level: 'full' | 'normal' | 'off' | 'unknown'
  /** A sentence for `doctor`. */
  readonly message: string
}

/** The outcome of statements that a person typed: all of them happened, or none. */
export type ScriptOutcome =
  | { readonly outcome: 'done'; readonly results: readonly StatementResult[] }
  | { readonly outcome: 'refused'; readonly statement: number; readonly message: string }

/** A database as `openDatabase` returns it: the port, and what an operator's tools need besides. */
export interface OpenedDatabase extends Database {
  /** What the connection really commits with, read from the connection itself. */
  durability(): Promise<Durability>
  /** One statement that only reads, with its columns in order. */
  query(statement: Statement): Promise<StatementResult>
  /** Statements in one atomic unit through the write queue, with what each gave back. */
  run(statements: readonly Statement[]): Promise<ScriptOutcome>
  /** Copies everything, as it stands at one moment, into the empty file at `path`. */
  copyTo(path: string): Promise<void>
}
