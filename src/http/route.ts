import type { z } from 'zod'
import type { Client } from './client-address.ts'
import type { ProblemCode } from './problems.ts'

/**
 * Who may use a route. `gates.ts` enforces it for every route in one place, and a new word here does not
 * compile before it has a gate there.
 */
export type Who =
  | 'anyone'
  /** Another service of ours, with the service token. */
  | 'service'
  /** Whoever runs the machine: a process on this host, or the service token. */
  | 'operations'

/** How a route speaks: `api` answers problems as JSON, `page` as HTML; `asset` is an unchanging file. */
export type Kind = 'api' | 'page' | 'asset'

/** One request, parsed. Handlers trust what is in it. */
export interface Ask<Body = unknown, Query = unknown, Headers = unknown> {
  /** Names this request in every log line and in the answer's `X-Request-Id`. */
  readonly id: string
  readonly request: Request
  readonly client: Client
  readonly params: Readonly<Record<string, string>>
  readonly body: Body
  readonly query: Query
  /** The declared headers, by lower-case name. */
  readonly headers: Headers
}

/** An answer, before the headers that every answer carries. */
export interface Reply {
  readonly status: number
  /** The content type. */
  readonly type: string
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream | null
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly description: string
  /** The content type; `application/json` unless told. */
  readonly type?: string
  /** Of a JSON answer. */
  readonly schema?: z.ZodType
}

export interface BodyRule<Schema extends z.ZodType> {
  /** `form` is what a page posts; everything else is JSON. */
  readonly type: 'json' | 'form'
  readonly schema: Schema
  /** 64 KiB unless told. */
  readonly bytesMax?: number
}

/** A route as written. The same entry makes the running route and its part of `openapi.json`. */
export interface RouteDefinition<
  Body extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Headers extends z.ZodObject = z.ZodObject,
> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** With parameters as `:name`. */
  readonly path: string
  /** The operation's name in `openapi.json`. */
  readonly name: string
  readonly who: Who
  readonly kind: Kind
  readonly summary: string
  readonly body?: BodyRule<Body>
  /** Strict on `api` routes: an unknown parameter is refused. */
  readonly query?: Query
  readonly headers?: Headers
  readonly answers: Readonly<Record<number, Answer>>
  /** Refusals of this route beyond those that any route may answer. */
  readonly problems?: readonly ProblemCode[]
  handle(ask: Ask<z.output<Body>, z.output<Query>, z.output<Headers>>): Reply | Promise<Reply>
}

/** A route in the table, whatever its schemas. */
export type Route = RouteDefinition

/** Checks a route against its own schemas and hands it to the table. */
export function route<
  Body extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Headers extends z.ZodObject = z.ZodObject,
>(definition: RouteDefinition<Body, Query, Headers>): Route {
  return definition
}

export const JSON_TYPE = 'application/json'
export const HTML_TYPE = 'text/html; charset=utf-8'

export function json(status: number, value: unknown, headers?: Readonly<Record<string, string>>): Reply {
  return reply(status, JSON_TYPE, JSON.stringify(value), headers)
}

export function page(status: number, markup: string, headers?: Readonly<Record<string, string>>): Reply {
  return reply(status, HTML_TYPE, markup, headers)
}

export function reply(
  status: number,
  type: string,
  body: Reply['body'],
  headers?: Readonly<Record<string, string>>,
): Reply {
  return headers === undefined ? { status, type, body } : { status, type, body, headers }
}
