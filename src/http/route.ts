import type { z } from 'zod'
import type { AdminRight } from '../domain/admins.ts'
import type { SignedIn } from '../domain/sessions.ts'
import type { Client } from './client-address.ts'
import type { ProblemCode } from './problems.ts'

/**
 * Who may use a route. `gates.ts` enforces it for every route in one place, and a new word here does not
 * compile before it has a gate there.
 */
export type Who =
  | 'anyone'
  /** Anybody, and the handler learns who it is when somebody is signed in. */
  | 'visitor'
  /** Whoever is signed in, by cookie or bearer token. */
  | 'user'
  /** The admin of config.toml, signed in, with the route's `right` if it names one. */
  | 'admin'
  /** Another service of ours, with the service token. */
  | 'service'
  /** A vendor that signs what it sends. The signature covers the body, so the handler checks it and answers 403. */
  | 'signed'
  /** Whoever runs the machine: a process on this host, or the service token. */
  | 'operations'

/**
 * How a route speaks: `api` answers problems as JSON, `page` as HTML, `oauth` in the errors of RFC 6749; `asset` is an
 * unchanging file.
 */
export type Kind = 'api' | 'page' | 'oauth' | 'asset'

/** Who asks, as far as a route of this kind can know. */
export type Asker<W extends Who> = W extends 'user' | 'admin'
  ? SignedIn
  : W extends 'visitor'
    ? SignedIn | undefined
    : undefined

/** One request, parsed. Handlers trust what is in it. */
export interface Ask<Body = unknown, Query = unknown, Headers = unknown, W extends Who = Who> {
  /** Names this request in every log line and in the answer's `X-Request-Id`. */
  readonly id: string
  readonly request: Request
  readonly client: Client
  /** The user, as they were when the request came, with their session. */
  readonly signedIn: Asker<W>
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
  /** The values of `Set-Cookie`, one for each. */
  readonly cookies?: readonly string[]
}

export interface Answer {
  readonly description: string
  /** The content type; `application/json` unless told. */
  readonly type?: string
  /** Of a JSON answer. */
  readonly schema?: z.ZodType
}

export interface BodyRule<Schema extends z.ZodType> {
  /** `form` is what a page posts; everything else is JSON. `raw` is JSON that the handler gets as it was sent. */
  readonly type: 'json' | 'form' | 'raw'
  readonly schema: Schema
  /** 64 KiB unless told. */
  readonly bytesMax?: number
}

/** A route as written. The same entry makes the running route and its part of `openapi.json`. */
export interface RouteDefinition<
  Body extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Headers extends z.ZodObject = z.ZodObject,
  W extends Who = Who,
> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** With parameters as `:name`. */
  readonly path: string
  /** The operation's name in `openapi.json`. */
  readonly name: string
  readonly who: W
  /** What `[admin]` of config.toml must grant, on routes for the admin. */
  readonly right?: AdminRight
  readonly kind: Kind
  readonly summary: string
  readonly body?: BodyRule<Body>
  /** Strict on `api` routes: an unknown parameter is refused. */
  readonly query?: Query
  readonly headers?: Headers
  readonly answers: Readonly<Record<number, Answer>>
  /** Refusals of this route beyond those that any route may answer. */
  readonly problems?: readonly ProblemCode[]
  handle(ask: Ask<z.output<Body>, z.output<Query>, z.output<Headers>, W>): Reply | Promise<Reply>
}

/** A route in the table, whatever its schemas. */
export type Route = RouteDefinition

/** Checks a route against its own schemas and hands it to the table. */
export function route<
  Body extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Headers extends z.ZodObject = z.ZodObject,
  W extends Who = Who,
>(definition: RouteDefinition<Body, Query, Headers, W>): Route {
  return definition
}

export const JSON_TYPE = 'application/json'
const HTML_TYPE = 'text/html; charset=utf-8'

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

export function withCookies(answer: Reply, ...cookies: readonly string[]): Reply {
  return { ...answer, cookies: [...(answer.cookies ?? []), ...cookies] }
}

/** Sends a browser on, with GET whatever it came with. */
export function redirect(path: string): Reply {
  return reply(303, HTML_TYPE, null, { Location: path })
}

/** Done, and there is nothing to say. */
export function noContent(): Reply {
  return reply(204, JSON_TYPE, null)
}
