import { malformed, missing } from './errors.ts'
import { expand } from './expand.ts'
import {
  type Field,
  given,
  integer,
  isObject,
  list,
  type Range,
  type Read,
  required,
  type Shape,
  text,
} from './params.ts'
import type { Sandbox } from './sandbox.ts'

export type Method = 'GET' | 'POST' | 'DELETE'

/** One address of the API: what it takes and what it does. */
export interface Endpoint {
  readonly method: Method
  /** With `:id` for the parts that vary. */
  readonly path: string
  readonly shape: Shape
  run(sandbox: Sandbox, params: Readonly<Record<string, unknown>>, path: PathIds): unknown
}

export interface PathIds {
  readonly id: string
}

const expandable = { expand: list(required(text())) }

/** An address whose answer may be expanded. `run` sees its parameters as `shape` reads them. */
export function endpoint<S extends Shape>(
  method: Method,
  path: string,
  shape: S,
  run: (sandbox: Sandbox, params: Read<S>, path: PathIds) => unknown,
): Endpoint {
  const all = { ...shape, ...expandable }
  return {
    method,
    path,
    shape: all,
    run(sandbox, params, ids) {
      const read = params as Read<S> & Read<typeof expandable> // read with this very shape
      return expand(sandbox, run(sandbox, read, ids), read.expand ?? [])
    },
  }
}

const paging = {
  limit: integer(1, 100),
  starting_after: text(),
  ending_before: text(),
}

interface Listed {
  readonly id: string
}

/** A list, newest first, page by page. `find` gives everything that fits, oldest first. */
export function listing<S extends Shape, T extends Listed>(
  path: string,
  what: string,
  shape: S,
  find: (sandbox: Sandbox, params: Read<S>, path: PathIds) => readonly T[],
): Endpoint {
  const all = { ...shape, ...paging, ...expandable }
  return {
    method: 'GET',
    path,
    shape: all,
    run(sandbox, params, ids) {
      const read = params as Read<S> & Read<typeof paging> & Read<typeof expandable> // read with this very shape
      const found = find(sandbox, read, ids).toReversed()
      const page = pageOf(found, what, read)
      const url = path.replace(':id', ids.id)
      return expand(sandbox, { object: 'list', ...page, url }, read.expand ?? [])
    },
  }
}

function pageOf<T extends Listed>(
  found: readonly T[],
  what: string,
  { limit = 10, starting_after, ending_before }: Read<typeof paging>,
): { readonly data: readonly T[]; readonly has_more: boolean } {
  if (starting_after !== undefined && ending_before !== undefined) {
    throw malformed('You cannot specify both starting_after and ending_before.')
  }
  if (ending_before !== undefined) {
    const end = placeOf(found, what, ending_before, 'ending_before')
    const start = Math.max(0, end - limit)
    return { data: found.slice(start, end), has_more: start > 0 }
  }
  const start = starting_after === undefined ? 0 : placeOf(found, what, starting_after, 'starting_after') + 1
  return { data: found.slice(start, start + limit), has_more: found.length > start + limit }
}

function placeOf(found: readonly Listed[], what: string, id: string, param: string): number {
  const place = found.findIndex((one) => one.id === id)
  if (place === -1) throw missing(what, id, param)
  return place
}

/** Whether a moment lies in a range; everything lies in none. */
export function within(at: number, range: Range | undefined): boolean {
  if (range === undefined) return true
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = range
  return at > gt && at >= gte && at < lt && at <= lte
}

/** Only what has the value that was asked for; everything when none was. */
export function matches<T>(value: T, asked: T | undefined): boolean {
  return asked === undefined || value === asked
}

/** An object of free text keys, such as the payload of a meter event. */
export function textMap(): Field<Readonly<Record<string, string>> | undefined> {
  return given((raw, name) => {
    if (!isObject(raw)) throw malformed('Invalid object', { param: name })
    const entries = Object.entries(raw).map(([key, value]) => [
      key,
      required(text()).read(value, `${name}[${key}]`),
    ])
    return Object.fromEntries(entries) as Record<string, string> // each value was read as text
  })
}
