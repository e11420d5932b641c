-- Billing: a mirror of what Stripe holds, the events that arrived, and what was used.
-- Times that machines compare are milliseconds since the epoch.

-- What Stripe said last about each subscription of a customer of ours. Written only by the job that fetched it.
CREATE TABLE subscriptions (
  id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  status TEXT NOT NULL CONSTRAINT subscription_status CHECK (status IN (
    'incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'canceled', 'unpaid', 'paused')),
  -- What it gives while it is in good standing; NULL when none of its prices is ours.
  tier TEXT,
  -- Their ids, sorted, as JSON.
  prices TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  period_start INTEGER,
  period_end INTEGER,
  -- The end that is already decided.
  ends_at INTEGER,
  ended_at INTEGER,
  past_due_since INTEGER,
  -- Where whoever has the link can pay what is owed.
  payment_url TEXT
) WITHOUT ROWID;
CREATE INDEX idx_subscriptions_customer ON subscriptions(customer_id);
CREATE INDEX idx_subscriptions_user ON subscriptions(user_id);
CREATE INDEX idx_subscriptions_living ON subscriptions(id) WHERE status NOT IN ('canceled', 'incomplete_expired');

-- Whoever has a tier and a customer must have a subscription: the sweep looks through these.
CREATE INDEX idx_users_billed ON users(id) WHERE stripe_customer_id IS NOT NULL AND subscription_tier <> 'free';

-- The inbox: an event is done once, however often it is brought. Without its payload, which we never believe anyway.
CREATE TABLE webhook_events (
  provider TEXT NOT NULL,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  customer_id TEXT,
  created_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  origin TEXT NOT NULL CONSTRAINT webhook_event_origin CHECK (origin IN ('webhook', 'sweep')),
  PRIMARY KEY (provider, event_id)
) WITHOUT ROWID;
CREATE INDEX idx_webhook_events_received ON webhook_events(received_at);

-- One row: up to when the sweep has looked for events that never arrived.
CREATE TABLE billing_sweep (
  only_one INTEGER PRIMARY KEY CONSTRAINT billing_sweep_one CHECK (only_one = 1),
  swept_until INTEGER NOT NULL
);

-- A call or a message, counted once.
CREATE TABLE usage (
  -- Kind and the vendor's id of it: voice:CA..., sms:SM...
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL CONSTRAINT usage_kind CHECK (kind IN ('voice', 'sms')),
  -- UTC: 2026-11
  month TEXT NOT NULL,
  -- Minutes or messages.
  units INTEGER NOT NULL CONSTRAINT usage_units CHECK (units >= 0),
  -- Those above what the tier included: only these are billed.
  overage INTEGER NOT NULL,
  at INTEGER NOT NULL,
  customer_id TEXT,
  report TEXT NOT NULL CONSTRAINT usage_report CHECK (report IN
    ('none', 'due', 'sending', 'reported', 'uncertain', 'refused')),
  -- When the first attempt was begun whose outcome is not known.
  attempted_at INTEGER
) WITHOUT ROWID;
CREATE INDEX idx_usage_user ON usage(user_id, month);
CREATE INDEX idx_usage_open ON usage(report) WHERE report IN ('due', 'sending', 'uncertain', 'refused');

-- Kept with each row of usage, so that asking how much was used costs one look.
CREATE TABLE usage_totals (
  user_id TEXT NOT NULL,
  month TEXT NOT NULL,
  kind TEXT NOT NULL,
  units INTEGER NOT NULL,
  PRIMARY KEY (user_id, month, kind)
) WITHOUT ROWID;
CREATE TRIGGER usage_counts AFTER INSERT ON usage
BEGIN
  INSERT INTO usage_totals (user_id, month, kind, units) VALUES (NEW.user_id, NEW.month, NEW.kind, NEW.units)
    ON CONFLICT (user_id, month, kind) DO UPDATE SET units = units + excluded.units;
END;

-- Whoever removes a user, by whatever door, also removes this. The subscription itself is ended at Stripe by the job that
-- closing an account leaves behind.
CREATE TRIGGER users_removed_billing AFTER DELETE ON users
BEGIN
  DELETE FROM subscriptions WHERE user_id = OLD.id;
  DELETE FROM usage WHERE user_id = OLD.id;
  DELETE FROM usage_totals WHERE user_id = OLD.id;
END;
