import type { Database, Row, Statement } from '../domain/ports.ts'
import {
  type KeptSession,
  SESSION_IDLE_MS,
  SESSION_TOUCH_MS,
  type Session,
  type SessionKind,
  type SessionQueries,
  type SignedIn,
} from '../domain/sessions.ts'
import { formatTimestamp } from '../domain/times.ts'
import { USER_COLUMNS, type User } from '../domain/users.ts'

const FORGOTTEN_AT_ONCE = 500

const COLUMNS = [
  'token_hash',
  'id',
  'user_id',
  'kind',
  'name',
  'address_hash',
  'created_at',
  'last_seen_at',
  'expires_at',
  'ends_at',
] as const satisfies readonly (keyof KeptSession)[]

const OPEN = `INSERT INTO sessions (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`

// The one read that every signed-in request costs: two steps down a primary key and one look at the change log.
const SIGNED_IN = `SELECT s.id AS session_id, s.kind, s.last_seen_at, s.ends_at,
    (SELECT coalesce(max(revision), 0) FROM changes WHERE user_id = u.id) AS revision,
    ${USER_COLUMNS.map((name) => `u.${name}`).join(', ')}
  FROM sessions s JOIN users u ON u.id = s.user_id
  WHERE s.token_hash = ? AND s.expires_at > ?`

const LIST = `SELECT id, kind, name, created_at, last_seen_at, expires_at FROM sessions
  WHERE user_id = ? AND expires_at > ? ORDER BY last_seen_at DESC, id`

const LIVE = `SELECT s.id FROM json_each(?) asked JOIN sessions s ON s.id = asked.value
  JOIN users u ON u.id = s.user_id WHERE s.expires_at > ?`
const KNOWN_PLACE = 'SELECT 1 FROM sessions WHERE user_id = ? AND address_hash = ?'

const TOUCH = `UPDATE sessions SET last_seen_at = ?, expires_at = min(?, ends_at)
  WHERE id = ? AND last_seen_at <= ?`

/** Sessions. Looked up by the hash of their token; the token itself is nowhere. */
export function createSessionQueries(database: Database): SessionQueries {
  return {
    open: (session) => ({ sql: OPEN, args: COLUMNS.map((name) => session[name]) }),
    findSignedIn: (tokenHash, now) =>
      database.readFirst({ sql: SIGNED_IN, args: [tokenHash, now] }).then(toSignedIn),
    async listForUser(userId, now) {
      return (await database.read({ sql: LIST, args: [userId, now] })).map(toSession)
    },
    async findLive(ids, now) {
      const rows = await database.read({ sql: LIVE, args: [JSON.stringify(ids), now] })
      return new Set(rows.map((row) => String(row.id)))
    },
    async isKnownPlace(userId, addressHash) {
      return (await database.readFirst({ sql: KNOWN_PLACE, args: [userId, addressHash] })) !== undefined
    },
    touch: (id, now) => ({ sql: TOUCH, args: [now, now + SESSION_IDLE_MS, id, now - SESSION_TOUCH_MS] }),
    end: (userId, id) => ({
      sql: 'DELETE FROM sessions WHERE id = ? AND user_id = ? RETURNING id',
      args: [id, userId],
    }),
    endAll: (userId) => ({ sql: 'DELETE FROM sessions WHERE user_id = ? RETURNING id', args: [userId] }),
    forgetOld: forgetStatement,
  }
}

/** Field by field: a copy without the session's own columns would be five times slower to read ever after. */
function toSignedIn(row: Row | undefined): SignedIn | undefined {
  if (row === undefined) return undefined
  // The columns of both tables, held by their checks and by every writer.
  const found = row as unknown as User & SignedIn['session'] & { session_id: string; revision: number }
  return {
    user: {
      id: found.id,
      email: found.email,
      phone: found.phone,
      xswarm_email: found.xswarm_email,
      xswarm_phone: found.xswarm_phone,
      subscription_tier: found.subscription_tier,
      persona: found.persona,
      wake_word: found.wake_word,
      stripe_customer_id: found.stripe_customer_id,
      stripe_subscription_id: found.stripe_subscription_id,
      created_at: found.created_at,
    },
    revision: Number(found.revision),
    session: {
      id: found.session_id,
      kind: found.kind,
      last_seen_at: Number(found.last_seen_at),
      ends_at: Number(found.ends_at),
    },
  }
}

function toSession(row: Row): Session {
  return {
    id: String(row.id),
    kind: row.kind as SessionKind, // held by a CHECK
    name: String(row.name),
    created_at: String(row.created_at),
    last_seen_at: formatTimestamp(Number(row.last_seen_at)),
    expires_at: formatTimestamp(Number(row.expires_at)),
  }
}

function forgetStatement(now: number): Statement {
  return {
    sql: `DELETE FROM sessions WHERE token_hash IN (
        SELECT token_hash FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?) RETURNING id`,
    args: [now, FORGOTTEN_AT_ONCE],
  }
}
