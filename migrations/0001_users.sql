-- The seed's table, exactly. Whoever writes a row by hand has a complete, working user.
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  phone TEXT,
  xswarm_email TEXT NOT NULL UNIQUE,
  xswarm_phone TEXT,
  subscription_tier TEXT DEFAULT 'free',
  persona TEXT DEFAULT 'hal-9000',
  wake_word TEXT DEFAULT 'hey hal',
  stripe_customer_id TEXT,
  stripe_subscription_id TEXT,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_users_email ON users(email);
CREATE INDEX idx_users_xswarm_phone ON users(xswarm_phone);
CREATE INDEX idx_users_stripe_customer ON users(stripe_customer_id);

-- One mailbox, one user: Alice@example.com and alice@example.com are the same person, also in hand-made rows.
CREATE UNIQUE INDEX idx_users_email_canonical ON users(lower(email));
CREATE UNIQUE INDEX idx_users_xswarm_email_canonical ON users(lower(xswarm_email));
-- One number answers for one user.
CREATE UNIQUE INDEX idx_users_xswarm_phone_one_owner ON users(xswarm_phone) WHERE xswarm_phone IS NOT NULL;

-- Every address ever given out, kept after its user is gone: mail is account recovery elsewhere, so a
-- local part is never given to a second person. `lookalike` folds what people misread (al.ice, a1ice, alice).
CREATE TABLE assigned_addresses (
  address TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  assigned_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  lookalike TEXT NOT NULL GENERATED ALWAYS AS (
    replace(replace(replace(replace(replace(replace(replace(replace(replace(
      address, '.', ''), '_', ''), '-', ''), '0', 'o'), '1', 'l'), 'i', 'l'), '5', 's'), 'rn', 'm'), 'vv', 'w')
  ) STORED
);
CREATE UNIQUE INDEX idx_assigned_addresses_lookalike ON assigned_addresses(lookalike);

-- What changed, in the order of commits; live sync and `config undo` read it. Written by the triggers below,
-- so that no writer - an action, an import, a person at the database shell - can forget it.
CREATE TABLE changes (
  revision INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id TEXT NOT NULL,
  changed TEXT NOT NULL,
  before TEXT NOT NULL,
  at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_changes_user ON changes(user_id, revision);

CREATE TRIGGER users_created AFTER INSERT ON users
BEGIN
  INSERT INTO assigned_addresses (address, user_id) VALUES (lower(NEW.xswarm_email), NEW.id)
    ON CONFLICT DO NOTHING;
  INSERT INTO changes (user_id, changed, before) VALUES (NEW.id, '["created"]', '{}');
END;

CREATE TRIGGER users_changed AFTER UPDATE ON users
WHEN OLD.email IS NOT NEW.email
  OR OLD.phone IS NOT NEW.phone
  OR OLD.xswarm_email IS NOT NEW.xswarm_email
  OR OLD.xswarm_phone IS NOT NEW.xswarm_phone
  OR OLD.subscription_tier IS NOT NEW.subscription_tier
  OR OLD.persona IS NOT NEW.persona
  OR OLD.wake_word IS NOT NEW.wake_word
  OR OLD.stripe_customer_id IS NOT NEW.stripe_customer_id
  OR OLD.stripe_subscription_id IS NOT NEW.stripe_subscription_id
BEGIN
  INSERT INTO assigned_addresses (address, user_id)
    SELECT lower(NEW.xswarm_email), NEW.id WHERE OLD.xswarm_email IS NOT NEW.xswarm_email
    ON CONFLICT DO NOTHING;
  INSERT INTO changes (user_id, changed, before) VALUES (
    NEW.id,
    (SELECT json_group_array(name) FROM (
      SELECT 'email' AS name WHERE OLD.email IS NOT NEW.email
      UNION ALL SELECT 'phone' WHERE OLD.phone IS NOT NEW.phone
      UNION ALL SELECT 'xswarm_email' WHERE OLD.xswarm_email IS NOT NEW.xswarm_email
      UNION ALL SELECT 'xswarm_phone' WHERE OLD.xswarm_phone IS NOT NEW.xswarm_phone
      UNION ALL SELECT 'subscription_tier' WHERE OLD.subscription_tier IS NOT NEW.subscription_tier
      UNION ALL SELECT 'persona' WHERE OLD.persona IS NOT NEW.persona
      UNION ALL SELECT 'wake_word' WHERE OLD.wake_word IS NOT NEW.wake_word
      UNION ALL SELECT 'stripe_customer_id' WHERE OLD.stripe_customer_id IS NOT NEW.stripe_customer_id
      UNION ALL SELECT 'stripe_subscription_id' WHERE OLD.stripe_subscription_id IS NOT NEW.stripe_subscription_id
    )),
    json_object('persona', OLD.persona, 'wake_word', OLD.wake_word, 'phone', OLD.phone)
  );
END;

-- The remembered answer to a request with an Idempotency-Key, written with what the request did.
CREATE TABLE idempotency_keys (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (scope, key)
) WITHOUT ROWID;
CREATE INDEX idx_idempotency_keys_created ON idempotency_keys(created_at);

-- An answer is remembered for 24 hours. After that its key is free again, whether or not it was cleaned up.
CREATE TRIGGER idempotency_keys_expire BEFORE INSERT ON idempotency_keys
BEGIN
  DELETE FROM idempotency_keys
    WHERE scope = NEW.scope AND key = NEW.key AND created_at <= datetime('now', '-24 hours');
END;

-- The names of units already done: after a lost answer the same unit finds itself here.
CREATE TABLE operations (
  op_id TEXT PRIMARY KEY,
  at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
) WITHOUT ROWID;
CREATE INDEX idx_operations_at ON operations(at);

-- Always empty. Inserting 0 aborts the unit whose statement before touched another number of rows.
CREATE TABLE guard (
  ok INTEGER NOT NULL CONSTRAINT expected_rows CHECK (ok = 1)
);
