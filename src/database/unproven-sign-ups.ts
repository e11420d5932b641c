import type { Database } from '../domain/ports.ts'
import type { UnprovenQueries } from '../domain/unproven-sign-ups.ts'

/** Sign-ups whose address nobody has proven yet. */
export function createUnprovenQueries(database: Database): UnprovenQueries {
  return {
    keep: ({ user_id, signed_up_at, request_hash }) => ({
      sql: 'INSERT INTO unproven_signups (user_id, signed_up_at, request_hash) VALUES (?, ?, ?)',
      args: [user_id, signed_up_at, request_hash],
    }),
    remove: (userId) => ({ sql: 'DELETE FROM unproven_signups WHERE user_id = ?', args: [userId] }),
    async isUnproven(userId) {
      const sql = 'SELECT 1 FROM unproven_signups WHERE user_id = ?'
      return (await database.readFirst({ sql, args: [userId] })) !== undefined
    },
    async listBefore(moment, limit) {
      const sql = `SELECT user_id, signed_up_at FROM unproven_signups WHERE signed_up_at < ?
        ORDER BY signed_up_at LIMIT ?`
      const rows = await database.read({ sql, args: [moment, limit] })
      return rows.map((row) => ({ user_id: String(row.user_id), signed_up_at: Number(row.signed_up_at) }))
    },
  }
}
