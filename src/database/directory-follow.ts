import type { Statement } from '../domain/ports.ts'

/**
 * A tier as three characters that no address or number holds, so that the search index finds tier and text in one step:
 * `premium` itself would be found in the middle of addresses, and every address of a premium user would be in its list.
 * Hand-made rows may name any tier; the mark is computed alike here and in SQL.
 */
const MARK = `char(57344 + length(t.tier) % 1024, 57344 + unicode(t.tier || 'x') % 6000, 57344 + unicode(substr(t.tier, -1) || 'x') % 6000)`

const WITHIN = 'SELECT user_id FROM changes NOT INDEXED WHERE revision > ? AND revision <= ?'

/**
 * One unit that brings the directory from one revision to another: who changed is taken out and put in again as they
 * are now. Refused (`rows`) when somebody else followed in the meantime.
 */
export function followStatements(from: number, upto: number): Statement[] {
  return [
    {
      sql: 'UPDATE directory_progress SET revision = ? WHERE revision = ?',
      args: [upto, from],
      expectRows: 1,
    },
    {
      sql: `DELETE FROM user_search WHERE rowid IN (SELECT key FROM directory WHERE user_id IN (${WITHIN}))`,
      args: [from, upto],
    },
    { sql: `DELETE FROM directory WHERE user_id IN (${WITHIN})`, args: [from, upto] },
    {
      sql: `INSERT INTO directory (key, user_id, tier, has_number, signed_up_on)
        SELECT (SELECT min(revision) FROM changes WHERE user_id = users.id), id, coalesce(subscription_tier, ''),
          xswarm_phone IS NOT NULL, coalesce(date(created_at), '')
        FROM users WHERE id IN (${WITHIN})`,
      args: [from, upto],
    },
    {
      sql: `INSERT INTO user_search (rowid, email, phone, xswarm_phone, xswarm_email, tier)
        SELECT t.key, u.email, u.phone, u.xswarm_phone, u.xswarm_email, ${MARK}
        FROM users u JOIN directory t ON t.user_id = u.id WHERE u.id IN (${WITHIN})`,
      args: [from, upto],
    },
  ]
}

/** As MARK. */
export function markOf(tier: string): string {
  const letters = [...tier]
  const first = (letters[0] ?? 'x').codePointAt(0) ?? 0
  const last = (letters.at(-1) ?? 'x').codePointAt(0) ?? 0
  return String.fromCodePoint(57344 + (letters.length % 1024), 57344 + (first % 6000), 57344 + (last % 6000))
}
