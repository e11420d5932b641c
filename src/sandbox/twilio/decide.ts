import { AppError } from '../../domain/errors.ts'
import { type Fields, textField } from './control-input.ts'
import type { AccountState, VerificationStatus } from './state.ts'
import { verificationJson } from './verifications.ts'
import type { World } from './world.ts'

export type Decision = 'advance' | 'account' | 'verification' | 'warnings'

const STATUSES: readonly VerificationStatus[] = [
  'PENDING_REVIEW',
  'IN_REVIEW',
  'TWILIO_APPROVED',
  'TWILIO_REJECTED',
]

/** What Twilio, or time, would decide: the sandbox's operator does. Throws AppError `invalid` and `not-found`. */
export function decide(world: World, what: Decision, fields: Fields): object {
  if (what === 'account') return decideAccount(world, fields)
  if (what === 'verification') return decideVerification(world, fields)
  if (what === 'warnings') {
    world.warnings.clear()
    return { warnings: [] }
  }
  world.advance(durationOf(fields))
  return { now: new Date(world.now()).toISOString() }
}

/** Changes what is given of `status` and `type`. */
export function decideAccount(world: World, fields: Fields): AccountState {
  const { status, type } = world.account()
  const after = {
    ...world.account(),
    status: oneOf('status', fields.status ?? status, ['active', 'suspended', 'closed']),
    type: oneOf('type', fields.type ?? type, ['Full', 'Trial']),
  }
  world.store.put('account', 'account', after)
  return after
}

/** `sid` of the verification, or `phone_number`; `status`; `reason` of a rejection. */
function decideVerification(world: World, fields: Fields): object {
  const wanted = textField(fields, 'sid' in fields ? 'sid' : 'phone_number')
  const found = world.store
    .list('verification')
    .find(({ sid, phone_number }) => sid === wanted || phone_number === wanted)
  if (found === undefined) throw new AppError('not-found', `There is no verification of ${wanted}.`)
  const status = oneOf('status', fields.status, STATUSES)
  const reason = String(fields.reason ?? 'The opt-in could not be verified')
  const after = { ...found, decision: { status, reason, at: world.now() }, updated_at: world.now() }
  world.store.put('verification', after.sid, after)
  return verificationJson(world, after, '')
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const FIVE_YEARS_MS = 5 * 366 * 86_400_000

/** `by: "31d"` (also w, h, m, s), or `ms`, as the Stripe sandbox takes it. */
function durationOf({ by, ms }: Fields): number {
  const [, count, unit = ''] = /^(\d{1,12})\s*(ms|[smhdw])$/.exec(String(by ?? '').trim()) ?? []
  const found = count === undefined ? Number(ms ?? Number.NaN) : Number(count) * (UNITS[unit] ?? Number.NaN)
  if (Number.isSafeInteger(found) && found >= 0 && found <= FIVE_YEARS_MS) return found
  throw new AppError('invalid', 'Say how far, such as 31d, 12h, 30m or 45s, and at most five years.')
}

function oneOf<const T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (found !== undefined) return found
  throw new AppError('invalid', `${name} must be one of ${allowed.join(', ')}.`)
}
