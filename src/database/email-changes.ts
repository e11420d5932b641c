import { CODE_TRIES_MAX } from '../domain/codes.ts'
import type { EmailChange, EmailChangeQueries } from '../domain/email-changes.ts'
import type { Database } from '../domain/ports.ts'

const FORGOTTEN_AT_ONCE = 500

const KEEP = `INSERT INTO email_changes (user_id, email, salt, code_hash, expires_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, salt = excluded.salt, code_hash = excluded.code_hash,
    tries = 0, expires_at = excluded.expires_at`
const FIND = `SELECT user_id, email, salt, code_hash, tries, expires_at FROM email_changes
  WHERE user_id = ? AND expires_at > ?`
/** The salt is new with every code, so it names the code. */
const COUNT_TRY = 'UPDATE email_changes SET tries = tries + 1 WHERE user_id = ? AND salt = ?'
const REDEEM = 'DELETE FROM email_changes WHERE user_id = ? AND salt = ? AND tries < ? AND expires_at > ?'

/** Addresses on their way to be changed. */
export function createEmailChangeQueries(database: Database): EmailChangeQueries {
  return {
    keep: ({ user_id, email, salt, code_hash, expires_at }) => ({
      sql: KEEP,
      args: [user_id, email, salt, code_hash, expires_at],
    }),
    async find(userId, now) {
      const row = await database.readFirst({ sql: FIND, args: [userId, now] })
      return row as unknown as (EmailChange & { tries: number }) | undefined // the columns of FIND
    },
    countTry: ({ user_id, salt }) => ({ sql: COUNT_TRY, args: [user_id, salt] }),
    redeem: ({ user_id, salt }, now) => ({
      sql: REDEEM,
      args: [user_id, salt, CODE_TRIES_MAX, now],
      expectRows: 1,
    }),
    voidSignInCodes: (userId) => ({ sql: 'DELETE FROM sign_in_codes WHERE user_id = ?', args: [userId] }),
    forgetOld: (now) => ({
      sql: `DELETE FROM email_changes WHERE user_id IN (
          SELECT user_id FROM email_changes WHERE expires_at <= ? ORDER BY expires_at LIMIT ?) RETURNING user_id`,
      args: [now, FORGOTTEN_AT_ONCE],
    }),
  }
}
