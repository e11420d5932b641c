/**
 * Every table with something about a person: what an export takes from it and how closing an account empties it. A test
 * reads the schema and fails when a table that names people stands neither here nor in NOT_PERSONAL.
 */
export interface PersonalTable {
  readonly table: string
  /** What it is called in an export. */
  readonly name: string
  /** One JSON object per row. No secrets, and no hashes of them: nobody can do anything with those. */
  readonly object: string
  /** `?1` is the user's id. */
  readonly where: string
  /** Why closing leaves it; absent when closing removes the rows. */
  readonly kept?: string
}

const OF_USER = 'user_id = ?1'
/** The present address and former ones. Not `user_id = ?1`: nothing leads there but a walk through everybody's. */
export const ADDRESS_OF_USER = `address IN (SELECT lower(xswarm_email) FROM users WHERE id = ?1
  UNION ALL SELECT address FROM assigned_addresses WHERE former_of = ?1) AND user_id = ?1`

export const PERSONAL_TABLES: readonly PersonalTable[] = [
  {
    table: 'assigned_addresses',
    name: 'assigned_addresses',
    object: `'address', address, 'assigned_at', assigned_at`,
    where: ADDRESS_OF_USER,
  },
  {
    table: 'changes',
    name: 'settings_history',
    object: `'revision', revision, 'changed', json(changed), 'before', json(before), 'at', at`,
    where: OF_USER,
  },
  {
    table: 'sessions',
    name: 'sessions',
    object: `'id', id, 'kind', kind, 'name', name, 'created_at', created_at,
      'last_seen_at', datetime(last_seen_at / 1000, 'unixepoch'), 'expires_at', datetime(expires_at / 1000, 'unixepoch')`,
    where: OF_USER,
  },
  {
    table: 'sign_in_codes',
    name: 'sign_in_codes',
    object: `'tries', tries + tries_by_address, 'expires_at', datetime(expires_at / 1000, 'unixepoch')`,
    where: OF_USER,
  },
  {
    table: 'device_grants',
    name: 'devices_asking',
    object: `'client_id', client_id, 'name', name, 'state', state, 'created_at', created_at,
      'expires_at', datetime(expires_at / 1000, 'unixepoch')`,
    where: OF_USER,
  },
  {
    table: 'unproven_signups',
    name: 'unproven_sign_up',
    object: `'signed_up_at', datetime(signed_up_at / 1000, 'unixepoch')`,
    where: OF_USER,
  },
  {
    table: 'email_changes',
    name: 'email_change',
    object: `'email', email, 'tries', tries, 'expires_at', datetime(expires_at / 1000, 'unixepoch')`,
    where: OF_USER,
  },
  {
    table: 'subscriptions',
    name: 'subscriptions',
    object: `'id', id, 'customer_id', customer_id, 'status', status, 'tier', tier, 'prices', json(prices),
      'started_at', datetime(started_at / 1000, 'unixepoch'), 'period_end', datetime(period_end / 1000, 'unixepoch'),
      'ends_at', datetime(ends_at / 1000, 'unixepoch'), 'ended_at', datetime(ended_at / 1000, 'unixepoch')`,
    where: OF_USER,
  },
  {
    table: 'usage',
    name: 'usage',
    object: `'id', id, 'kind', kind, 'month', month, 'units', units, 'overage', overage, 'report', report,
      'at', datetime(at / 1000, 'unixepoch')`,
    where: OF_USER,
  },
  {
    table: 'usage_totals',
    name: 'usage_by_month',
    object: `'month', month, 'kind', kind, 'units', units`,
    where: OF_USER,
  },
  {
    table: 'idempotency_keys',
    name: 'remembered_answers',
    object: `'scope', scope, 'status', status, 'body', json(body), 'created_at', created_at`,
    // The very expression of the index, or closing would read every remembered answer.
    where: `json_extract(body, '$.user_id') = ?1`,
  },
  {
    table: 'jobs',
    name: 'jobs',
    object: `'id', id, 'name', name, 'about', json_extract(payload, '$.template'), 'to', json_extract(payload, '$.to'),
      'state', state, 'attempts', attempts, 'last_error', last_error, 'created_at', created_at,
      'finished_at', finished_at`,
    where: OF_USER,
  },
  {
    table: 'numbers',
    name: 'numbers',
    object: `'number', e164, 'state', state, 'sms_status', sms_status, 'wanted_at', wanted_at, 'active_at', active_at,
      'kept_until', datetime(grace_until / 1000, 'unixepoch'), 'released_at', released_at`,
    where: OF_USER,
    kept: 'The ledger of our numbers. It forgets whose a number was, and which number it was once it is given back.',
  },
  {
    table: 'calls',
    name: 'calls',
    object: `'from', from_number, 'status', status, 'seconds', seconds, 'ended_at', ended_at`,
    where: OF_USER,
  },
  {
    table: 'texts',
    name: 'texts',
    object: `'from', from_number, 'body', body, 'kind', kind, 'received_at', datetime(received_at / 1000, 'unixepoch'),
      'handed_on_at', handed_on_at`,
    where: OF_USER,
  },
  {
    table: 'audit_log',
    name: 'audit_log',
    // Which admin or operator it was is about them, not about the person.
    object: `'at', at, 'action', action, 'by', substr(actor, 1, instr(actor || ':', ':') - 1), 'detail', json(detail)`,
    where: OF_USER,
    kept: 'It is the account we give of what we did. It names people by id only.',
  },
]

/** Tables with a column about people that are neither exported nor emptied row by row, and why. */
export const NOT_PERSONAL: Readonly<Record<string, string>> = {
  users: 'the user itself: exported first and removed last',
  directory: 'a key and the tier of each user, copied from users; goes with the row by a trigger',
  user_search: 'an index over users that gives back no text; goes with the row by a trigger',
}
