import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { AppError } from '../domain/errors.ts'
import type { Database, Statement } from '../domain/ports.ts'
import { findHandMadeUsers, type HandMadeUsers } from './hand-made-users.ts'
import { splitStatements } from './statements.ts'

/** One file of `migrations/`. */
export interface Migration {
  readonly version: number
  /** The file's name, for example `0001_users.sql`. */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the text, in hex. */
  readonly checksum: string
}

export interface AppliedMigration {
  readonly version: number
  readonly name: string
  readonly checksum: string
  /** UTC, as SQLite's CURRENT_TIMESTAMP writes it. */
  readonly applied_at: string
}

export interface MigrationStatus {
  readonly applied: readonly AppliedMigration[]
  /** Names of the files this database does not have yet, in order. */
  readonly pending: readonly string[]
  /** Names of applied migrations whose file was edited afterwards. */
  readonly edited: readonly string[]
  /** Names of migrations that only a newer xswarm knows. */
  readonly newer: readonly string[]
}

/** Where `migrations/` lies, seen from `src/database` and from `dist/database` alike. */
const FOLDER = fileURLToPath(new URL('../../migrations/', import.meta.url))

const CREATE_LEDGER = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
)`

/**
 * Brings the schema up to date: forward only, each migration once and whole, also when two processes start
 * together. A table `users` made by hand with the seed's SQL is taken over with its rows. Throws AppError
 * `misconfigured` for an edited migration, a database of a newer xswarm and another program's table `users`.
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[] = loadMigrations(),
): Promise<MigrationStatus> {
  let status = await migrationStatus(database, migrations)
  refuseForeignHistory(database, status)
  if (status.pending.length === 0) return status
  const handMade = status.applied.length === 0 ? await findHandMadeUsers(database) : undefined
  await applyOrThrow(database, 'schema_migrations', [statement(CREATE_LEDGER)])
  while (status.pending.length > 0) {
    const next = migrations.find(({ name }) => name === status.pending[0])
    if (next === undefined) throw new Error(`no such migration: ${status.pending[0]}`)
    await applyMigration(database, next, next.version === 1 ? handMade : undefined)
    status = await migrationStatus(database, migrations)
    refuseForeignHistory(database, status)
  }
  return status
}

/** Compares the database with the files. Reads only. */
export async function migrationStatus(
  database: Database,
  migrations: readonly Migration[] = loadMigrations(),
): Promise<MigrationStatus> {
  const applied = await listApplied(database)
  const byVersion = new Map(migrations.map((migration) => [migration.version, migration]))
  const appliedVersions = new Set(applied.map(({ version }) => version))
  return {
    applied,
    pending: migrations.filter(({ version }) => !appliedVersions.has(version)).map(({ name }) => name),
    edited: applied
      .filter(({ version, checksum }) => (byVersion.get(version)?.checksum ?? checksum) !== checksum)
      .map(({ name }) => name),
    newer: applied.filter(({ version }) => !byVersion.has(version)).map(({ name }) => name),
  }
}

/** Throws AppError `misconfigured` unless the database has exactly the schema of this code. */
export async function checkSchema(database: Database): Promise<void> {
  const status = await migrationStatus(database)
  refuseForeignHistory(database, status)
  if (status.pending.length === 0) return
  const state = status.applied.length === 0 ? 'has no tables yet' : `lacks ${status.pending.join(', ')}`
  throw new AppError(
    'misconfigured',
    `The database ${database.location} ${state}. Run \`xswarm db migrate\`.`,
  )
}

/** The files of `migrations/` in order. Throws when their numbers have a gap or a double. */
export function loadMigrations(folder = FOLDER): Migration[] {
  const names = readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
  return names.map((name, index) => {
    const version = Number(name.slice(0, 4))
    if (version !== index + 1)
      throw new Error(`migrations are numbered without gaps, and ${name} is not number ${index + 1}`)
    // A checkout with other line ends is the same migration.
    const sql = readFileSync(`${folder}/${name}`, 'utf8').replaceAll('\r\n', '\n')
    return { version, name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
  })
}

async function listApplied(database: Database): Promise<AppliedMigration[]> {
  const ledger = await database.readFirst(
    statement("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"),
  )
  if (ledger === undefined) return []
  const rows = await database.read(
    statement('SELECT version, name, checksum, applied_at FROM schema_migrations ORDER BY version'),
  )
  return rows.map((row) => ({
    version: Number(row.version),
    name: String(row.name),
    checksum: String(row.checksum),
    applied_at: String(row.applied_at),
  }))
}

function refuseForeignHistory(database: Database, status: MigrationStatus): void {
  if (status.newer.length > 0) {
    throw new AppError(
      'misconfigured',
      `The database ${database.location} belongs to a newer xswarm (it has ${status.newer.join(', ')}). Update xswarm; nothing was changed.`,
    )
  }
  if (status.edited.length > 0) {
    throw new AppError(
      'misconfigured',
      `${status.edited.join(', ')} was edited after it was applied to ${database.location}. Restore the file and put the change into a new migration.`,
    )
  }
}

async function applyMigration(
  database: Database,
  migration: Migration,
  handMade: HandMadeUsers | undefined,
): Promise<void> {
  // The ledger comes first: whoever inserts the version owns the migration, everybody else is refused here.
  const record: Statement = {
    sql: 'INSERT INTO schema_migrations (version, name, checksum) VALUES (?, ?, ?)',
    args: [migration.version, migration.name, migration.checksum],
  }
  const statements = splitStatements(migration.sql)
  const due = handMade?.complete(statements) ?? statements
  await applyOrThrow(database, migration.name, [record, ...due.map(statement)])
}

/** `unknown`, and a ledger row that another process wrote first, are settled by looking again. */
async function applyOrThrow(
  database: Database,
  name: string,
  statements: readonly Statement[],
): Promise<void> {
  const outcome = await database.write({ statements })
  if (outcome.outcome === 'done') return
  if (outcome.outcome === 'unknown') return
  if (outcome.statement === 0 && outcome.refusal.kind === 'unique') return
  throw new AppError(
    'misconfigured',
    `Migration ${name} does not fit the rows that are in ${database.location}: its statement ${outcome.statement} was refused (${JSON.stringify(outcome.refusal)}). Nothing was changed.`,
  )
}

function statement(sql: string): Statement {
  return { sql, args: [] }
}
