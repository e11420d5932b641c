-- Numbers: the ledger of every toll-free number we ever wanted, held or gave back, and what came in on them.
-- Times that machines compare are milliseconds since the epoch; the others are for people.

CREATE TABLE numbers (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Names the wish and the purchase that fulfils it; it stands in the tag that the number carries at Twilio.
  id TEXT NOT NULL UNIQUE,
  -- NULL once the account is closed, or another number was set by hand in its place.
  user_id TEXT,
  state TEXT NOT NULL CONSTRAINT number_state CHECK (state IN (
    'wanted', 'buying', 'active', 'grace', 'releasing', 'released', 'abandoned')),
  -- `adopted`: set by hand, not bought by us, so it is never given back at Twilio either.
  origin TEXT NOT NULL CONSTRAINT number_origin CHECK (origin IN ('bought', 'adopted')),
  -- While `buying` the candidate: it is saved before anything is bought.
  e164 TEXT,
  sid TEXT,
  -- The FriendlyName at Twilio by which we know what is ours.
  tag TEXT,
  -- 1 while a purchase was sent, or may have been, whose outcome is not known.
  unsure INTEGER NOT NULL DEFAULT 0,
  -- When the last purchase was sent; spending is counted by it.
  attempted_at INTEGER,
  -- The job that worked on it last.
  job_id INTEGER,
  sms_status TEXT NOT NULL DEFAULT 'unverified' CONSTRAINT number_sms_status CHECK (sms_status IN (
    'unverified', 'pending', 'active', 'rejected')),
  wanted_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  active_at TIMESTAMP,
  -- The end of the grace time; NULL where a hand began it, until the sweep sets it.
  grace_until INTEGER,
  released_at TIMESTAMP,
  -- Since when the audit has not found it at Twilio.
  absent_since INTEGER,
  last_error TEXT,
  CONSTRAINT number_has_e164 CHECK (state IN ('wanted', 'released', 'abandoned') OR e164 IS NOT NULL)
);

-- The two promises that no code can break: one live number for a user, and one number live once.
CREATE UNIQUE INDEX idx_numbers_one_per_user ON numbers(user_id)
  WHERE user_id IS NOT NULL AND state IN ('wanted', 'buying', 'active', 'grace');
CREATE UNIQUE INDEX idx_numbers_live_once ON numbers(e164)
  WHERE state IN ('buying', 'active', 'grace', 'releasing');
CREATE INDEX idx_numbers_user ON numbers(user_id) WHERE user_id IS NOT NULL;
CREATE INDEX idx_numbers_e164 ON numbers(e164) WHERE e164 IS NOT NULL;
-- What waits for somebody to go on with it.
CREATE INDEX idx_numbers_open ON numbers(state) WHERE state IN ('wanted', 'buying', 'grace', 'releasing');
CREATE INDEX idx_numbers_attempted ON numbers(attempted_at) WHERE attempted_at IS NOT NULL;

-- The sweep looks through these two: who has a tier and no number, and who has a number and no tier.
CREATE INDEX idx_users_without_number ON users(id) WHERE xswarm_phone IS NULL AND subscription_tier <> 'free';
CREATE INDEX idx_users_free_with_number ON users(id) WHERE xswarm_phone IS NOT NULL AND subscription_tier = 'free';

CREATE TRIGGER numbers_are_never_forgotten BEFORE DELETE ON numbers
BEGIN
  SELECT RAISE(ABORT, 'numbers_are_never_forgotten');
END;

-- `users.xswarm_phone` always equals the ledger's active number, whoever writes it. Our own writes change the ledger first,
-- so that these triggers find nothing left to do.
CREATE TRIGGER users_created_with_number AFTER INSERT ON users
WHEN NEW.xswarm_phone IS NOT NULL
BEGIN
  UPDATE numbers SET user_id = NEW.id, state = 'active', grace_until = NULL
    WHERE e164 = NEW.xswarm_phone AND user_id IS NULL AND state = 'grace';
  INSERT INTO numbers (id, user_id, state, origin, e164, active_at)
    SELECT lower(hex(randomblob(16))), NEW.id, 'active', 'adopted', NEW.xswarm_phone, CURRENT_TIMESTAMP
    WHERE NOT EXISTS (SELECT 1 FROM numbers WHERE user_id = NEW.id AND e164 = NEW.xswarm_phone AND state = 'active');
END;

