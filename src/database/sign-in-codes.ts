import { CODE_TRIES_MAX } from '../domain/codes.ts'
import type { Database, Row } from '../domain/ports.ts'
import type { CodeWay, PendingCode, SignInCode, SignInCodeQueries } from '../domain/sign-in-codes.ts'
import { USER_COLUMNS, type User } from '../domain/users.ts'

const FORGOTTEN_AT_ONCE = 500

const COLUMNS = [
  'request_hash',
  'email_hash',
  'address_hash',
  'user_id',
  'salt',
  'code_hash',
  'expires_at',
] as const satisfies readonly (keyof SignInCode)[]

const KEEP = `INSERT INTO sign_in_codes (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`

const PENDING = `SELECT ${COLUMNS.map((name) => `c.${name} AS code_${name}`).join(', ')}, c.tries, c.tries_by_address,
    n.request_hash AS unproven_request_hash, ${USER_COLUMNS.map((name) => `u.${name}`).join(', ')}
  FROM sign_in_codes c LEFT JOIN users u ON u.id = c.user_id LEFT JOIN unproven_signups n ON n.user_id = c.user_id`

const BY_REQUEST = `${PENDING} WHERE c.request_hash = ? AND c.expires_at > ?`
const BY_PLACE = `${PENDING} WHERE c.email_hash = ? AND c.address_hash = ? AND c.expires_at > ?
  ORDER BY c.expires_at DESC LIMIT ?`

/** Written out per way: a column's name is never put together. */
const COUNT_TRY = {
  token: 'UPDATE sign_in_codes SET tries = tries + 1 WHERE request_hash = ?',
  place: 'UPDATE sign_in_codes SET tries_by_address = tries_by_address + 1 WHERE request_hash = ?',
} as const satisfies Record<CodeWay, string>

const REDEEM = {
  token: 'DELETE FROM sign_in_codes WHERE request_hash = ? AND expires_at > ? AND tries < ?',
  place: 'DELETE FROM sign_in_codes WHERE request_hash = ? AND expires_at > ? AND tries_by_address < ?',
} as const satisfies Record<CodeWay, string>

/** Codes on their way by mail. */
export function createSignInCodeQueries(database: Database): SignInCodeQueries {
  return {
    keep: (code) => ({ sql: KEEP, args: COLUMNS.map((name) => code[name]) }),
    async findByRequest(requestHash, now) {
      const row = await database.readFirst({ sql: BY_REQUEST, args: [requestHash, now] })
      return row === undefined ? undefined : toPending(row, 'token')
    },
    async listByPlace(emailHash, addressHash, now, limit) {
      const rows = await database.read({ sql: BY_PLACE, args: [emailHash, addressHash, now, limit] })
      return rows.map((row) => toPending(row, 'place'))
    },
    countTry: (requestHash, way) => ({ sql: COUNT_TRY[way], args: [requestHash] }),
    redeem: (requestHash, way, now) => ({
      sql: REDEEM[way],
      args: [requestHash, now, CODE_TRIES_MAX],
      expectRows: 1,
    }),
    forgetOld: (now) => ({
      sql: `DELETE FROM sign_in_codes WHERE request_hash IN (
          SELECT request_hash FROM sign_in_codes WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
        RETURNING expires_at`,
      args: [now, FORGOTTEN_AT_ONCE],
    }),
  }
}

function toPending(row: Row, way: CodeWay): PendingCode {
  const code = Object.fromEntries(COLUMNS.map((name) => [name, row[`code_${name}`]]))
  const user = Object.fromEntries(USER_COLUMNS.map((name) => [name, row[name]]))
  const unproven = row.unproven_request_hash
  return {
    // Both have the shape of their tables, which every writer keeps.
    code: code as unknown as SignInCode,
    user: row.id === null ? undefined : (user as unknown as User),
    tries: Number(way === 'token' ? row.tries : row.tries_by_address),
    unprovenRequestHash: typeof unproven === 'string' ? unproven : undefined,
  }
}
