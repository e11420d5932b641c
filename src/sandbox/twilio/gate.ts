import { setTimeout as wait } from 'node:timers/promises'
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { type ApiAnswer, type ApiRequest, type ApiRoute, createParams, type Params } from './api.ts'
import { notFound, TwilioError } from './errors.ts'
import type { World } from './world.ts'

type Env = { Bindings: HttpBindings }

/**
 * Twilio's API: who may, what goes wrong on purpose, then the route. A handler's effect is on the disk before its
 * answer leaves.
 */
export function createApi(world: World, routes: readonly ApiRoute[]): Hono<Env> {
  const api = new Hono<Env>()
  let underWay = 0
  for (const route of routes)
    api.on(route.method, route.path, async (context) => {
      underWay++
      try {
        const answer = await answerCall(world, route, context)
        answer.headers.set('Twilio-Request-Id', world.sid('RQ'))
        answer.headers.set('Twilio-Concurrent-Requests', String(underWay))
        return answer
      } finally {
        underWay--
      }
    })
  api.onError((error) => {
    world.log.error({ error }, 'The Twilio sandbox failed.')
    return refusal(new TwilioError(20500))
  })
  // What Twilio can do and this sandbox cannot must not pass for a thing Twilio does not know.
  api.all('*', (context) => {
    const { method, path } = context.req
    world.warnings.add(`${method} ${path}`, 'This sandbox does not know this call.')
    const knows = routes.some((route) =>
      new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(path),
    )
    return refusal(knows ? new TwilioError(20004) : notFound(path))
  })
  return api
}

async function answerCall(world: World, route: ApiRoute, context: Context<Env>): Promise<Response> {
  const form = await context.req.text()
  try {
    authenticate(world, context)
    const { faults } = world
    const { operation } = route
    if (faults.take('wrongAuth', operation) !== undefined) throw new TwilioError(20003)
    if (faults.take('rateLimit', operation) !== undefined) throw new TwilioError(20429)
    const broken = faults.take('serverErrors', operation)
    if (broken?.effect === 'none') return serverError(broken.status)
    const lost = faults.take('lostAnswers', operation)
    if (lost?.effect === 'none') return cutOff(context)
    const slow = faults.take('slow', operation)
    if (slow?.effect === 'late') await pause(world, slow.ms)
    const answer = await perform(world, route, context, form)
    if (slow?.effect === 'first') await pause(world, slow.ms)
    if (broken !== undefined) return serverError(broken.status)
    return lost === undefined ? answer : cutOff(context)
  } catch (error) {
    if (error instanceof TwilioError) return refusal(error)
    throw error
  }
}

/** The effect, and a moment when it is safe to speak of it. */
async function perform(
  world: World,
  route: ApiRoute,
  context: Context<Env>,
  form: string,
): Promise<Response> {
  const params = readParams(world, route, context, form)
  try {
    const answer = route.handle(requestOf(context, params))
    await world.store.saved()
    return respond(answer)
  } catch (error) {
    await world.store.saved() // a refusal may leave a trace, such as a number that somebody else has bought
    throw error
  }
}

function authenticate(world: World, context: Context<Env>): void {
  const expected = `Basic ${Buffer.from(`${world.accountSid}:${world.authToken}`).toString('base64')}`
  if (context.req.header('authorization') !== expected) throw new TwilioError(20003)
  const account = /^\/2010-04-01\/Accounts\/([^/]+?)(?:\.json)?(?:\/|$)/.exec(context.req.path)?.[1]
  if (account !== undefined && account !== world.accountSid) throw notFound(context.req.path)
  const isAccountItself = context.req.path.endsWith(`/Accounts/${world.accountSid}.json`)
  if (world.account().status !== 'active' && !isAccountItself) throw new TwilioError(20005)
}

function readParams(world: World, route: ApiRoute, context: Context<Env>, form: string): Params {
  const { req } = context
  const call = `${req.method} ${req.path}`
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(req.header('content-type') ?? '')
  if (req.method === 'POST' && form !== '' && !isForm)
    world.warnings.add(call, 'The body is no form, so Twilio reads nothing of it.')
  const source = req.method === 'POST' ? (isForm ? form : '') : new URL(req.url).search
  const params = createParams(new URLSearchParams(source))
  for (const name of params.names)
    if (!route.parameters.includes(name))
      world.warnings.add(call, `Twilio ignores the parameter ${name} here.`)
  return params
}

function requestOf(context: Context<Env>, params: Params): ApiRequest {
  const { origin, pathname, search } = new URL(context.req.url)
  return {
    target: pathname + search,
    path: pathname,
    origin,
    params,
    segment: (name) => (context.req.param(name) ?? '').replace(/\.json$/, ''),
  }
}

function respond({ status, body }: ApiAnswer): Response {
  return body === undefined ? new Response(null, { status }) : Response.json(body, { status })
}

export function refusal(error: TwilioError): Response {
  return Response.json(error.body, { status: error.status })
}

function serverError(status: number): Response {
  if (status === 503) return refusal(new TwilioError(20503))
  if (status === 500) return refusal(new TwilioError(20500))
  const page = '<html><body><h1>502 Bad Gateway</h1></body></html>'
  return new Response(page, { status, headers: { 'Content-Type': 'text/html' } })
}

/** The caller gets no answer at all. What is returned goes nowhere. */
function cutOff(context: Context<Env>): Response {
  context.env.incoming.socket.destroy()
  return new Response(null)
}

/** Real time, so that a client's own timeout strikes. Ends early when the sandbox closes. */
async function pause({ closing }: World, ms: number): Promise<void> {
  await wait(ms, undefined, { signal: closing }).catch((error: unknown) => {
    if (!closing.aborted) throw error
  })
}
