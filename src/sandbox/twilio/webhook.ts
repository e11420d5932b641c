import { randomUUID } from 'node:crypto'
import { signatureOf } from './signature.ts'
import type { Method } from './state.ts'
import type { World } from './world.ts'

/** A callback that Twilio makes. */
export interface Webhook {
  readonly url: string
  readonly method: Method
  readonly params: Readonly<Record<string, string>>
}

/** How it went. */
export interface Delivery {
  readonly url: string
  readonly method: Method
  readonly params: Readonly<Record<string, string>>
  /** How often it was sent: retries count, duplicates are deliveries of their own. */
  readonly attempts: number
  /** Absent when no answer came. */
  readonly status?: number
  readonly contentType?: string
  readonly body?: string
  /** Twilio's code of what went wrong, such as 11200. */
  readonly error?: { readonly code: number; readonly message: string }
}

type Outcome = Pick<Delivery, 'status' | 'contentType' | 'body' | 'error'> & {
  /** What a retry policy may name. */
  readonly kind: 'ok' | '4xx' | '5xx' | 'ct' | 'rt'
}

const BODY_MAX = 64 * 1024

/**
 * Sends a callback as Twilio does: signed, with its time limits and its retries, which the fragment of the URL may
 * change (`#rt=2000&rc=1&rp=all`). One delivery, or several at once when callbacks are duplicated, none when they
 * are lost. Never throws; the first is the one whose answer counts.
 */
export async function deliver(
  world: World,
  operation: 'voice' | 'sms' | 'status',
  webhook: Webhook,
): Promise<readonly [Delivery, ...Delivery[]]> {
  if (world.faults.take('lostCallbacks', operation) !== undefined)
    return [{ ...webhook, attempts: 0, ...failure(11205, 'HTTP connection failure: lost on purpose') }]
  const copies = world.faults.take('duplicateCallbacks', operation)?.copies ?? 1
  // The same for all copies and retries, so that a receiver can tell them from new events.
  const token = randomUUID()
  const first = send(world, webhook, token)
  const more = Array.from({ length: copies - 1 }, () => send(world, webhook, token))
  return [await first, ...(await Promise.all(more))]
}

async function send(world: World, webhook: Webhook, token: string): Promise<Delivery> {
  const { url, method, params } = webhook
  const limits = readLimits(url)
  const request = buildRequest(world.authToken, webhook, token)
  const deadline = Date.now() + limits.totalMs
  let attempts = 0
  for (;;) {
    attempts++
    const timeoutMs = Math.max(1, Math.min(limits.readMs, deadline - Date.now()))
    const { kind, ...outcome } = await attempt(request, timeoutMs, world.closing)
    const isLast = attempts > limits.retries || Date.now() >= deadline || world.closing.aborted
    if (kind === 'ok' || isLast || !(limits.policy.includes(kind) || limits.policy.includes('all')))
      return { url, method, params, attempts, ...outcome }
  }
}

function buildRequest(authToken: string, { url, method, params }: Webhook, token: string): Request {
  const [target = ''] = url.split('#')
  const query = String(new URLSearchParams(params))
  const full = method === 'GET' ? `${target}${target.includes('?') ? '&' : '?'}${query}` : target
  const bare = new URL(full)
  const { username, password } = bare
  bare.username = ''
  bare.password = ''
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
  return new Request(bare, {
    method,
    headers: {
      Accept: '*/*',
      'User-Agent': 'TwilioProxy/1.1',
      'X-Twilio-Signature': signatureOf(authToken, full, method === 'GET' ? {} : params),
      'I-Twilio-Idempotency-Token': token,
      'X-Home-Region': 'us1',
      ...(username === '' ? {} : { Authorization: `Basic ${credentials.toString('base64')}` }),
      ...(method === 'GET' ? {} : { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' }),
    },
    ...(method === 'GET' ? {} : { body: query }),
  })
}

async function attempt(request: Request, timeoutMs: number, closing: AbortSignal): Promise<Outcome> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const answer = await fetch(request.clone(), { signal: AbortSignal.any([timeout, closing]) })
    const { status } = answer
    const contentType = answer.headers.get('content-type') ?? ''
    const body = await answer.text()
    if (Buffer.byteLength(body) > BODY_MAX)
      return { kind: 'ok', status, contentType, ...failure(11750, 'TwiML response body too large') }
    if (answer.ok) return { kind: 'ok', status, contentType, body }
    const kind = status >= 500 ? '5xx' : '4xx'
    return { kind, status, contentType, body, ...failure(11200, `HTTP retrieval failure: ${status}`) }
  } catch (cause) {
    if (timeout.aborted) return { kind: 'rt', ...failure(11205, `HTTP connection failure: timeout`) }
    const reason = reasonOf(cause)
    const isUnknownHost = reason === 'ENOTFOUND' || reason === 'EAI_AGAIN'
    const isConnect = isUnknownHost || reason === 'ECONNREFUSED' || reason === 'UND_ERR_CONNECT_TIMEOUT'
    const [code, message] = isUnknownHost ? [11210, 'HTTP bad host name'] : [11205, 'HTTP connection failure']
    return { kind: isConnect ? 'ct' : 'rt', ...failure(code, `${message}: ${reason}`) }
  }
}

function failure(code: number, message: string): Pick<Outcome, 'error'> {
  return { error: { code, message } }
}

/** The system's name of what happened to the connection; `fetch` hides it one level deep. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return String(Object(cause).code ?? Object(cause).message ?? cause)
}

interface Limits {
  readonly readMs: number
  readonly totalMs: number
  readonly retries: number
  readonly policy: readonly string[]
}

/** Twilio's connection overrides, in the fragment of a URL. Connecting and reading are one wait here. */
function readLimits(url: string): Limits {
  const overrides = new URLSearchParams(url.split('#')[1] ?? '')
  const number = (name: string, usual: number, min: number, max: number) => {
    const value = Number(overrides.get(name) ?? usual)
    return Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : usual
  }
  return {
    readMs: number('rt', 15_000, 100, 15_000),
    totalMs: number('tt', 15_000, 100, 15_000),
    retries: number('rc', 1, 0, 5),
    policy: (overrides.get('rp') ?? 'ct').split(','),
  }
}
