-- Sign-in. What lets somebody in is kept only as a hash: whoever reads this database, or a copy of it, can use none of it.
-- Times that machines compare are milliseconds since the epoch; created_at is for people.

-- Who signed up through a public door and has not yet shown that the address is theirs. A row made by hand has no
-- entry here: it counts as proven and never expires. The first proof removes the entry.
CREATE TABLE unproven_signups (
  user_id TEXT PRIMARY KEY,
  signed_up_at INTEGER NOT NULL,
  -- Of the token that the browser or program got which signed up. What it gave us survives only if it brings the proof itself.
  request_hash TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX idx_unproven_signups_at ON unproven_signups(signed_up_at);

-- Codes on their way by mail. An address nobody has gets the same row, without a user.
CREATE TABLE sign_in_codes (
  -- Of the token that only the one who asked for the code holds.
  request_hash TEXT PRIMARY KEY,
  email_hash TEXT NOT NULL,
  -- Where the request came from: binds the code for programs that keep no token.
  address_hash TEXT NOT NULL,
  user_id TEXT,
  salt TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  -- Counted apart, so that a neighbour behind the same address cannot use up the tries of who holds the token.
  tries INTEGER NOT NULL DEFAULT 0,
  tries_by_address INTEGER NOT NULL DEFAULT 0,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX idx_sign_in_codes_place ON sign_in_codes(email_hash, address_hash, expires_at);
CREATE INDEX idx_sign_in_codes_expires ON sign_in_codes(expires_at);
CREATE INDEX idx_sign_in_codes_user ON sign_in_codes(user_id) WHERE user_id IS NOT NULL;

-- Who is signed in, and where. The token is random, so its plain SHA-256 is enough.
CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  -- Names the session in lists and when it is ended; lets nobody in.
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL CONSTRAINT session_kind CHECK (kind IN ('browser', 'api', 'device')),
  -- What the person recognises it by: the device's name, or what the browser calls itself.
  name TEXT NOT NULL,
  address_hash TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  -- Written at most once an hour.
  last_seen_at INTEGER NOT NULL,
  -- The end if nobody uses it any more; moves with last_seen_at, never past ends_at.
  expires_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX idx_sessions_id ON sessions(id);
CREATE INDEX idx_sessions_user ON sessions(user_id);
CREATE INDEX idx_sessions_expires ON sessions(expires_at);

-- Devices that ask to be signed in (RFC 8628).
CREATE TABLE device_grants (
  device_code_hash TEXT PRIMARY KEY,
  user_code_hash TEXT NOT NULL,
  client_id TEXT NOT NULL,
  name TEXT NOT NULL,
  address_hash TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting'
    CONSTRAINT device_grant_state CHECK (state IN ('waiting', 'approved', 'denied', 'used')),
  -- Who decided.
  user_id TEXT,
  -- How long the device must wait between two questions; grows when it does not.
  interval_s INTEGER NOT NULL,
  polled_at INTEGER,
  created_at TIMESTAMP NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX idx_device_grants_user_code ON device_grants(user_code_hash);
CREATE INDEX idx_device_grants_expires ON device_grants(expires_at);
CREATE INDEX idx_device_grants_user ON device_grants(user_id) WHERE user_id IS NOT NULL;

-- One row per rule and subject, however often it comes: the moment at which its allowance is whole again.
CREATE TABLE rate_limits (
  key TEXT PRIMARY KEY,
  full_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX idx_rate_limits_full ON rate_limits(full_at);

-- Whoever removes a user, by whatever door, also ends what lets that user in.
CREATE TRIGGER users_removed_sign_in AFTER DELETE ON users
BEGIN
  DELETE FROM sessions WHERE user_id = OLD.id;
  DELETE FROM sign_in_codes WHERE user_id = OLD.id;
  DELETE FROM device_grants WHERE user_id = OLD.id;
  DELETE FROM unproven_signups WHERE user_id = OLD.id;
END;
