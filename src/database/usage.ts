import type { Database } from '../domain/ports.ts'
import type { UsageQueries, UsageRecord, UsageTotals } from '../domain/usage.ts'
import { expectThat } from './guards.ts'

const COLUMNS = [
  'id',
  'user_id',
  'kind',
  'month',
  'units',
  'overage',
  'at',
  'customer_id',
  'report',
  'attempted_at',
] as const satisfies readonly (keyof UsageRecord)[]

const FIND = `SELECT ${COLUMNS.join(', ')} FROM usage WHERE id = ?`
const KEEP = `INSERT INTO usage (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`
const TOTALS = 'SELECT kind, units FROM usage_totals WHERE user_id = ? AND month = ?'
const TOTAL = 'SELECT units FROM usage_totals WHERE user_id = ? AND month = ? AND kind = ?'

/** What was used. The totals are kept by a trigger, in the commit of the record itself. */
export function createUsageQueries(database: Database): UsageQueries {
  return {
    async totals(userId, month) {
      const totals: { -readonly [Kind in keyof UsageTotals]: number } = { voice: 0, sms: 0 }
      for (const { kind, units } of await database.read({ sql: TOTALS, args: [userId, month] }))
        if (kind === 'voice' || kind === 'sms') totals[kind] = Number(units)
      return totals
    },
    async find(id) {
      const row = await database.readFirst({ sql: FIND, args: [id] })
      return row as UsageRecord | undefined // the columns of a record, held by the table's checks
    },
    expectTotal: (userId, month, kind, units) =>
      expectThat(`coalesce((${TOTAL}), 0) = ?`, [userId, month, kind, units]),
    keep: (record) => ({ sql: KEEP, args: COLUMNS.map((name) => record[name]) }),
    move: (id, from, { report, attempted_at }) => ({
      sql: 'UPDATE usage SET report = ?, attempted_at = ? WHERE id = ? AND report = ?',
      args: [report, attempted_at, id, from],
      expectRows: 1,
    }),
  }
}
