-- Administration: who did what, how an operator finds anybody, what remains of who is gone, and the change of an address.

-- Everything an admin or operator does, and what happens to an account as a whole. Names people by id only. Each entry
-- carries the hash of the one before it, so that none can be changed or taken out without breaking the chain.
CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TIMESTAMP NOT NULL,
  -- admin:ID, user:ID, operator:NAME (of the account on the operator's machine) or system.
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  user_id TEXT,
  detail TEXT NOT NULL DEFAULT '{}',
  previous_hash TEXT NOT NULL,
  -- SHA-256 of the entry and the hash before it; see src/database/audit.ts.
  hash TEXT NOT NULL
);
CREATE INDEX idx_audit_log_user ON audit_log(user_id, id) WHERE user_id IS NOT NULL;

CREATE TRIGGER audit_log_never_changes BEFORE UPDATE ON audit_log
BEGIN
  SELECT RAISE(ABORT, 'audit_log_is_append_only');
END;
CREATE TRIGGER audit_log_never_forgets BEFORE DELETE ON audit_log
BEGIN
  SELECT RAISE(ABORT, 'audit_log_is_append_only');
END;
-- Two who append at once: the second is refused and reads the end again. It also stops INSERT OR REPLACE, for which no
-- DELETE trigger fires.
CREATE TRIGGER audit_log_continues BEFORE INSERT ON audit_log
WHEN NEW.id IS NOT 1 + coalesce((SELECT max(id) FROM audit_log), 0)
  OR NEW.previous_hash IS NOT coalesce((SELECT hash FROM audit_log ORDER BY id DESC LIMIT 1), '')
BEGIN
  SELECT RAISE(ABORT, 'audit_log_continues');
END;

-- The directory: everybody, as an operator looks for them. It follows the change log (see directory_progress), so that
-- no sign-up pays for it; whoever looks adds what changed since. `key` is the revision that made the user: it grows, is
-- never given twice and, other than a rowid, survives VACUUM. Pages go by it.
CREATE TABLE directory (
  key INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL,
  tier TEXT NOT NULL,
  has_number INTEGER NOT NULL,
  signed_up_on TEXT NOT NULL
);
CREATE UNIQUE INDEX idx_directory_user ON directory(user_id);
CREATE INDEX idx_directory_tier ON directory(tier, key);

-- Any part of three characters and more. Holds no text, only where three characters stand. `tier` is one mark of three
-- characters that no address holds, so that tier and text are found in one step. The rowid is directory.key.
CREATE VIRTUAL TABLE user_search USING fts5(
  email, phone, xswarm_phone, xswarm_email, tier,
  content = '', contentless_delete = 1, tokenize = 'trigram'
);

-- Merged in smaller and rarer portions than by default: a merge runs inside a write, and nothing else is written meanwhile.
-- Measured with 200,000 users: the slowest step takes 105 ms instead of 388.
INSERT INTO user_search (user_search, rank) VALUES ('automerge', 16);
INSERT INTO user_search (user_search, rank) VALUES ('crisismerge', 64);

-- How many there are, without counting them.
CREATE TABLE directory_totals (
  kind TEXT NOT NULL CONSTRAINT directory_total_kind CHECK (kind IN ('tier', 'number', 'day')),
  name TEXT NOT NULL,
  total INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) WITHOUT ROWID;
CREATE TRIGGER directory_gains AFTER INSERT ON directory
BEGIN
  INSERT INTO directory_totals (kind, name, total)
    VALUES ('tier', NEW.tier, 1), ('number', '', NEW.has_number), ('day', NEW.signed_up_on, 1)
    ON CONFLICT (kind, name) DO UPDATE SET total = total + excluded.total;
END;
CREATE TRIGGER directory_loses AFTER DELETE ON directory
BEGIN
  INSERT INTO directory_totals (kind, name, total)
    VALUES ('tier', OLD.tier, -1), ('number', '', -OLD.has_number), ('day', OLD.signed_up_on, -1)
    ON CONFLICT (kind, name) DO UPDATE SET total = total + excluded.total;
END;

-- One row: up to which revision the directory has followed the change log.
CREATE TABLE directory_progress (
  only_one INTEGER PRIMARY KEY CONSTRAINT directory_progress_one CHECK (only_one = 1),
  revision INTEGER NOT NULL,
  -- Somebody left: what the search index still holds of them goes when its segments are merged.
  forgets INTEGER NOT NULL DEFAULT 0
);
INSERT INTO directory_progress (only_one, revision) VALUES (1, 0);

-- Who is removed, by whatever door, is found by nobody any more.
CREATE TRIGGER users_removed_directory AFTER DELETE ON users
BEGIN
  DELETE FROM user_search WHERE rowid IN (SELECT key FROM directory WHERE user_id = OLD.id);
  UPDATE directory_progress SET forgets = 1 WHERE EXISTS (SELECT 1 FROM directory WHERE user_id = OLD.id);
  DELETE FROM directory WHERE user_id = OLD.id;
  DELETE FROM email_changes WHERE user_id = OLD.id;
END;

-- What was assigned to somebody whose account is closed, as SHA-256 of the address, of its look-alike form and of the
-- number: enough never to give it to a second person, too little to read who was here.
CREATE TABLE tombstones (
  hash TEXT PRIMARY KEY,
  kind TEXT NOT NULL CONSTRAINT tombstone_kind CHECK (kind IN ('address', 'lookalike', 'number')),
  closed_at TIMESTAMP NOT NULL
) WITHOUT ROWID;

-- A new address that its owner has yet to prove; one per user, the last one asked for.
CREATE TABLE email_changes (
  user_id TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  salt TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX idx_email_changes_expires ON email_changes(expires_at);

-- Closing an account finds the remembered answer to its sign-up through this.
CREATE INDEX idx_idempotency_keys_user ON idempotency_keys(json_extract(body, '$.user_id'));

-- Whose address it was before they got another one. Only these need an index: the present one stands in `users`, and an
-- index of everybody's would be one more that every sign-up writes.
ALTER TABLE assigned_addresses ADD COLUMN former_of TEXT;
CREATE INDEX idx_assigned_addresses_former ON assigned_addresses(former_of) WHERE former_of IS NOT NULL;
CREATE TRIGGER users_readdressed AFTER UPDATE OF xswarm_email ON users
WHEN lower(OLD.xswarm_email) IS NOT lower(NEW.xswarm_email)
BEGIN
  UPDATE assigned_addresses SET former_of = user_id
    WHERE address = lower(OLD.xswarm_email) AND user_id = OLD.id;
END;
