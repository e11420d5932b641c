import type { HonoRequest } from 'hono'
import { AppError } from '../../domain/errors.ts'
import { numberJson } from './number-json.ts'
import { verificationJson } from './verifications.ts'
import type { World } from './world.ts'

export type Fields = Readonly<Record<string, unknown>>

/** The fields of a JSON object or a form. Throws AppError `invalid`. */
export async function readFields(request: HonoRequest): Promise<Fields> {
  const text = await request.text()
  if (!/^application\/json\b/i.test(request.header('content-type') ?? ''))
    return Object.fromEntries(new URLSearchParams(text))
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields // just looked
  } catch (cause) {
    throw new AppError('invalid', 'The body is no JSON.', { cause })
  }
  throw new AppError('invalid', 'The body must be a JSON object.')
}

/** Throws AppError `invalid` when it is absent. */
export function textField(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value === 'string') return value.trim()
  throw new AppError('invalid', `Give ${name}.`, { fields: [{ field: name, message: 'is missing' }] })
}

/** All there is, for programs and for the curious. */
export function wholeState(world: World): Record<string, unknown> {
  return {
    now: new Date(world.now()).toISOString(),
    account: { sid: world.accountSid, ...world.account() },
    numbers: world.store.list('number').map((number) => numberJson(number, world.accountSid)),
    released: world.store.list('released').map(({ number, released_at }) => ({
      sid: number.sid,
      phone_number: number.phone_number,
      friendly_name: number.friendly_name,
      released_at: new Date(released_at).toISOString(),
    })),
    stolen: world.store.ids('stolen'),
    verifications: world.store.list('verification').map((one) => verificationJson(world, one, '')),
    opt_outs: world.store.ids('opt_out'),
    faults: world.faults.list(),
    warnings: world.warnings.list(),
  }
}
