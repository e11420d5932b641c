import type { App } from '../domain/app.ts'
import { errorPage } from '../web/error-page.ts'
import type { Asset, AssetName } from './assets.ts'
import { readBody, readHeaders, readQuery } from './body.ts'
import { type Client, createFindClient } from './client-address.ts'
import { createGates } from './gates.ts'
import type { Metrics } from './metrics.ts'
import { oauthReply } from './oauth.ts'
import { problemReply, type Refused, RequestFault, refusalOf } from './problems.ts'
import { givenRequestId } from './request-id.ts'
import { signInPathFor } from './return-path.ts'
import { page, type Reply, type Route, redirect } from './route.ts'
import { createSecurityHeaders } from './security-headers.ts'

/** What the server knows of a request beyond `Request`: the socket it came through. */
export interface HttpEnv {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } }
}

/** Takes one request through one route: gate, parsing, handler, answer, log line, metrics. */
export type Exchange = (
  route: Route,
  request: Request,
  env: HttpEnv,
  params: Readonly<Record<string, string>>,
) => Promise<Response>

const urlLengthMax = 4096

/** One function for all routes: a chain of middleware would cost sign-up a third of its speed. */
export function createExchange(
  app: App,
  metrics: Metrics,
  assets: ReadonlyMap<AssetName, Asset>,
  serviceToken: string | undefined,
): Exchange {
  const findClient = createFindClient(app.config.server.trusted_proxies)
  const gates = createGates(app, serviceToken)
  const securityHeaders = createSecurityHeaders(app.config)

  return async (route, request, env, params) => {
    const startedAt = performance.now()
    const id = givenRequestId(request.headers) ?? app.ids.uuid()
    const client = findClient(env.incoming?.socket.remoteAddress, request.headers)
    let reply: Reply
    try {
      if (request.url.length > urlLengthMax)
        throw new RequestFault('address-too-long', `Send an address of at most ${urlLengthMax} characters.`)
      const passed = gates[route.who](request, client, route)
      reply = await route.handle({
        id,
        request,
        client,
        signedIn: passed === undefined ? undefined : await passed,
        params,
        query: readQuery(request.url, route.query, route.kind === 'api'),
        headers: route.headers === undefined ? {} : readHeaders(request.headers, route.headers),
        body: route.body === undefined ? undefined : await readBody(request, route.body),
      })
    } catch (error) {
      const refused = refusalOf(error, id)
      record(app, error, refused, id, route)
      reply = refusedReply(refused, route, request, id, assets)
    }
    const ms = performance.now() - startedAt
    metrics.observe(route.method, route.path, reply.status, ms / 1000)
    logRequest(app, route, request, client, reply.status, ms, id)
    return respond(reply, securityHeaders[route.kind], id)
  }
}

function respond(reply: Reply, always: Readonly<Record<string, string>>, id: string): Response {
  const headers: Record<string, string> = {
    ...always,
    'Content-Type': reply.type,
    'X-Request-Id': id,
    ...reply.headers,
  }
  // The first cookie goes with the plain headers: a `Headers` object costs sign-up, which sets one, a tenth of its speed.
  const [first, ...more] = reply.cookies ?? []
  if (first !== undefined) headers['Set-Cookie'] = first
  const response = new Response(reply.body, { status: reply.status, headers })
  for (const cookie of more) response.headers.append('Set-Cookie', cookie)
  return response
}

function refusedReply(
  refused: Refused,
  route: Route,
  request: Request,
  id: string,
  assets: ReadonlyMap<AssetName, Asset>,
): Reply {
  if (route.kind === 'oauth') return oauthReply(refused)
  if (route.kind !== 'page') return problemReply(refused)
  const isForSignedIn = route.who === 'user' || route.who === 'admin'
  if (isForSignedIn && refused.code === 'unauthenticated') return redirect(signInPathFor(request))
  return errorReply(refused, id, assets)
}

function errorReply(refused: Refused, id: string, assets: ReadonlyMap<AssetName, Asset>): Reply {
  const { status, title, detail } = refused.problem
  return page(status, errorPage({ status, title, detail, reference: id }, assets), refused.headers)
}

/** Bugs and wrong set-ups whole, outages with their cause. What a sender did wrong shows in the request's line. */
function record(app: App, error: unknown, refused: Refused, id: string, route: Route): void {
  const { status } = refused.problem
  if (status < 500) return
  const fields = { request_id: id, route: route.path, code: refused.code, err: error }
  if (status === 503) app.log.warn(fields, 'could not be answered now')
  else app.log.error(fields, refused.code === 'bug' ? 'a bug' : 'not set up correctly')
}

function logRequest(
  app: App,
  route: Route,
  request: Request,
  client: Client,
  status: number,
  ms: number,
  id: string,
): void {
  app.log.info(
    {
      request_id: id,
      method: request.method,
      // The pattern: the path as sent may hold what belongs to somebody.
      route: route.path,
      status,
      ms: Math.round(ms * 100) / 100,
      ip: client.ip,
    },
    'request',
  )
}
