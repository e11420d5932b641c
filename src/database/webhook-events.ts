import type { EventQueries } from '../domain/billing-events.ts'
import type { Database } from '../domain/ports.ts'

const KEPT_MS = 35 * 24 * 60 * 60 * 1000
const FORGOTTEN_AT_ONCE = 500
const PROVIDER = 'stripe'

const KEEP = `INSERT INTO webhook_events (provider, event_id, type, customer_id, created_at, received_at, origin)
  VALUES ('${PROVIDER}', ?, ?, ?, ?, ?, ?)`
// As a list, not as a join: joined, every event of 35 days would be walked.
const KNOWN = `SELECT event_id AS id FROM webhook_events
  WHERE provider = '${PROVIDER}' AND event_id IN (SELECT value FROM json_each(?))`
const FORGET = `DELETE FROM webhook_events WHERE (provider, event_id) IN (
    SELECT provider, event_id FROM webhook_events WHERE received_at <= ? ORDER BY received_at LIMIT ?)
  RETURNING event_id`
const SWEPT = `INSERT INTO billing_sweep (only_one, swept_until) VALUES (1, ?)
  ON CONFLICT (only_one) DO UPDATE SET swept_until = max(swept_until, excluded.swept_until)`

/** The inbox of webhook events, and how far the sweep has looked for those that never arrived. */
export function createEventQueries(database: Database): EventQueries {
  return {
    keep: ({ id, type, customer_id, created_at }, receivedAt, origin) => ({
      sql: KEEP,
      args: [id, type, customer_id, created_at, receivedAt, origin],
    }),
    async findKnown(ids) {
      const rows = await database.read({ sql: KNOWN, args: [JSON.stringify(ids)] })
      return new Set(rows.map((row) => String(row.id)))
    },
    async sweptUntil() {
      const row = await database.readFirst({ sql: 'SELECT swept_until FROM billing_sweep', args: [] })
      return row === undefined ? undefined : Number(row.swept_until)
    },
    setSweptUntil: (until) => ({ sql: SWEPT, args: [until] }),
    forgetOld: (now) => ({ sql: FORGET, args: [now - KEPT_MS, FORGOTTEN_AT_ONCE] }),
  }
}
