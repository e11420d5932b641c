import type { Database, Row, SqlValue, Statement, UserQueries } from '../domain/ports.ts'
import { lookalikeOf } from '../domain/reserved-addresses.ts'
import { USER_COLUMNS, type User } from '../domain/users.ts'
import { expectThat } from './guards.ts'
import { tombstoneHash } from './tombstones.ts'

const COLUMNS = USER_COLUMNS.join(', ')
const BY_ID = `SELECT ${COLUMNS} FROM users WHERE id = ?`
// Through the unique index on the expression: `email = ?` would miss a hand-made Alice@Example.com.
const BY_EMAIL = `SELECT ${COLUMNS} FROM users WHERE lower(email) = ?`
const BY_XSWARM_EMAIL = `SELECT ${COLUMNS} FROM users WHERE lower(xswarm_email) = ?`
const BY_XSWARM_PHONE = `SELECT ${COLUMNS} FROM users WHERE xswarm_phone = ?`
const REVISION = 'SELECT coalesce(max(revision), 0) FROM changes WHERE user_id = ?'
const REVISED = `SELECT ${COLUMNS}, (SELECT coalesce(max(revision), 0) FROM changes WHERE user_id = users.id) AS revision
  FROM users WHERE id = ?`

// The address of a closed account becomes NULL here, which the ledger refuses; outcome.ts calls that taken, too. Of the
// ways to look for a tombstone in the claim itself this one costs least: 2 of the 42 µs that a sign-up's unit takes.
const CLAIM = `INSERT INTO assigned_addresses (address, user_id)
  VALUES (CASE WHEN EXISTS (SELECT 1 FROM tombstones WHERE hash = ?3) THEN NULL ELSE ?1 END, ?2)`

/** What may change: everything but the identity and the birthday of a row. */
const UPDATABLE: ReadonlySet<string> = new Set(
  USER_COLUMNS.filter((name) => name !== 'id' && name !== 'created_at'),
)

/** The queries on `users`. Each lookup is one indexed read; a test holds them to it. */
export function createUserQueries(database: Database): UserQueries {
  const find = (sql: string, key: string): Promise<User | undefined> =>
    database.readFirst({ sql, args: [key] }).then(toUser)
  return {
    findById: (id) => find(BY_ID, id),
    findByEmail: (email) => find(BY_EMAIL, lowerAscii(email)),
    findByXswarmPhone: (phone) => find(BY_XSWARM_PHONE, phone),
    findByXswarmEmail: (address) => find(BY_XSWARM_EMAIL, lowerAscii(address)),
    async findRevised(id) {
      const row = await database.readFirst({ sql: REVISED, args: [id] })
      if (row === undefined) return undefined
      const { revision, ...user } = row
      return { user: user as unknown as User, revision: Number(revision) }
    },
    async count() {
      const row = await database.readFirst({ sql: 'SELECT count(*) AS total FROM users', args: [] })
      return Number(row?.total ?? 0)
    },
    claimAddress({ local_part, domain, user_id }) {
      const address = lowerAscii(`${local_part}@${domain}`)
      // The same address has the same look-alike form, so this one hash answers for both.
      return { sql: CLAIM, args: [address, user_id, tombstoneHash('lookalike', lookalikeOf(address))] }
    },
    insert: insertStatement,
    update: updateStatement,
    expectRevision: (id, revision) => expectThat(`(${REVISION}) = ?`, [id, revision]),
    remove: (id) => ({ sql: 'DELETE FROM users WHERE id = ?', args: [id], expectRows: 1 }),
  }
}

/** A row of `users` has the shape of a User: the same columns, checked by every writer. */
function toUser(row: Row | undefined): User | undefined {
  return row as unknown as User | undefined
}

/** As SQLite's lower(): only A to Z. JavaScript's would fold letters that the index keeps apart. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

const INSERTED = USER_COLUMNS.filter(
  (name): name is Exclude<keyof User, 'created_at'> => name !== 'created_at',
)
const INSERT = `INSERT INTO users (${INSERTED.join(', ')}) VALUES (${INSERTED.map(() => '?').join(', ')})`

function insertStatement(user: Omit<User, 'created_at'>): Statement {
  return { sql: INSERT, args: INSERTED.map((name) => user[name]) }
}

function updateStatement(id: string, columns: Partial<Omit<User, 'id' | 'created_at'>>): Statement {
  const entries = Object.entries(columns).filter(([, value]) => value !== undefined)
  const strange = entries.find(([name]) => !UPDATABLE.has(name))
  // Names become SQL here, so nothing but a known column may pass, whatever the types say.
  if (strange !== undefined) throw new TypeError(`users has no column that may be updated: ${strange[0]}`)
  if (entries.length === 0) throw new TypeError('an update of no column')
  const assignments = entries.map(([name]) => `${name} = ?`).join(', ')
  return {
    sql: `UPDATE users SET ${assignments} WHERE id = ?`,
    args: [...entries.map(([, value]) => value as SqlValue), id],
    expectRows: 1,
  }
}
