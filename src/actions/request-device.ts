import type { App } from '../domain/app.ts'
import {
  createUserCode,
  GRANT_MINUTES,
  hashDeviceCode,
  hashUserCode,
  isClientId,
  POLL_INTERVAL_S,
} from '../domain/device-grants.ts'
import { AppError } from '../domain/errors.ts'
import { hashPlace, placeOf } from '../domain/limits.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import { parseSessionName } from '../domain/sessions.ts'
import { formatTimestamp } from '../domain/times.ts'

/** What RFC 8628, 3.2 answers, less the addresses, which only the door knows. */
export interface DeviceRequest {
  readonly device_code: string
  readonly user_code: string
  readonly expires_in: number
  readonly interval: number
}

type Parts = Pick<App, 'devices' | 'limits' | 'database' | 'ids' | 'clock'>

/** Eight letters have 25 thousand million values; two devices at once hardly ever meet. */
const USER_CODES_MAX = 5

/**
 * A device asks to be signed in. `clientId` is what its program calls itself, `name` what its owner recognises it by.
 * Throws AppError `invalid`, `too-often`, `unavailable`, `unknown-outcome`.
 */
export async function requestDevice(
  app: Parts,
  input: { readonly clientId: string; readonly name?: string | undefined },
  from: { readonly address: string },
): Promise<DeviceRequest> {
  if (!isClientId(input.clientId))
    throw new AppError('invalid', 'client_id must be 1 to 64 letters, digits or any of . _ : / -', {
      fields: [{ field: 'client_id', message: 'must be 1 to 64 letters, digits or any of . _ : / -' }],
    })
  await app.limits.demand({ rule: 'device-place', subject: placeOf(from.address) })
  const now = app.clock.now()
  const device_code = app.ids.token(32)
  for (let attempt = 1; attempt <= USER_CODES_MAX; attempt += 1) {
    const user_code = createUserCode(app.ids)
    const outcome = await app.database.write({
      statements: [
        app.devices.keep({
          device_code_hash: hashDeviceCode(device_code),
          user_code_hash: hashUserCode(user_code),
          client_id: input.clientId,
          name: parseSessionName(input.name, input.clientId),
          address_hash: hashPlace(from.address),
          state: 'waiting',
          user_id: null,
          interval_s: POLL_INTERVAL_S,
          polled_at: null,
          created_at: formatTimestamp(now),
          expires_at: now + GRANT_MINUTES * 60_000,
        }),
      ],
    })
    if (outcome.outcome === 'done')
      return { device_code, user_code, expires_in: GRANT_MINUTES * 60, interval: POLL_INTERVAL_S }
    if (outcome.outcome === 'unknown') throw unknownOutcome('Start again.', outcome.cause)
    if (outcome.refusal.kind !== 'unique') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  }
  throw new AppError('unavailable', 'No free code was found. Try again in a moment.')
}
