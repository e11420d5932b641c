import type { Operation } from './misbehaviour.ts'

/** One call of Twilio's API. Handlers compute at once, without a pause, so that each is all or nothing. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** A path of Hono's; `{account}` stands for the account's part. */
  readonly path: string
  readonly operation: Operation
  /** The parameters Twilio knows here. Others are ignored, as Twilio does, and end up among the warnings. */
  readonly parameters: readonly string[]
  handle(request: ApiRequest): ApiAnswer
}

export interface ApiRequest {
  /** Path and query as they came. */
  readonly target: string
  readonly path: string
  /** Where this server is, for answers with absolute links. */
  readonly origin: string
  readonly params: Params
  /** A part of the path, without `.json`. */
  segment(name: string): string
}

export interface ApiAnswer {
  readonly status: number
  /** Absent for 204. */
  readonly body?: unknown
}

/** What a query or a form said. */
export interface Params {
  /** The last of several. */
  get(name: string): string | undefined
  all(name: string): readonly string[]
  readonly names: readonly string[]
}

export function createParams(pairs: URLSearchParams): Params {
  return {
    get: (name) => pairs.getAll(name).at(-1),
    all: (name) => pairs.getAll(name),
    names: [...new Set(pairs.keys())],
  }
}

/** Twilio reads `true` in any case, and everything else as false. */
export function flagOf(text: string): boolean {
  return text.toLowerCase() === 'true'
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** `Mon, 23 Nov 2026 15:21:19 +0000`: the times of the API of 2010. */
export function rfc2822(ms: number): string {
  const date = new Date(ms)
  const [, day, month, year, time] = date.toUTCString().split(' ')
  return `${WEEKDAYS[date.getUTCDay()]}, ${day} ${month} ${year} ${time} +0000`
}

/** `2026-11-23T15:21:19Z`: the times of the newer ones. */
export function iso8601(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
