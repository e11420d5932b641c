import type { SubscriptionQueries } from '../domain/billing-queries.ts'
import type { Database, Row, SqlValue } from '../domain/ports.ts'
import type { MirroredSubscription } from '../domain/subscriptions.ts'
import { USER_COLUMNS, type User } from '../domain/users.ts'

const COLUMNS = [
  'id',
  'customer_id',
  'user_id',
  'status',
  'tier',
  'prices',
  'started_at',
  'period_start',
  'period_end',
  'ends_at',
  'ended_at',
  'past_due_since',
  'payment_url',
] as const satisfies readonly (keyof MirroredSubscription)[]

const SELECT = `SELECT ${COLUMNS.join(', ')} FROM subscriptions`
const KEEP = `INSERT INTO subscriptions (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (id) DO UPDATE SET ${COLUMNS.filter((name) => name !== 'id')
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')}`

const OWNERS = `SELECT ${USER_COLUMNS.join(', ')},
    (SELECT coalesce(max(revision), 0) FROM changes WHERE user_id = users.id) AS revision
  FROM users WHERE stripe_customer_id = ? ORDER BY id LIMIT 2`

const LIVING = `status NOT IN ('canceled', 'incomplete_expired')`
// `status` alone, so that the index on living subscriptions holds everything that is walked.
const PAID = `(s.status IN ('active', 'trialing') OR (s.status = 'past_due' AND s.past_due_since > ?))`
const DOUBTFUL = `SELECT customer_id FROM (
    SELECT s.customer_id FROM subscriptions s JOIN users u ON u.id = s.user_id
      WHERE s.${LIVING} AND s.tier IS NOT NULL AND ${PAID} AND u.subscription_tier = 'free'
    UNION
    SELECT u.stripe_customer_id FROM users u INDEXED BY idx_users_billed
      WHERE u.stripe_customer_id IS NOT NULL AND u.subscription_tier <> 'free'
        AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.user_id = u.id AND s.tier IS NOT NULL AND ${PAID}))
  LIMIT ?`

const LINK = 'UPDATE users SET stripe_customer_id = ? WHERE id = ? AND stripe_customer_id IS NULL'

/** The mirror of Stripe's subscriptions, and who its customers are. */
export function createSubscriptionQueries(database: Database): SubscriptionQueries {
  const list = async (where: string, ...args: SqlValue[]): Promise<readonly MirroredSubscription[]> =>
    (await database.read({ sql: `${SELECT} WHERE ${where}`, args })).map(toSubscription)
  return {
    async findOwners(customerId) {
      return (await database.read({ sql: OWNERS, args: [customerId] })).map(toOwner)
    },
    async find(id) {
      const row = await database.readFirst({ sql: `${SELECT} WHERE id = ?`, args: [id] })
      return row === undefined ? undefined : toSubscription(row)
    },
    findMany: (ids) => list('id IN (SELECT value FROM json_each(?))', JSON.stringify(ids)),
    listForCustomer: (customerId) => list('customer_id = ? ORDER BY id', customerId),
    listForUser: (userId) => list('user_id = ? ORDER BY id', userId),
    listLiving: ({ cursor, limit }) => list(`${LIVING} AND id > ? ORDER BY id LIMIT ?`, cursor ?? '', limit),
    async findDoubtful(graceFrom, limit) {
      const rows = await database.read({ sql: DOUBTFUL, args: [graceFrom, graceFrom, limit] })
      return rows.map((row) => String(row.customer_id))
    },
    keep: (one) => ({
      sql: KEEP,
      args: COLUMNS.map((name) => (name === 'prices' ? JSON.stringify(one.prices) : one[name])),
    }),
    remove: (id) => ({ sql: 'DELETE FROM subscriptions WHERE id = ?', args: [id] }),
    linkCustomer: (userId, customerId) => ({ sql: LINK, args: [customerId, userId], expectRows: 1 }),
  }
}

function toOwner(row: Row): { user: User; revision: number } {
  const { revision, ...user } = row
  return { user: user as unknown as User, revision: Number(revision) } // the columns of a User
}

function toSubscription(row: Row): MirroredSubscription {
  // The columns are those of a mirrored subscription; prices is JSON written by keep().
  return { ...(row as unknown as MirroredSubscription), prices: JSON.parse(String(row.prices)) }
}
