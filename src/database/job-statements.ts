// The SQL of the queue. A statement is bound by position, as src/database/jobs.ts does right where it is used.

/**
 * Asking for a job that is there already. One that runs is not done with what is asked now, so it counts what is wanted.
 * One that waits out a failure keeps its pause: a storm of wishes must not use up its attempts. A dead letter wakes up.
 * A row with `kept_until` stands in the way until then, whatever became of it.
 */
export const ENQUEUE = `INSERT INTO jobs
    (name, key, user_id, payload, urgent, run_at, expires_at, kept_until, created_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (name, key) WHERE key IS NOT NULL DO UPDATE SET
    wanted = wanted + 1,
    user_id = excluded.user_id,
    payload = excluded.payload,
    urgent = max(urgent, excluded.urgent),
    run_at = CASE
      WHEN state IN ('failed', 'done') THEN excluded.run_at
      WHEN state = 'waiting' AND attempts > 0 THEN run_at
      ELSE min(coalesce(run_at, excluded.run_at), excluded.run_at) END,
    expires_at = excluded.expires_at,
    kept_until = excluded.kept_until,
    attempts = CASE WHEN state IN ('failed', 'done') THEN 0 ELSE attempts END,
    finished_at = NULL,
    state = CASE WHEN state IN ('failed', 'done') THEN 'waiting' ELSE state END
  WHERE kept_until IS NULL OR (state IN ('failed', 'done') AND kept_until <= ?)`

/** Three indexed ranges, most pressing first: what a dead worker left, what somebody waits for, the rest by age. */
export const CLAIM = `UPDATE jobs SET state = 'running', attempts = attempts + 1, fence = fence + 1, run_at = NULL,
    lease_until = ?, leased_by = ?
  WHERE id IN (
    SELECT id FROM (SELECT id FROM jobs WHERE state = 'running' AND lease_until <= ? ORDER BY lease_until LIMIT ?)
    UNION ALL SELECT id FROM (
      SELECT id FROM jobs WHERE state = 'waiting' AND urgent = 1 AND run_at <= ? ORDER BY run_at LIMIT ?)
    UNION ALL SELECT id FROM (
      SELECT id FROM jobs WHERE state = 'waiting' AND urgent = 0 AND run_at <= ? ORDER BY run_at LIMIT ?)
    LIMIT ?)
  RETURNING id, name, key, user_id, payload, urgent, wanted, attempts, fence, expires_at, created_at`

export const NEXT_DUE = `SELECT min(due) AS due FROM (
    SELECT min(lease_until) AS due FROM jobs WHERE state = 'running'
    UNION ALL SELECT min(run_at) FROM jobs WHERE state = 'waiting' AND urgent = 1
    UNION ALL SELECT min(run_at) FROM jobs WHERE state = 'waiting' AND urgent = 0)`

export const HEARTBEAT = `UPDATE jobs SET lease_until = ? WHERE id = ? AND fence = ? AND state = 'running' RETURNING id`

export const FINISH = `UPDATE jobs SET
    state = CASE WHEN wanted = ? THEN 'done' ELSE 'waiting' END,
    payload = CASE WHEN wanted = ? THEN '{}' ELSE payload END,
    finished_at = CASE WHEN wanted = ? THEN ? END,
    run_at = coalesce(run_at, ?), attempts = 0, last_error = NULL, lease_until = NULL, leased_by = NULL
  WHERE id = ? AND fence = ? AND state = 'running' RETURNING id`
export const FORGET_DONE = `DELETE FROM jobs WHERE id = ? AND state = 'done' AND kept_until IS NULL`

export const RETRY_LATER = `UPDATE jobs SET state = 'waiting', run_at = ?, last_error = ?, attempts = attempts - ?,
    lease_until = NULL, leased_by = NULL
  WHERE id = ? AND fence = ? AND state = 'running' RETURNING id`

export const FAIL = `UPDATE jobs SET
    state = CASE WHEN wanted = ? THEN 'failed' ELSE 'waiting' END,
    payload = CASE WHEN wanted = ? AND expires_at IS NOT NULL THEN '{}' ELSE payload END,
    attempts = CASE WHEN wanted = ? THEN attempts ELSE 0 END,
    finished_at = CASE WHEN wanted = ? THEN ? END,
    run_at = coalesce(run_at, ?), last_error = ?, lease_until = NULL, leased_by = NULL
  WHERE id = ? AND fence = ? AND state = 'running' RETURNING id`

export const RECORD = `id, name, key, user_id, state, attempts, run_at, leased_by, last_error, created_at, finished_at`

// A payload that perished is empty, and one of a sweep was never anything else: that one has no `expires_at`.
export const RETRY = `UPDATE jobs SET state = 'waiting', attempts = 0, run_at = ?, finished_at = NULL
  WHERE id = ? AND state = 'failed' AND expires_at IS NULL RETURNING ${RECORD}`
