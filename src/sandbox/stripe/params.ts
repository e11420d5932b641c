import { malformed } from './errors.ts'
import type { Raw, RawObject } from './form.ts'

/** Reads one parameter. `undefined` when it may be left out and was. Throws ApiError as Stripe words it. */
export interface Field<T> {
  readonly read: (raw: Raw | undefined, name: string) => T
}

export type Shape = Readonly<Record<string, Field<unknown>>>
export type Read<S extends Shape> = { readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never }
type Present<T> = Exclude<T, undefined>

/** Reads all parameters of a request, and refuses every other one. */
export function readParams<S extends Shape>(shape: S, raw: RawObject, prefix = ''): Read<S> {
  const name = (key: string) => (prefix === '' ? key : `${prefix}[${key}]`)
  const unknown = Object.keys(raw).filter((key) => !Object.hasOwn(shape, key))
  if (unknown.length > 0) throw unknownParameters(unknown.map(name))
  const entries = Object.entries(shape).map(([key, field]) => [key, field.read(raw[key], name(key))])
  return Object.fromEntries(entries) as Read<S> // each field was read by the reader of its own key
}

function unknownParameters(names: readonly string[]): Error {
  const message = `Received unknown parameter${names.length > 1 ? 's' : ''}: ${names.join(', ')}`
  return malformed(message, { code: 'parameter_unknown', param: names[0] ?? '' })
}

export function required<T>(field: Field<T>): Field<Present<T>> {
  return {
    read(raw, name) {
      const value = field.read(raw, name)
      if (value !== undefined) return value as Present<T>
      throw malformed(`Missing required param: ${name}.`, { code: 'parameter_missing', param: name })
    },
  }
}

/** Text that is not empty, of at most `max` characters. */
export function text(max = 5000): Field<string | undefined> {
  return given((raw, name) => {
    const value = plain(raw, name, 'string')
    if (value === '') throw empty(name)
    if (value.length <= max) return value
    const message = `Invalid string: ${value.slice(0, 7)}...${value.slice(-7)}; must be at most ${max} characters`
    throw malformed(message, { param: name })
  })
}

/** As `field`, or an empty text, which unsets: null. */
export function clearable<T>(field: Field<T>): Field<T | null> {
  return { read: (raw, name) => (raw === '' ? null : field.read(raw, name)) }
}

export function integer(
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): Field<number | undefined> {
  return given((raw, name) => {
    const value = plain(raw, name, 'integer')
    const code = 'parameter_invalid_integer'
    if (!/^-?\d{1,15}$/.test(value)) throw malformed(`Invalid integer: ${value}`, { code, param: name })
    const number = Number(value)
    if (number < min)
      throw malformed(`This value must be greater than or equal to ${min}.`, { code, param: name })
    if (number <= max) return number
    const message = `This value must be less than or equal to ${max} (it currently is '${value}').`
    throw malformed(message, { code, param: name })
  })
}

export function flag(): Field<boolean | undefined> {
  return given((raw, name) => {
    const value = plain(raw, name, 'boolean')
    if (value === 'true' || value === 'false') return value === 'true'
    throw malformed(`Invalid boolean: ${value}`, { param: name })
  })
}

export function oneOf<const T extends string>(...values: readonly T[]): Field<T | undefined> {
  return given((raw, name) => {
    const value = plain(raw, name, 'string')
    const found = values.find((known) => known === value)
    if (found !== undefined) return found
    const listed = values.length === 1 ? values[0] : `${values.slice(0, -1).join(', ')}, or ${values.at(-1)}`
    throw malformed(`Invalid ${name}: must be ${values.length === 1 ? '' : 'one of '}${listed}`, {
      param: name,
    })
  })
}

/** A number with up to twelve decimals, as text. */
export function decimal(): Field<string | undefined> {
  return given((raw, name) => {
    const value = plain(raw, name, 'decimal')
    if (/^\d{1,14}(\.\d{1,12})?$/.test(value)) return value
    throw malformed(`Invalid decimal: ${value}; must be a number with at most 12 decimal places`, {
      param: name,
    })
  })
}

export function object<S extends Shape>(shape: S): Field<Read<S> | undefined> {
  return given((raw, name) => {
    if (isObject(raw)) return readParams(shape, raw, name)
    throw malformed('Invalid object', { param: name })
  })
}

/** Entries written `a[]=…` or `a[0]=…`, in the order of their numbers. */
export function list<T>(field: Field<T>, max = 100): Field<readonly Present<T>[] | undefined> {
  return given((raw, name) => {
    const entries = entriesOf(raw, name)
    if (entries.length > max) throw malformed(`Array must have at most ${max} entries`, { param: name })
    return entries.map((entry, index) => required(field).read(entry, `${name}[${index}]`))
  })
}

function entriesOf(raw: Raw, name: string): readonly Raw[] {
  if (Array.isArray(raw)) return raw
  if (raw === '') return []
  const numbered = isObject(raw) ? Object.entries(raw) : []
  if (numbered.length === 0 || numbered.some(([key]) => !/^\d{1,4}$/.test(key))) {
    throw malformed('Invalid array', { param: name })
  }
  return numbered.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value)
}

export type Metadata = Readonly<Record<string, string>>

/** Keys and values as text; an empty value unsets its key, an empty text all of them: null. */
export function metadata(): Field<Metadata | null | undefined> {
  return clearable(
    given((raw, name) => {
      if (!isObject(raw)) throw malformed('Invalid object', { param: name })
      const entries = Object.entries(raw).map(([key, value]) => {
        const param = `${name}[${key}]`
        const message = `Metadata keys can be up to 40 characters and values up to 500 characters long: ${key}`
        const written = plain(value, param, 'string')
        if (key.length > 40 || written.length > 500) throw malformed(message, { param })
        return [key, written] as const
      })
      return Object.fromEntries(entries)
    }),
  )
}

export interface Range {
  readonly gt?: number | undefined
  readonly gte?: number | undefined
  readonly lt?: number | undefined
  readonly lte?: number | undefined
}

/** A moment, or a range of them. */
export function range(): Field<Range | undefined> {
  const bounds = object({ gt: integer(), gte: integer(), lt: integer(), lte: integer() })
  const exact = integer()
  return given((raw, name) => {
    if (isObject(raw)) return bounds.read(raw, name)
    const at = exact.read(raw, name)
    return { gte: at, lte: at }
  })
}

/** The rule for values that are there. */
export function given<T>(read: (raw: Raw, name: string) => T): Field<T | undefined> {
  return { read: (raw, name) => (raw === undefined ? undefined : read(raw, name)) }
}

export function isObject(raw: Raw): raw is RawObject {
  return typeof raw === 'object' && !Array.isArray(raw)
}

function plain(raw: Raw, name: string, kind: string): string {
  if (typeof raw === 'string') return raw
  throw malformed(`Invalid ${kind}: ${JSON.stringify(raw)}`, { param: name })
}

function empty(name: string): Error {
  const message = `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`
  return malformed(message, { code: 'parameter_invalid_empty', param: name })
}
