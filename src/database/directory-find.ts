import type { DirectorySearch } from '../domain/directory.ts'
import { QUERY_LENGTH_MAX, QUERY_LENGTH_MIN } from '../domain/directory.ts'
import { AppError } from '../domain/errors.ts'
import type { SqlValue, Statement } from '../domain/ports.ts'
import { USER_COLUMNS } from '../domain/users.ts'
import { markOf } from './directory-follow.ts'

const COLUMNS = USER_COLUMNS.map((name) => `u.${name}`).join(', ')
const SEARCHED = ['email', 'phone', 'xswarm_phone', 'xswarm_email'] as const
const KEY_MAX = Number.MAX_SAFE_INTEGER

/**
 * What to look for: the text itself and, when somebody typed a number as people write numbers, its digits. Undefined when
 * everybody is meant. Throws AppError `invalid` for a text too short for the index or too long for anything.
 */
export function needlesOf(query: string | undefined): readonly string[] | undefined {
  const text = (query ?? '').normalize('NFC').trim()
  // Nobody's address holds them, and the private ones mark tiers.
  if (/[\p{Cc}\p{Co}]/u.test(text)) throw refused('What you look for contains an invisible character.')
  if (text === '') return undefined
  const length = [...text].length
  if (length < QUERY_LENGTH_MIN)
    throw refused(`Type at least ${QUERY_LENGTH_MIN} characters of what you look for.`)
  if (length > QUERY_LENGTH_MAX) throw refused(`Type at most ${QUERY_LENGTH_MAX} characters.`)
  const needle = lowerAscii(text)
  const digits = /^[+()\d\s./-]+$/.test(text) ? text.replaceAll(/[^+\d]/g, '') : ''
  return digits !== needle && digits.length >= QUERY_LENGTH_MIN ? [needle, digits] : [needle]
}

/**
 * A page and one more, in one statement, so that both halves see the same moment: who is in the directory and unchanged
 * since, and who changed after it, looked at directly. A row may come from both halves only while the directory is so far
 * behind that not all changes are looked at.
 */
export function findStatement(
  search: DirectorySearch,
  needles: readonly string[] | undefined,
  changesMax: number,
): Statement {
  const indexed = needles === undefined ? listHalf(search) : searchHalf(search, needles)
  const recent = recentHalf(search, needles)
  return {
    sql: `WITH followed AS MATERIALIZED (
        SELECT p.revision AS revision, max(p.revision, coalesce((SELECT max(revision) FROM changes), 0) - ?) AS looked_from
        FROM directory_progress p)
      SELECT *, (SELECT looked_from = revision FROM followed) AS directory_complete FROM (${indexed.sql})
      UNION ALL
      SELECT *, (SELECT looked_from = revision FROM followed) FROM (${recent.sql})`,
    args: [changesMax, ...indexed.args, ...recent.args],
  }
}

const UNCHANGED = `NOT EXISTS (SELECT 1 FROM changes c WHERE c.user_id = d.user_id
  AND c.revision > (SELECT looked_from FROM followed))`

function listHalf({ tier, cursor, limit }: DirectorySearch): Statement {
  const inTier = tier === undefined ? '' : 'd.tier = ? AND'
  return {
    sql: `SELECT d.key AS directory_key, ${COLUMNS} FROM directory d CROSS JOIN users u
      WHERE ${inTier} d.key < ? AND u.id = d.user_id AND ${UNCHANGED} ORDER BY d.key DESC LIMIT ?`,
    args: [...(tier === undefined ? [] : [tier]), cursor ?? KEY_MAX, limit + 1],
  }
}

function searchHalf({ tier, cursor, limit }: DirectorySearch, needles: readonly string[]): Statement {
  const parts = needles.map(quoted).join(' OR ')
  const match = tier === undefined ? parts : `(${parts}) AND tier : ${quoted(markOf(tier))}`
  // The mark finds, the column decides: two tiers made up by hand may have one mark.
  const inTier = tier === undefined ? '' : 'AND d.tier = ?'
  return {
    sql: `SELECT d.key AS directory_key, ${COLUMNS}
      FROM user_search s CROSS JOIN directory d CROSS JOIN users u
      WHERE s.user_search MATCH ? AND s.rowid < ? AND d.key = s.rowid ${inTier} AND u.id = d.user_id AND ${UNCHANGED}
      ORDER BY s.rowid DESC LIMIT ?`,
    args: [match, cursor ?? KEY_MAX, ...(tier === undefined ? [] : [tier]), limit + 1],
  }
}

/** NOT INDEXED, or DISTINCT lures the planner through the whole index by user instead of down the few last revisions. */
function recentHalf(
  { tier, cursor, limit }: DirectorySearch,
  needles: readonly string[] | undefined,
): Statement {
  const conditions: string[] = []
  const args: SqlValue[] = [cursor ?? KEY_MAX]
  if (tier !== undefined) {
    conditions.push(`AND coalesce(u.subscription_tier, '') = ?`)
    args.push(tier)
  }
  if (needles !== undefined) {
    // instr, not LIKE: who looks for `100%` or `a_b` means just that.
    const looks = needles.flatMap((needle) => SEARCHED.map((name) => ({ name, needle })))
    conditions.push(
      `AND (${looks.map(({ name }) => `instr(lower(coalesce(u.${name}, '')), ?) > 0`).join(' OR ')})`,
    )
    args.push(...looks.map(({ needle }) => needle))
  }
  return {
    sql: `SELECT (SELECT min(revision) FROM changes WHERE user_id = u.id) AS directory_key, ${COLUMNS}
      FROM (SELECT DISTINCT user_id FROM changes NOT INDEXED WHERE revision > (SELECT looked_from FROM followed)) r
        CROSS JOIN users u
      WHERE u.id = r.user_id AND directory_key < ? ${conditions.join(' ')}
      ORDER BY directory_key DESC LIMIT ?`,
    args: [...args, limit + 1],
  }
}

/** A phrase of FTS5. Whatever is inside means itself. */
function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}

/** As SQLite's lower(): only A to Z. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function refused(message: string): AppError {
  return new AppError('invalid', message, { fields: [{ field: 'query', message }] })
}
