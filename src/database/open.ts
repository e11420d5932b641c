import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '../domain/errors.ts'
import type { Log } from '../domain/ports.ts'
import { parseDatabaseUrl } from './location.ts'
import { checkSchema, migrate } from './migrate.ts'
import type { OpenedDatabase } from './opened.ts'
import { failureOf, isBusy } from './outcome.ts'
import { pause } from './pause.ts'

export interface OpenDatabaseOptions {
  /** `file:PATH`, `libsql://HOST`, `https://HOST`, or `http://` to this machine. */
  readonly url: string
  /** For a server that asks for one (TURSO_AUTH_TOKEN). */
  readonly authToken?: string | undefined
  /** Bring the schema up to date first. Without it an older or newer schema is refused. */
  readonly migrate?: boolean
  /** False: open whatever is there, for `db migrate`, `db status` and `db shell`. */
  readonly checkSchema?: boolean
  /** One commit for all waiting units [true]. Off only to measure what it brings. */
  readonly grouping?: boolean
  /** How long a lock or a lost answer is fought before giving up as `unavailable` or `unknown` [10,000]. */
  readonly patienceMs?: number
  /** How long one request to a server may take [10,000]. */
  readonly requestTimeoutMs?: number
  /** How many units may wait for their commit [10,000]. */
  readonly unitsMax?: number
  readonly log?: Log | undefined
}

/**
 * Opens a local file (created when missing, folder 0700, file 0600) or a server.
 * Throws AppError `misconfigured` when it can never work (bad url, not a database, read-only, another schema)
 * and `unavailable` when it does not work now (locked, server away).
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenedDatabase> {
  const location = parseDatabaseUrl(options.url)
  const limits = {
    grouping: options.grouping ?? true,
    patienceMs: options.patienceMs ?? 10_000,
    unitsMax: options.unitsMax ?? 10_000,
    log: options.log,
  }
  const database =
    location.kind === 'local'
      ? await openLocal(location.path, limits)
      : await openRemoteServer(location.url, options, limits)
  try {
    if (options.migrate === true) await migrate(database)
    else if (options.checkSchema !== false) await checkSchema(database)
  } catch (error) {
    await database.close()
    throw error
  }
  return database
}

interface Limits {
  readonly grouping: boolean
  readonly patienceMs: number
  readonly unitsMax: number
  readonly log: Log | undefined
}

async function openLocal(path: string, limits: Limits): Promise<OpenedDatabase> {
  createFile(path)
  // Loaded only here, so that importing the package loads no driver.
  const [{ default: driver }, { LocalDatabase }] = await Promise.all([import('libsql'), import('./local.ts')])
  const deadline = performance.now() + limits.patienceMs
  for (let attempts = 1; ; attempts++) {
    try {
      return new LocalDatabase({ driver, path, ...limits })
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw failureOf(error, path)
      await pause(attempts)
    }
  }
}

async function openRemoteServer(
  url: URL,
  options: OpenDatabaseOptions,
  limits: Limits,
): Promise<OpenedDatabase> {
  const { openRemote } = await import('./remote.ts')
  return openRemote({
    url,
    authToken: options.authToken,
    requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
    ...limits,
  })
}

/** SQLite would create the file readable for everybody; its journal takes over the mode of the file. */
function createFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, 'a', 0o600))
  } catch (error) {
    throw new AppError('misconfigured', `The database file ${path} ${describeFault(error, path)}`, {
      cause: error,
    })
  }
}

function describeFault(error: unknown, path: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EISDIR') return 'is a folder. Let database.url name a file in it.'
  if (code === 'ENOSPC') return 'cannot be created: the disk is full. Free some space and try again.'
  if (existsSync(path))
    return `is read-only (${code}). Give this user permission to write to it and to its folder.`
  return `cannot be created (${code}). Check that its folder exists and that this user may write there.`
}
