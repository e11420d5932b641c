import type { Change, ChangeQueries, Database, Row } from '../domain/ports.ts'

const COLUMNS = 'revision, user_id, changed, before, at'

/** The change log that the triggers of `users` write. */
export function createChangeQueries(database: Database): ChangeQueries {
  return {
    async listForUser(userId, afterRevision, limit) {
      const rows = await database.read({
        sql: `SELECT ${COLUMNS} FROM changes WHERE user_id = ? AND revision > ? ORDER BY revision LIMIT ?`,
        args: [userId, afterRevision, limit],
      })
      return rows.map(toChange)
    },
    async listNewest(userId, limit) {
      const rows = await database.read({
        sql: `SELECT ${COLUMNS} FROM changes WHERE user_id = ? ORDER BY revision DESC LIMIT ?`,
        args: [userId, limit],
      })
      return rows.map(toChange)
    },
    async listAll(afterRevision, limit) {
      const rows = await database.read({
        sql: `SELECT ${COLUMNS} FROM changes WHERE revision > ? ORDER BY revision LIMIT ?`,
        args: [afterRevision, limit],
      })
      return rows.map(toChange)
    },
    async latestRevision() {
      const row = await database.readFirst({ sql: 'SELECT max(revision) AS latest FROM changes', args: [] })
      return Number(row?.latest ?? 0)
    },
  }
}

function toChange(row: Row): Change {
  return {
    revision: Number(row.revision),
    user_id: String(row.user_id),
    // Both columns are written by the triggers only, as JSON of exactly these shapes.
    changed: JSON.parse(String(row.changed)) as Change['changed'],
    before: JSON.parse(String(row.before)) as Change['before'],
    at: String(row.at),
  }
}
