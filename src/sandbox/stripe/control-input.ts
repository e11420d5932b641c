import { AppError } from '../../domain/errors.ts'
import type { Fields } from './guard.ts'
import type { Settings } from './records.ts'
import type { MisbehaveOptions } from './sandbox.ts'

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const FIVE_YEARS_MS = 5 * 366 * 86_400_000

/** `by: "31d"` (also w, h, m, s), or `ms`. Throws AppError `invalid`. */
export function readDuration({ by, ms }: Fields): number {
  const [, count, unit = ''] = /^(\d{1,12})\s*(ms|[smhdw])$/.exec(String(by ?? '').trim()) ?? []
  const found = count === undefined ? Number(ms ?? Number.NaN) : Number(count) * (UNITS[unit] ?? Number.NaN)
  if (Number.isSafeInteger(found) && found >= 0 && found <= FIVE_YEARS_MS) return found
  throw new AppError('invalid', 'Say how far, such as 31d, 12h, 30m or 45s, and at most five years.')
}

const MISBEHAVIOURS = [
  'duplicates',
  'order',
  'seed',
  'sameSecond',
  'delayMs',
  'dropEvents',
  'lostAnswers',
  'fail',
  'fail_status',
  'fail_count',
  'fail_forMs',
]

/** What a program or the page's form asks for. Empty fields ask for nothing. Throws AppError `invalid`. */
export function readMisbehaviour(fields: Fields): MisbehaveOptions {
  const asked = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== '' && value != null),
  )
  const unknown = Object.keys(asked).find((name) => !MISBEHAVIOURS.includes(name))
  if (unknown !== undefined) {
    throw new AppError(
      'invalid',
      `There is no misbehaviour ${unknown}: choose from ${MISBEHAVIOURS.slice(0, 8).join(', ')}.`,
    )
  }
  const { order } = asked
  if (order !== undefined && order !== 'random' && order !== 'created') {
    throw new AppError('invalid', 'order must be random or created.')
  }
  return {
    ...count(asked, 'duplicates', 50),
    ...(order === undefined ? {} : { order }),
    ...count(asked, 'seed', 4_294_967_295),
    ...(isOn(asked.sameSecond) ? { sameSecond: true } : {}),
    ...count(asked, 'delayMs', FIVE_YEARS_MS),
    ...count(asked, 'dropEvents', 1_000_000),
    ...count(asked, 'lostAnswers', 1_000_000),
    ...readFailure(asked),
  }
}

function readFailure(asked: Fields): Pick<MisbehaveOptions, 'fail'> {
  const { fail } = asked
  const nested = typeof fail === 'object' && fail !== null ? (fail as Fields) : undefined // an object of JSON
  const given = nested ?? {
    ...('fail_status' in asked ? { status: asked.fail_status } : {}),
    ...('fail_count' in asked ? { count: asked.fail_count } : {}),
    ...('fail_forMs' in asked ? { forMs: asked.fail_forMs } : {}),
  }
  if (fail !== undefined && nested === undefined)
    throw new AppError('invalid', 'fail must be an object with a status.')
  if (Object.keys(given).length === 0) return {}
  const { status } = count(given, 'status', 599)
  if (status === undefined || (status !== 429 && status < 500)) {
    throw new AppError('invalid', 'The status of a failure must be 429 or from 500 to 599.')
  }
  return { fail: { status, ...count(given, 'count', 1_000_000), ...count(given, 'forMs', FIVE_YEARS_MS) } }
}

function count<K extends string>(fields: Fields, name: K, max: number): { [P in K]?: number } {
  const value = fields[name]
  if (value === undefined) return {}
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 0 || number > max) {
    throw new AppError('invalid', `${name} must be a whole number from 0 to ${max}.`)
  }
  return { [name]: number } as { [P in K]?: number } // the one key that was asked for
}

function isOn(value: unknown): boolean {
  return value === true || value === 'true' || value === 'on'
}

/** Settings as they will be. `retryDays` is a list, or text such as `3, 5, 7`. Throws AppError `invalid`. */
export function readSettings(before: Settings, fields: Fields): Settings {
  const known = ['retryDays', 'afterRetries', 'draftMinutes', 'upcomingDays']
  const unknown = Object.keys(fields).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new AppError('invalid', `There is no setting ${unknown}: choose from ${known.join(', ')}.`)
  const { afterRetries = before.afterRetries, retryDays = before.retryDays } = fields
  if (afterRetries !== 'cancel' && afterRetries !== 'unpaid' && afterRetries !== 'past_due') {
    throw new AppError('invalid', 'afterRetries must be cancel, unpaid or past_due.')
  }
  const days = (Array.isArray(retryDays) ? retryDays : String(retryDays).split(','))
    .filter((day) => String(day).trim() !== '')
    .map((day) => count({ retryDays: Number(day) }, 'retryDays', 60).retryDays ?? 0)
  return {
    ...before,
    afterRetries,
    retryDays: days,
    ...count(fields, 'draftMinutes', 72 * 60),
    ...count(fields, 'upcomingDays', 60),
  }
}
