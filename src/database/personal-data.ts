import type { ExportedRow, PersonalData } from '../domain/personal-data.ts'
import type { Database, Statement, UserQueries } from '../domain/ports.ts'
import { lookalikeOf } from '../domain/reserved-addresses.ts'
import { ADDRESS_OF_USER, PERSONAL_TABLES, type PersonalTable } from './personal-tables.ts'
import { type TombstoneKind, tombstoneHash } from './tombstones.ts'

/** Everything about a person, by the list in `personal-tables.ts`. */
export function createPersonalData(database: Database, users: UserQueries): PersonalData {
  const removed = PERSONAL_TABLES.filter((table) => table.kept === undefined)
  return {
    async collect(userId) {
      const rows = await database.read(collectStatement(userId))
      const collected: Record<string, ExportedRow[]> = {}
      for (const { name } of PERSONAL_TABLES) collected[name] = []
      for (const row of rows) collected[String(row.name)]?.push(JSON.parse(String(row.object)))
      return collected
    },
    async count(userId) {
      const parts = removed.map(
        ({ table, where }) => `SELECT '${table}' AS name, count(*) AS total FROM ${table} WHERE ${where}`,
      )
      const rows = await database.read({ sql: parts.join(' UNION ALL '), args: [userId] })
      return Object.fromEntries([['users', 1], ...rows.map((row) => [String(row.name), Number(row.total)])])
    },
    async close({ user, revision }, closedAt) {
      const sql = `SELECT address FROM assigned_addresses WHERE ${ADDRESS_OF_USER}`
      const rows = await database.read({ sql, args: [user.id] })
      const addresses = new Set([user.xswarm_email.toLowerCase(), ...rows.map((row) => String(row.address))])
      const tombstones = [...addresses].flatMap((address) => [
        tombstone('address', address, closedAt),
        tombstone('lookalike', lookalikeOf(address), closedAt),
      ])
      const held = await database.read({
        sql: 'SELECT e164 FROM numbers WHERE user_id = ? AND e164 IS NOT NULL',
        args: [user.id],
      })
      const numbers = new Set([user.xswarm_phone, ...held.map(({ e164 }) => String(e164))])
      for (const number of numbers)
        if (number !== null) tombstones.push(tombstone('number', number, closedAt))
      return [users.expectRevision(user.id, revision), ...tombstones, ...removalOf(user.id, removed, users)]
    },
    expire({ user, revision }, signedUpBefore) {
      return [
        {
          sql: 'DELETE FROM unproven_signups WHERE user_id = ? AND signed_up_at < ?',
          args: [user.id, signedUpBefore],
          expectRows: 1,
        },
        users.expectRevision(user.id, revision),
        ...removalOf(user.id, removed, users),
      ]
    },
  }
}

/** In one statement, so that the export shows one moment. */
function collectStatement(userId: string): Statement {
  const parts = PERSONAL_TABLES.map(
    ({ table, name, object, where }) =>
      `SELECT '${name}' AS name, json_object(${object}) AS object FROM ${table} WHERE ${where}`,
  )
  return { sql: parts.join(' UNION ALL '), args: [userId] }
}

/** The row itself goes last: its triggers then find nothing left to do. */
function removalOf(userId: string, tables: readonly PersonalTable[], users: UserQueries): Statement[] {
  const emptied = tables.map(({ table, where }) => ({
    sql: `DELETE FROM ${table} WHERE ${where}`,
    args: [userId],
  }))
  return [...emptied, { ...users.remove(userId), expectRows: 1 }]
}

function tombstone(kind: TombstoneKind, text: string, closedAt: string): Statement {
  return {
    sql: 'INSERT INTO tombstones (hash, kind, closed_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    args: [tombstoneHash(kind, text), kind, closedAt],
  }
}
