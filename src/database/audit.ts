import { createHash } from 'node:crypto'
import type { AuditEntry, AuditLog, AuditPage, AuditVerdict, NewAuditEntry } from '../domain/audit.ts'
import { AppError } from '../domain/errors.ts'
import type { Clock, Database, Row, SqlValue, Statement, WriteOutcome, WriteUnit } from '../domain/ports.ts'
import { formatTimestamp } from '../domain/times.ts'

const COLUMNS = 'id, at, actor, action, user_id, detail, previous_hash, hash'
const INSERT = `INSERT INTO audit_log (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
const HEAD: Statement = { sql: 'SELECT id, hash FROM audit_log ORDER BY id DESC LIMIT 1', args: [] }
/** RAISE in the trigger of migrations/0004_admin.sql: somebody else appended in between. */
const OVERTAKEN = 'audit_log_continues'
/** Other processes append too; every attempt reads the end anew. */
const ATTEMPTS_MAX = 50
const VERIFIED_AT_ONCE = 1_000

/** The audit log on the table `audit_log`. */
export function createAuditLog(database: Database, clock: Clock): AuditLog {
  // Entries of this process queue up here: each needs the hash of the one before it.
  let last: Promise<unknown> = Promise.resolve()
  const write = (entry: NewAuditEntry, unit: WriteUnit = { statements: [] }): Promise<WriteOutcome> => {
    const mine = last.then(() => append(database, clock, entry, unit))
    last = mine.catch(() => undefined)
    return mine
  }
  return {
    write,
    async record(entry) {
      const outcome = await write(entry)
      if (outcome.outcome === 'done') return
      throw new AppError(
        'unavailable',
        'The audit log could not be written, so nothing was done. Try again.',
        {
          cause: outcome.outcome === 'unknown' ? outcome.cause : outcome.refusal,
        },
      )
    },
    async list(page) {
      return (await database.read(listStatement(page))).map(toEntry)
    },
    async findLast(action, userId) {
      const row = await database.readFirst({
        sql: `SELECT ${COLUMNS} FROM audit_log WHERE user_id = ? AND action = ? ORDER BY id DESC LIMIT 1`,
        args: [userId, action],
      })
      return row === undefined ? undefined : toEntry(row)
    },
    verify: () => verifyAuditLog(database),
  }
}

async function append(
  database: Database,
  clock: Clock,
  entry: NewAuditEntry,
  unit: WriteUnit,
): Promise<WriteOutcome> {
  for (let attempt = 1; ; attempt++) {
    const head = await database.readFirst(HEAD)
    const insert = insertStatement(entry, formatTimestamp(clock.now()), head)
    const outcome = await database.write({ ...unit, statements: [...unit.statements, insert] })
    const isOvertaken = outcome.outcome === 'refused' && outcome.statement === unit.statements.length
    if (!isOvertaken || attempt === ATTEMPTS_MAX) return outcome
    const { refusal } = outcome
    if (refusal.kind !== 'check' || !refusal.name.includes(OVERTAKEN)) return outcome
  }
}

function insertStatement(entry: NewAuditEntry, at: string, head: Row | undefined): Statement {
  const id = Number(head?.id ?? 0) + 1
  const previous = String(head?.hash ?? '')
  const detail = JSON.stringify(entry.detail ?? {})
  const told: Told = [id, at, entry.actor, entry.action, entry.user_id ?? null, detail]
  return { sql: INSERT, args: [...told, previous, hashOf(told, previous)] }
}

/** An entry without its hashes, in the order of the columns. */
type Told = readonly [
  id: number,
  at: string,
  actor: string,
  action: string,
  userId: string | null,
  detail: string,
]

/** As JSON, so that no two entries have one text. */
function hashOf(told: Told, previous: string): string {
  return createHash('sha256')
    .update(JSON.stringify([previous, ...told]))
    .digest('hex')
}

function listStatement({ user_id, cursor, limit }: AuditPage): Statement {
  const conditions = ['id < ?', ...(user_id === undefined ? [] : ['user_id = ?'])]
  const args: SqlValue[] = [
    cursor ?? Number.MAX_SAFE_INTEGER,
    ...(user_id === undefined ? [] : [user_id]),
    limit,
  ]
  return {
    sql: `SELECT ${COLUMNS} FROM audit_log WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT ?`,
    args,
  }
}

/**
 * Checks every entry against the one before it, and the end against the number given last, so that a changed entry, one
 * taken out, one put in and a cut-off end all show. Who can rewrite the whole log and that number can forge all of it:
 * therefore keep `head` somewhere else from time to time. `newest` checks only so many at the end, and takes the entry before
 * them at its word.
 */
export async function verifyAuditLog(
  database: Database,
  newest = Number.POSITIVE_INFINITY,
): Promise<AuditVerdict> {
  let id = Math.max(0, (await readEnd(database)).given - newest)
  let previous = ''
  if (id > 0) {
    const before = await database.readFirst({ sql: 'SELECT hash FROM audit_log WHERE id = ?', args: [id] })
    if (before === undefined) return { ok: false, id, fault: 'an entry is missing' }
    previous = String(before.hash)
  }
  for (;;) {
    const rows = await database.read({
      sql: `SELECT ${COLUMNS} FROM audit_log WHERE id > ? ORDER BY id LIMIT ?`,
      args: [id, VERIFIED_AT_ONCE],
    })
    for (const row of rows) {
      const fault = faultOf(row, id, previous)
      if (fault !== undefined) return { ok: false, id: id + 1, fault }
      id = Number(row.id)
      previous = String(row.hash)
    }
    if (rows.length < VERIFIED_AT_ONCE) break
  }
  const { given, latest } = await readEnd(database)
  if (given !== latest) return { ok: false, id: given, fault: 'entries at the end are missing' }
  return { ok: true, entries: id, head: previous }
}

/** The number given last and that of the last entry, in one statement, because somebody may append at this moment. */
async function readEnd(database: Database): Promise<{ given: number; latest: number }> {
  const end = await database.readFirst({
    sql: `SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'audit_log') AS given,
      (SELECT max(id) FROM audit_log) AS latest`,
    args: [],
  })
  return { given: Number(end?.given ?? 0), latest: Number(end?.latest ?? 0) }
}

function faultOf(row: Row, idBefore: number, previous: string): string | undefined {
  if (Number(row.id) !== idBefore + 1) return 'an entry is missing'
  if (row.previous_hash !== previous) return 'it does not carry the hash of the entry before it'
  const told: Told = [
    Number(row.id),
    String(row.at),
    String(row.actor),
    String(row.action),
    row.user_id === null ? null : String(row.user_id),
    String(row.detail),
  ]
  return hashOf(told, previous) === row.hash ? undefined : 'it was changed after it was written'
}

function toEntry(row: Row): AuditEntry {
  // The columns have these types; detail is JSON written by insertStatement.
  return { ...(row as unknown as AuditEntry), detail: JSON.parse(String(row.detail)) }
}
