import type { App } from '../domain/app.ts'
import { type DeviceGrant, hashUserCode, readUserCode } from '../domain/device-grants.ts'
import { AppError } from '../domain/errors.ts'
import { type Count, placeOf } from '../domain/limits.ts'
import { unknownOutcome } from '../domain/refusals.ts'
import type { SignedIn } from '../domain/sessions.ts'

type Parts = Pick<App, 'devices' | 'limits' | 'database' | 'clock'>

/** A device that waits, as the person is shown it before deciding. */
export interface WaitingDevice {
  readonly user_code: string
  readonly client_id: string
  readonly name: string
  readonly created_at: string
}

/**
 * The device that shows this code. Throws AppError `invalid` with field `user_code` when none does (any more), and
 * `too-often` for whoever guesses.
 */
export async function findWaitingDevice(
  app: Parts,
  userCode: string,
  from: { readonly address: string },
): Promise<WaitingDevice> {
  const user_code = readUserCode(userCode)
  if (user_code === undefined) throw refusal()
  const count: Count = { rule: 'wrong-code-place', subject: placeOf(from.address) }
  await app.limits.demand(count)
  const grant = await app.devices.findByUserCode(hashUserCode(user_code))
  if (grant === undefined || !isWaiting(grant, app.clock.now())) throw refusal()
  const paidBack = app.limits.giveBack(count)
  if (paidBack.length > 0) await app.database.write({ statements: paidBack })
  const { client_id, name, created_at } = grant
  return { user_code, client_id, name, created_at }
}

/** Lets the device in as `asker`, or turns it away. Throws AppError `invalid` when it is over or was decided before. */
export async function decideDevice(
  app: Parts,
  asker: SignedIn,
  userCode: string,
  decision: 'approved' | 'denied',
): Promise<void> {
  const user_code = readUserCode(userCode)
  if (user_code === undefined) throw refusal()
  const statement = app.devices.decide(hashUserCode(user_code), decision, asker.user.id, app.clock.now())
  const outcome = await app.database.write({ statements: [statement] })
  if (outcome.outcome === 'refused') throw refusal()
  if (outcome.outcome === 'unknown')
    throw unknownOutcome('Look at the device, or start again there.', outcome.cause)
}

function isWaiting({ state, expires_at }: DeviceGrant, now: number): boolean {
  return state === 'waiting' && expires_at > now
}

function refusal(): AppError {
  const message = 'No device is waiting with this code. Check it, or start again on the device.'
  return new AppError('invalid', message, { fields: [{ field: 'user_code', message }] })
}
