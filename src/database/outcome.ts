import { AppError } from '../domain/errors.ts'
import type { Refusal } from '../domain/ports.ts'

/**
 * The one place that reads the drivers' messages. A local file says `SQLITE_CONSTRAINT_UNIQUE`, a server only
 * `SQLITE_CONSTRAINT`, so the constraint is recognised by the message, which both take from SQLite.
 */

/** Indexes on expressions are named in messages instead of their columns; callers see the column. */
const COLUMNS_OF_INDEX: Readonly<Record<string, readonly string[]>> = {
  idx_users_email_canonical: ['users.email'],
  idx_users_xswarm_email_canonical: ['users.xswarm_email'],
}

/** Refuses the address of a closed account: to whoever asks for it, it is taken like any other. See users.ts. */
const CLOSED_ADDRESS = 'assigned_addresses.lookalike'

/** The CHECK of the table `guard`. */
const EXPECTED_ROWS = 'expected_rows'

/** Which constraint stood in the way, or undefined when the error is something else. */
export function refusalOf(error: unknown): Refusal | undefined {
  const message = messageOf(error)
  if (!codeOf(error).startsWith('SQLITE_CONSTRAINT')) return undefined
  const index = /UNIQUE constraint failed: index '([^']+)'/.exec(message)?.[1]
  if (index !== undefined) return { kind: 'unique', columns: COLUMNS_OF_INDEX[index] ?? [index] }
  const columns = /UNIQUE constraint failed: (.+)$/m.exec(message)?.[1]
  if (columns !== undefined) return { kind: 'unique', columns: columns.trim().split(/,\s*/) }
  const check = /CHECK constraint failed: (.+)$/m.exec(message)?.[1]?.trim()
  if (check === EXPECTED_ROWS) return { kind: 'rows' }
  if (check !== undefined) return { kind: 'check', name: check }
  const column = /NOT NULL constraint failed: (\S+)/.exec(message)?.[1]
  if (column === CLOSED_ADDRESS) return { kind: 'unique', columns: ['assigned_addresses.address'] }
  if (column !== undefined) return { kind: 'not-null', column }
  if (/FOREIGN KEY constraint failed/.test(message)) return { kind: 'foreign-key' }
  // RAISE(ABORT, 'words') in a trigger: the words are the constraint's name.
  return { kind: 'check', name: message.replace(/^SQLite(?: input)? error: /, '') }
}

/** True when another connection holds the lock: nothing was done, and trying again makes sense. */
export function isBusy(error: unknown): boolean {
  return /^(SQLITE_(BUSY|LOCKED)|TRANSACTION_BUSY)/.test(codeOf(error))
}

/** True when SQLite is certain that nothing of a failed COMMIT will ever show. */
export function isCleanCommitFailure(error: unknown): boolean {
  return isBusy(error) || codeOf(error).startsWith('SQLITE_FULL') || refusalOf(error) !== undefined
}

/** The driver's error as a sentence for the operator; errors that are bugs come back as they are. */
export function failureOf(error: unknown, location: string): unknown {
  if (error instanceof AppError) return error
  const code = codeOf(error)
  const found = FAILURES.find(([pattern]) => pattern.test(code))
  if (found === undefined) return error
  const [, kind, sentence] = found
  return new AppError(kind, sentence(location), {
    cause: error,
    ...(kind === 'unavailable' ? { retryAfterSeconds: 5 } : {}),
  })
}

const FAILURES: readonly [RegExp, 'unavailable' | 'misconfigured', (location: string) => string][] = [
  [
    /^SQLITE_(BUSY|LOCKED)/,
    'unavailable',
    (at) => `The database ${at} is locked by another program. Nothing was changed; try again in a moment.`,
  ],
  [
    /^TRANSACTION_(BUSY|TIMEOUT)/,
    'unavailable',
    (at) => `The database server ${at} is busy. Nothing was changed; try again in a moment.`,
  ],
  [
    /^BLOCKED/,
    'misconfigured',
    (at) =>
      `The database server ${at} does not take requests now. Look at its plan and quota; nothing was changed.`,
  ],
  [
    /^SQLITE_FULL/,
    'unavailable',
    (at) =>
      `The disk that holds the database ${at} is full. Nothing was changed; free some space and try again.`,
  ],
  [
    /^SQLITE_READONLY/,
    'misconfigured',
    (at) => `The database ${at} is read-only. Give this user permission to write to the file and its folder.`,
  ],
  [
    /^SQLITE_(NOTADB|CORRUPT)/,
    'misconfigured',
    (at) =>
      `${at} is not a database, or it is damaged. Point database.url at another file or restore a backup with \`xswarm db restore\`.`,
  ],
  [
    /^SQLITE_(CANTOPEN|PERM|AUTH)/,
    'misconfigured',
    (at) =>
      `The database ${at} cannot be opened. Check that the file and its folder exist and may be written to.`,
  ],
  [
    /^SQLITE_(IOERR|NOMEM|PROTOCOL)/,
    'unavailable',
    (at) => `The disk that holds the database ${at} reports an error. Check the disk, then try again.`,
  ],
]

/** The name of SQLite's result code, whatever the driver calls it; empty for other errors. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  // Extended codes that the driver has no name for, for example 1544: their low byte is the code itself.
  const extended = /^UNKNOWN_SQLITE_ERROR_(\d+)$/.exec(code)?.[1]
  if (extended !== undefined) return RESULT_CODES[Number(extended) & 0xff] ?? code
  if (code !== '') return code
  // A failed opening is reported without a code: `…ConnectionFailed("…: 14")`.
  return /ConnectionFailed\(.*: 14"\)/s.test(messageOf(error)) ? 'SQLITE_CANTOPEN' : ''
}

const RESULT_CODES: Readonly<Record<number, string>> = {
  3: 'SQLITE_PERM',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  19: 'SQLITE_CONSTRAINT',
  23: 'SQLITE_AUTH',
  26: 'SQLITE_NOTADB',
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