CREATE TRIGGER users_number_changed AFTER UPDATE OF xswarm_phone ON users
WHEN NEW.xswarm_phone IS NOT NULL AND OLD.xswarm_phone IS NOT NEW.xswarm_phone
BEGIN
  -- What a hand replaces is kept for the grace time, without an owner: a slip of the hand gives nothing back.
  UPDATE numbers SET user_id = NULL, state = 'grace', grace_until = NULL, last_error = 'replaced by hand'
    WHERE user_id = NEW.id AND state IN ('active', 'grace') AND e164 <> NEW.xswarm_phone;
  UPDATE numbers SET user_id = NULL, state = 'releasing', last_error = 'another number was set by hand'
    WHERE user_id = NEW.id AND state = 'buying' AND e164 <> NEW.xswarm_phone;
  UPDATE numbers SET state = 'abandoned', last_error = 'another number was set by hand'
    WHERE user_id = NEW.id AND state = 'wanted';
  UPDATE numbers SET user_id = NEW.id, state = 'active', grace_until = NULL
    WHERE e164 = NEW.xswarm_phone AND coalesce(user_id, NEW.id) = NEW.id AND state IN ('buying', 'grace');
  INSERT INTO numbers (id, user_id, state, origin, e164, active_at)
    SELECT lower(hex(randomblob(16))), NEW.id, 'active', 'adopted', NEW.xswarm_phone, CURRENT_TIMESTAMP
    WHERE NOT EXISTS (SELECT 1 FROM numbers WHERE user_id = NEW.id AND e164 = NEW.xswarm_phone AND state = 'active');
END;

CREATE TRIGGER users_number_removed AFTER UPDATE OF xswarm_phone ON users
WHEN NEW.xswarm_phone IS NULL AND OLD.xswarm_phone IS NOT NULL
BEGIN
  UPDATE numbers SET state = 'grace', grace_until = NULL, last_error = 'removed by hand'
    WHERE user_id = NEW.id AND state = 'active' AND e164 = OLD.xswarm_phone;
END;

-- Numbers that were there before this ledger.
INSERT INTO numbers (id, user_id, state, origin, e164, active_at)
  SELECT lower(hex(randomblob(16))), id, 'active', 'adopted', xswarm_phone, CURRENT_TIMESTAMP
  FROM users WHERE xswarm_phone IS NOT NULL;

-- What came in. Each call and each text once, however often it is told.
CREATE TABLE calls (
  -- The vendor's name of it.
  call_sid TEXT PRIMARY KEY,
  number_id TEXT NOT NULL,
  user_id TEXT,
  from_number TEXT NOT NULL,
  -- completed, busy, failed, no-answer or canceled.
  status TEXT NOT NULL,
  seconds INTEGER NOT NULL,
  ended_at TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE INDEX idx_calls_user ON calls(user_id) WHERE user_id IS NOT NULL;

CREATE TABLE texts (
  message_sid TEXT PRIMARY KEY,
  number_id TEXT NOT NULL,
  user_id TEXT,
  from_number TEXT NOT NULL,
  body TEXT NOT NULL,
  -- stop, start and help are answered by the network and by Twilio.
  kind TEXT NOT NULL CONSTRAINT text_kind CHECK (kind IN ('text', 'stop', 'start', 'help')),
  received_at INTEGER NOT NULL,
  handed_on_at TIMESTAMP
) WITHOUT ROWID;
CREATE INDEX idx_texts_user ON texts(user_id) WHERE user_id IS NOT NULL;
CREATE INDEX idx_texts_received ON texts(received_at);

-- One row: Twilio refuses the account, so nobody asks it for anything until then.
CREATE TABLE telephony_pause (
  only_one INTEGER PRIMARY KEY CONSTRAINT telephony_pause_one CHECK (only_one = 1),
  until INTEGER NOT NULL,
  reason TEXT NOT NULL,
  since TIMESTAMP NOT NULL
);

-- Whoever removes a user, by whatever door: a number we bought goes back, one that a hand had set is only let go of, and
-- no row says any more whose it was.
CREATE TRIGGER users_removed_numbers AFTER DELETE ON users
BEGIN
  UPDATE numbers SET state = 'abandoned' WHERE user_id = OLD.id AND state = 'wanted';
  UPDATE numbers SET state = 'released', e164 = NULL, released_at = CURRENT_TIMESTAMP
    WHERE user_id = OLD.id AND state IN ('active', 'grace') AND origin = 'adopted';
  UPDATE numbers SET state = 'releasing' WHERE user_id = OLD.id AND state IN ('buying', 'active', 'grace');
  UPDATE numbers SET e164 = NULL WHERE user_id = OLD.id AND state = 'released';
  UPDATE numbers SET user_id = NULL, last_error = NULL WHERE user_id = OLD.id;
  DELETE FROM calls WHERE user_id = OLD.id;
  DELETE FROM texts WHERE user_id = OLD.id;
END;
