import type { App } from '../domain/app.ts'
import {
  answerPoll,
  type DeviceGrant,
  hashDeviceCode,
  SLOW_DOWN_S,
  type TokenError,
} from '../domain/device-grants.ts'
import { placeOf } from '../domain/limits.ts'
import { unknownOutcome } from '../domain/refusals.ts'
import { createSession, type KeptSession } from '../domain/sessions.ts'

export type DevicePoll =
  | { readonly kind: 'signed-in'; readonly token: string; readonly session: KeptSession }
  | { readonly kind: 'refused'; readonly error: TokenError }

type Parts = Pick<App, 'devices' | 'sessions' | 'limits' | 'database' | 'ids' | 'clock'>

/**
 * A waiting device asks whether it was let in. Answers the errors of RFC 8628, 3.5 or, once, a token.
 * Throws AppError `too-often`, `unavailable`, `unknown-outcome`.
 */
export async function pollDevice(
  app: Parts,
  input: { readonly deviceCode: string; readonly clientId: string },
  from: { readonly address: string },
): Promise<DevicePoll> {
  await app.limits.demand({ rule: 'device-poll-place', subject: placeOf(from.address) })
  const now = app.clock.now()
  const found = await app.devices.findByDeviceCode(hashDeviceCode(input.deviceCode))
  const grant = found?.client_id === input.clientId ? found : undefined
  const poll = answerPoll(grant, now)
  if (grant === undefined || poll.kind === 'refuse')
    return { kind: 'refused', error: poll.kind === 'refuse' ? poll.error : 'invalid_grant' }
  if (poll.kind === 'hand-over') return handOver(app, grant, poll.user_id, now)
  return notePoll(app, grant, { at: now, interval_s: poll.interval_s }, poll.error)
}

async function notePoll(
  app: Parts,
  grant: DeviceGrant,
  polled: { readonly at: number; readonly interval_s: number },
  error: TokenError,
): Promise<DevicePoll> {
  const outcome = await app.database.write({ statements: [app.devices.poll(grant, polled)] })
  if (outcome.outcome !== 'refused') return { kind: 'refused', error }
  // Two questions in the same moment: whoever asks like that does not wait.
  const current = await app.devices.findByDeviceCode(grant.device_code_hash)
  if (current !== undefined)
    await app.database.write({
      statements: [
        app.devices.poll(current, { at: polled.at, interval_s: current.interval_s + SLOW_DOWN_S }),
      ],
    })
  return { kind: 'refused', error: 'slow_down' }
}

async function handOver(app: Parts, grant: DeviceGrant, userId: string, now: number): Promise<DevicePoll> {
  const { token, session } = createSession(
    { user_id: userId, kind: 'device', name: grant.name, address_hash: grant.address_hash },
    app.ids,
    now,
  )
  const outcome = await app.database.write({
    statements: [app.devices.use(grant.device_code_hash), app.sessions.open(session)],
  })
  if (outcome.outcome === 'done') return { kind: 'signed-in', token, session }
  if (outcome.outcome === 'unknown') throw unknownOutcome('Start the sign-in again.', outcome.cause)
  return { kind: 'refused', error: 'invalid_grant' }
}
