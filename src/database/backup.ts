import { copyFileSync, existsSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '../domain/errors.ts'
import { createEmpty, flush, hasContent, JOURNALS, remove } from './database-files.ts'
import { loadFile } from './load-file.ts'
import { LocalConnection } from './local-connection.ts'
import { parseDatabaseUrl } from './location.ts'
import { openDatabase } from './open.ts'
import type { OpenedDatabase } from './opened.ts'
import { isBusy } from './outcome.ts'

/**
 * Writes the whole database, as it stands at one moment, to a new file that is itself a libSQL database.
 * Nobody has to stop for it. Throws AppError `conflict` when the file exists.
 */
export async function backup(database: OpenedDatabase, path: string): Promise<void> {
  if (existsSync(path)) {
    throw new AppError(
      'conflict',
      `${path} exists already. Choose another name; a backup overwrites nothing.`,
    )
  }
  const partial = `${path}.partial`
  createEmpty(partial)
  try {
    await database.copyTo(partial)
    // Only a whole backup that is on the disk ever bears the name.
    flush(partial)
    renameSync(partial, path)
    flush(dirname(path))
  } finally {
    remove(partial)
  }
}

export interface Restored {
  readonly database: string
  /** Where the database that was there before lies now; undefined when there was none. */
  readonly kept: string | undefined
}

/**
 * Puts a backup in the place of the database at `url`. A local file that is there already is kept under another
 * name, and only replaced with `force`; a server has to be empty. Throws AppError `invalid` when the backup is no
 * sound database, `conflict` when the target stands in the way, `unavailable` when somebody has it open.
 */
export async function restore(
  url: string,
  path: string,
  options: { readonly force?: boolean; readonly authToken?: string | undefined } = {},
): Promise<Restored> {
  const location = parseDatabaseUrl(url)
  const target = location.kind === 'local' ? location.path : undefined
  if (!existsSync(path)) throw new AppError('not-found', `There is no backup at ${path}.`)
  if (target !== undefined && options.force !== true && hasContent(target)) {
    throw new AppError(
      'conflict',
      `There is a database at ${target} already. Say --force to replace it; it is kept aside.`,
    )
  }
  // The backup itself stays untouched: even looking into it would leave a journal beside it.
  const copy = `${target ?? path}.restoring`
  createEmpty(copy)
  try {
    copyFileSync(path, copy)
    await openChecked(copy, path, async (file) => {
      if (target === undefined) await restoreServer(url, options.authToken, file)
      else file.pragma('journal_mode=DELETE')
    })
    const kept = target === undefined ? undefined : await replaceFile(copy, target)
    return { database: target ?? new URL(url).host, kept }
  } finally {
    remove(copy)
  }
}

/** Throws AppError `invalid` unless the file is a sound database. */
async function openChecked(
  copy: string,
  original: string,
  use: (file: LocalConnection) => Promise<void> | void,
): Promise<void> {
  if (JOURNALS.some((suffix) => suffix !== '-shm' && hasContent(original + suffix))) {
    throw new AppError(
      'conflict',
      `${original} is in use. Take a copy of it with \`xswarm db backup\` and restore that.`,
    )
  }
  const { default: driver } = await import('libsql')
  let file: LocalConnection
  let health: unknown
  try {
    file = LocalConnection.open(driver, copy, 'writer')
    health = file.pragma('integrity_check')
  } catch (error) {
    throw new AppError('invalid', `${original} is not a database. Nothing was changed.`, { cause: error })
  }
  try {
    if (health !== 'ok')
      throw new AppError('invalid', `${original} is damaged. Nothing was changed.`, { cause: health })
    const ledger = file.first({
      sql: "SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'",
      args: [],
    })
    if (ledger === undefined)
      throw new AppError('invalid', `${original} is not a database of xswarm. Nothing was changed.`)
    await use(file)
  } finally {
    file.close()
  }
}

async function restoreServer(
  url: string,
  authToken: string | undefined,
  file: LocalConnection,
): Promise<void> {
  const database = await openDatabase({ url, authToken, checkSchema: false })
  try {
    await loadFile(file, database)
  } finally {
    await database.close()
  }
}

async function replaceFile(copy: string, target: string): Promise<string | undefined> {
  flush(copy)
  const release = hasContent(target) ? await lockAlone(target) : () => {}
  try {
    const kept = hasContent(target) ? freeName(target) : undefined
    if (kept !== undefined) {
      for (const suffix of ['', ...JOURNALS]) {
        if (existsSync(target + suffix)) renameSync(target + suffix, kept + suffix)
      }
    }
    renameSync(copy, target)
    flush(dirname(target))
    return kept
  } finally {
    release()
  }
}

/**
 * Every open connection holds a lock that a change of the journal mode does not get past: so nobody can be at
 * work in a file that is about to be moved. A file that is no database cannot be in use as one.
 */
async function lockAlone(target: string): Promise<() => void> {
  const { default: driver } = await import('libsql')
  let connection: LocalConnection | undefined
  try {
    connection = LocalConnection.open(driver, target, 'writer')
    connection.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE; COMMIT')
    return () => {
      // Closing alone would keep the lock until the driver's statements are collected.
      connection?.exec('PRAGMA locking_mode=NORMAL; SELECT 1 FROM sqlite_master')
      connection?.close()
    }
  } catch (error) {
    connection?.close()
    if (!isBusy(error)) return () => {}
    throw new AppError('unavailable', `The database ${target} is in use. Stop xswarm first, then restore.`, {
      cause: error,
    })
  }
}

function freeName(target: string): string {
  for (let n = 1; ; n++) {
    const name = `${target}.before-restore${n === 1 ? '' : `-${n}`}`
    if (!existsSync(name)) return name
  }
}
