import type { DeviceGrant, DeviceGrantQueries } from '../domain/device-grants.ts'
import type { Database, Row } from '../domain/ports.ts'

const FORGOTTEN_AT_ONCE = 500
const KEPT_AFTER_END_MS = 60 * 60 * 1000

const COLUMNS = [
  'device_code_hash',
  'user_code_hash',
  'client_id',
  'name',
  'address_hash',
  'state',
  'user_id',
  'interval_s',
  'polled_at',
  'created_at',
  'expires_at',
] as const satisfies readonly (keyof DeviceGrant)[]

const KEEP = `INSERT INTO device_grants (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`
const BY_DEVICE_CODE = `SELECT ${COLUMNS.join(', ')} FROM device_grants WHERE device_code_hash = ?`
const BY_USER_CODE = `SELECT ${COLUMNS.join(', ')} FROM device_grants WHERE user_code_hash = ?`

/** Devices that ask to be signed in. */
export function createDeviceGrantQueries(database: Database): DeviceGrantQueries {
  const find = async (sql: string, hash: string): Promise<DeviceGrant | undefined> => {
    const row: Row | undefined = await database.readFirst({ sql, args: [hash] })
    return row as unknown as DeviceGrant | undefined // the columns above, held by the table's own checks
  }
  return {
    keep: (grant) => ({ sql: KEEP, args: COLUMNS.map((name) => grant[name]) }),
    findByDeviceCode: (hash) => find(BY_DEVICE_CODE, hash),
    findByUserCode: (hash) => find(BY_USER_CODE, hash),
    poll: (grant, polled) => ({
      sql: `UPDATE device_grants SET polled_at = ?, interval_s = ?
        WHERE device_code_hash = ? AND polled_at IS ?`,
      args: [polled.at, polled.interval_s, grant.device_code_hash, grant.polled_at],
      expectRows: 1,
    }),
    decide: (userCodeHash, state, userId, now) => ({
      sql: `UPDATE device_grants SET state = ?, user_id = ?
        WHERE user_code_hash = ? AND state = 'waiting' AND expires_at > ?`,
      args: [state, userId, userCodeHash, now],
      expectRows: 1,
    }),
    use: (deviceCodeHash) => ({
      sql: `UPDATE device_grants SET state = 'used' WHERE device_code_hash = ? AND state = 'approved'`,
      args: [deviceCodeHash],
      expectRows: 1,
    }),
    forgetOld: (now) => ({
      // Kept for a while after the end, so that a device hears `expired_token` instead of `invalid_grant`.
      sql: `DELETE FROM device_grants WHERE device_code_hash IN (
          SELECT device_code_hash FROM device_grants WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
        RETURNING expires_at`,
      args: [now - KEPT_AFTER_END_MS, FORGOTTEN_AT_ONCE],
    }),
  }
}
