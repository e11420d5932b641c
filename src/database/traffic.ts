import { type ReceivedText, TEXTS_KEPT_MS, type TrafficQueries } from '../domain/calls-and-texts.ts'
import type { Database } from '../domain/ports.ts'
import { formatTimestamp } from '../domain/times.ts'

const FORGOTTEN_AT_ONCE = 500

/** Calls and texts that came in. */
export function createTrafficQueries(database: Database): TrafficQueries {
  return {
    keepCall: (call) => ({
      sql: `INSERT INTO calls (call_sid, number_id, user_id, from_number, status, seconds, ended_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)`,
      args: [
        call.call_sid,
        call.number_id,
        call.user_id,
        call.from_number,
        call.status,
        call.seconds,
        call.ended_at,
      ],
    }),
    keepText: (text) => ({
      sql: `INSERT INTO texts (message_sid, number_id, user_id, from_number, body, kind, received_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)`,
      args: [
        text.message_sid,
        text.number_id,
        text.user_id,
        text.from_number,
        text.body,
        text.kind,
        text.received_at,
      ],
    }),
    async findText(messageSid) {
      const row = await database.readFirst({
        sql: `SELECT message_sid, number_id, user_id, from_number, body, kind, received_at, handed_on_at
          FROM texts WHERE message_sid = ?`,
        args: [messageSid],
      })
      // Written by keepText only.
      return row as unknown as (ReceivedText & { readonly handed_on_at: string | null }) | undefined
    },
    noteHandedOn: (messageSid, now) => ({
      sql: 'UPDATE texts SET handed_on_at = ? WHERE message_sid = ?',
      args: [formatTimestamp(now), messageSid],
    }),
    forgetOldTexts: (now) => ({
      sql: `DELETE FROM texts WHERE message_sid IN (
          SELECT message_sid FROM texts WHERE received_at <= ? ORDER BY received_at LIMIT ?) RETURNING message_sid`,
      args: [now - TEXTS_KEPT_MS, FORGOTTEN_AT_ONCE],
    }),
  }
}
