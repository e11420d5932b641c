import type { Database, IdempotencyQueries, Statement } from '../domain/ports.ts'

/** Old rows go a few at a time, so that cleaning up never holds the writer for long. */
const FORGOTTEN_AT_ONCE = 500

/** The remembered answers to requests that carried an `Idempotency-Key`. */
export function createIdempotencyQueries(database: Database): IdempotencyQueries {
  return {
    async find(scope, key) {
      const row = await database.readFirst({
        sql: `SELECT request_hash, status, body FROM idempotency_keys
          WHERE scope = ? AND key = ? AND created_at > datetime('now', '-24 hours')`,
        args: [scope, key],
      })
      if (row === undefined) return undefined
      return { request_hash: String(row.request_hash), status: Number(row.status), body: String(row.body) }
    },
    // A row older than 24 hours does not stand in the way: a trigger removes it first.
    remember: (scope, key, answer) => ({
      sql: 'INSERT INTO idempotency_keys (scope, key, request_hash, status, body) VALUES (?, ?, ?, ?, ?)',
      args: [scope, key, answer.request_hash, answer.status, answer.body],
    }),
    forgetOld: () => ({
      sql: `DELETE FROM idempotency_keys WHERE (scope, key) IN (
          SELECT scope, key FROM idempotency_keys WHERE created_at <= datetime('now', '-24 hours')
          ORDER BY created_at LIMIT ?) RETURNING 1 AS forgotten`,
      args: [FORGOTTEN_AT_ONCE],
    }),
    forgetOldOperations,
  }
}

/**
 * Forgets the names of units done more than 30 days ago, a bounded number at a time: nobody repeats a unit
 * that long after its answer was lost.
 */
export function forgetOldOperations(): Statement {
  return {
    sql: `DELETE FROM operations WHERE op_id IN (
        SELECT op_id FROM operations WHERE at <= datetime('now', '-30 days') ORDER BY at LIMIT ?) RETURNING 1 AS forgotten`,
    args: [FORGOTTEN_AT_ONCE],
  }
}
