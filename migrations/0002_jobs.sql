-- The durable queue. What comes next is a row here, written in the commit of what came before it.
-- Times that machines compare are milliseconds since the epoch; created_at and finished_at are for people.
CREATE TABLE jobs (
  -- AUTOINCREMENT: a number is never given twice, because the Message-ID of a mail is made of it.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  -- One row per name and key: ten events about one customer become one job. NULL: a job of its own.
  key TEXT,
  -- Whom it is about. Payloads name people by this id only, so that closing an account leaves nothing behind.
  user_id TEXT,
  payload TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CONSTRAINT job_state CHECK (state IN ('waiting', 'running', 'failed', 'done')),
  -- 1 goes before 0: somebody sits there and waits for it.
  urgent INTEGER NOT NULL DEFAULT 0,
  -- How often it was asked for. Who finishes it says which count they saw; if it grew meanwhile, it waits again.
  wanted INTEGER NOT NULL DEFAULT 1,
  attempts INTEGER NOT NULL DEFAULT 0,
  -- When it is due. NULL while it runs and nobody has asked for it again.
  run_at INTEGER,
  -- Grows with every claim; whoever holds an older one can no longer finish the job.
  fence INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER,
  leased_by TEXT,
  -- Not worth doing afterwards. A payload that perishes is also removed when the job fails for good.
  expires_at INTEGER,
  -- Name and key count as taken until then, also when the job is done: at most one in that time.
  kept_until INTEGER,
  last_error TEXT,
  created_at TIMESTAMP NOT NULL,
  finished_at TIMESTAMP
);

-- Every index is partial, so that a row weighs only where its state needs it: a sign-up's mail is written into
-- the two for waiting jobs and for jobs of a user, and claiming never sees a finished row.
CREATE UNIQUE INDEX idx_jobs_key ON jobs(name, key) WHERE key IS NOT NULL;
CREATE INDEX idx_jobs_waiting ON jobs(urgent, run_at) WHERE state = 'waiting';
CREATE INDEX idx_jobs_running ON jobs(lease_until) WHERE state = 'running';
CREATE INDEX idx_jobs_failed ON jobs(id) WHERE state = 'failed';
CREATE INDEX idx_jobs_done ON jobs(kept_until) WHERE state = 'done';
CREATE INDEX idx_jobs_user ON jobs(user_id) WHERE user_id IS NOT NULL;
