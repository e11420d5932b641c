import { AppError } from '../domain/errors.ts'
import type { SqlValue } from '../domain/ports.ts'

/**
 * The arguments as the drivers need them. Whole numbers become bigints, because both drivers would bind a
 * JavaScript number as a REAL. Everything that is not a value of SQL is refused here: the local driver
 * ends the whole process on a boolean, takes `undefined` as NULL, and cuts text at a NUL.
 */
export function toDriverArguments(args: readonly SqlValue[], count: number, sql: string): DriverValue[] {
  if (args.length !== count) {
    throw new TypeError(`${args.length} arguments for a statement that takes ${count}: ${sql}`)
  }
  const values: DriverValue[] = []
  for (const arg of args) values.push(arg === null ? arg : toDriverValue(arg))
  return values
}

export type DriverValue = string | number | bigint | null | Uint8Array

function toDriverValue(arg: unknown): DriverValue {
  if (typeof arg === 'string') {
    if (!arg.includes('\0')) return arg
    throw new AppError('invalid', 'Text with a NUL character cannot be stored. Remove it and try again.')
  }
  if (typeof arg === 'number' && Number.isFinite(arg)) return Number.isSafeInteger(arg) ? BigInt(arg) : arg
  if (arg instanceof Uint8Array) return arg
  throw new TypeError(`a database cell cannot hold ${typeof arg === 'number' ? arg : typeof arg}`)
}
