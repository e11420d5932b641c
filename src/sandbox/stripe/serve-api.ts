import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { Endpoint } from './api.ts'
import { authenticate } from './auth.ts'
import { ApiError, malformed } from './errors.ts'
import { decodeForm, type RawObject } from './form.ts'
import { type Keyed, keyOf, recallAnswer, rememberAnswer } from './idempotency.ts'
import { newId } from './ids.ts'
import { readParams } from './params.ts'
import { ENDPOINTS } from './routes.ts'
import { keysOf, type Sandbox } from './sandbox.ts'
import { API_VERSION, readVersion } from './version.ts'

const BODY_MAX = 1024 * 1024

type Env = { Bindings: HttpBindings }
interface Answered {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** `/v1/…`. `changed` is called after whatever may have made something due. */
export function createApi(sandbox: Sandbox, changed: () => void): Hono<Env> {
  const api = new Hono<Env>()
  for (const endpoint of ENDPOINTS) {
    api.on(endpoint.method, endpoint.path, (context) => serve(sandbox, endpoint, context, changed))
  }
  api.all('*', (context) => serve(sandbox, undefined, context, changed))
  return api
}

async function serve(
  sandbox: Sandbox,
  endpoint: Endpoint | undefined,
  context: Context<Env>,
  changed: () => void,
): Promise<Response> {
  const requestId = newId('req', 14)
  const answered = await answer(sandbox, endpoint, context, requestId)
  changed()
  const loses = context.req.method !== 'GET' && answered.status < 500 && sandbox.misbehaviour.losesAnswer()
  if (loses) context.env.incoming.socket.destroy() // done, but nobody is told
  const key = context.req.header('idempotency-key')
  return new Response(`${JSON.stringify(answered.body, null, 2)}\n`, {
    status: answered.status,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-cache, no-store',
      'Request-Id': requestId,
      'Stripe-Version': context.req.header('stripe-version') ?? API_VERSION,
      ...(key === undefined ? {} : { 'Idempotency-Key': key, 'Original-Request': requestId }),
      ...answered.headers,
    },
  })
}

async function answer(
  sandbox: Sandbox,
  endpoint: Endpoint | undefined,
  context: Context<Env>,
  requestId: string,
): Promise<Answered> {
  try {
    const failure = sandbox.misbehaviour.fails()
    if (failure !== undefined) return misbehaved(failure)
    authenticate(context.req.header('authorization'), keysOf(sandbox).secretKey)
    readVersion(context.req.header('stripe-version'))
    if (endpoint === undefined) throw unknownAddress(context)
    const raw = await readRaw(context)
    const answered = execute(sandbox, endpoint, context, raw, requestId)
    await sandbox.store.flush()
    return answered
  } catch (error) {
    if (error instanceof ApiError) return refusal(error, requestId)
    sandbox.log?.error({ error, requestId }, 'The Stripe sandbox failed.')
    const message = 'The sandbox itself failed; nothing was changed. Its log says more.'
    return { status: 500, body: { error: { type: 'api_error', message } } }
  }
}

/** What happens on purpose, before anything else does. */
function misbehaved(status: number): Answered {
  if (status === 429) {
    const message =
      'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.'
    const error = { code: 'rate_limit', message, type: 'invalid_request_error' }
    return { status, body: { error }, headers: { 'Stripe-Rate-Limited-Reason': 'global-rate' } }
  }
  return { status, body: { error: { message: 'An unknown error occurred.', type: 'api_error' } } }
}

function unknownAddress({ req }: Context<Env>): ApiError {
  const message = `Unrecognized request URL (${req.method}: ${req.path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`
  return new ApiError(404, { type: 'invalid_request_error', message }, { early: true })
}

async function readRaw({ req }: Context<Env>): Promise<RawObject> {
  const query = new URL(req.url).search.slice(1)
  if (req.method !== 'POST') return decodeForm(query)
  const body = await req.text()
  if (body.length > BODY_MAX) {
    throw new ApiError(413, { type: 'invalid_request_error', message: 'Request too large.' }, { early: true })
  }
  const type = req.header('content-type') ?? ''
  if (body !== '' && !/^application\/x-www-form-urlencoded\b/i.test(type)) {
    throw malformed(
      `Invalid request: the content type must be application/x-www-form-urlencoded, not ${type || 'none'}.`,
    )
  }
  return decodeForm([query, body].filter((part) => part !== '').join('&'))
}

function execute(
  sandbox: Sandbox,
  endpoint: Endpoint,
  { req }: Context<Env>,
  raw: RawObject,
  requestId: string,
): Answered {
  const keyed = req.method === 'POST' ? keyOf(req.header('idempotency-key'), req.path, raw) : undefined
  const before = keyed === undefined ? undefined : recallAnswer(sandbox, keyed)
  if (before !== undefined) {
    const headers = { 'Idempotent-Replayed': 'true', 'Original-Request': before.requestId }
    return {
      status: before.status,
      body: before.body,
      headers: { ...headers, 'Stripe-Should-Retry': 'false' },
    }
  }
  const params = readParams(endpoint.shape, raw)
  const id = req.param('id') ?? ''
  sandbox.request = { id: requestId, idempotencyKey: keyed?.key ?? null }
  try {
    return carryOut(sandbox, keyed, requestId, () => endpoint.run(sandbox, params, { id }))
  } finally {
    sandbox.request = undefined
  }
}

/** The effect and the memory of its answer are one transaction. */
function carryOut(
  sandbox: Sandbox,
  keyed: Keyed | undefined,
  requestId: string,
  run: () => unknown,
): Answered {
  const remembered = (answered: Answered): Answered => {
    if (keyed !== undefined) rememberAnswer(sandbox, keyed, { ...answered, requestId })
    return answered
  }
  try {
    return sandbox.store.transact(() => {
      try {
        return remembered({ status: 200, body: run() })
      } catch (error) {
        if (error instanceof ApiError && error.kept) return remembered(refusal(error, requestId))
        throw error
      }
    })
  } catch (error) {
    if (!(error instanceof ApiError) || error.early) throw error
    return sandbox.store.transact(() => remembered(refusal(error, requestId)))
  }
}

function refusal({ status, body }: ApiError, requestId: string): Answered {
  const { code } = body
  const doc =
    code === undefined ? {} : { doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` }
  const log = { request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}?t=sandbox` }
  return { status, body: { error: { ...body, ...doc, ...log } } }
}
