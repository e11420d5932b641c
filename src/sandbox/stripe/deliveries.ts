import type { Delivery } from './records.ts'
import type { Sandbox } from './sandbox.ts'
import { signPayload } from './signature.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** From one failed try to the next; after the last the event is given up, about three days after the first. */
export const RETRIES_MS = [
  MINUTE,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  12 * HOUR,
  12 * HOUR,
  12 * HOUR,
  12 * HOUR,
] as const

const TIMEOUT_MS = 10_000

/** Sends what is due: to each endpoint one after the other, to all endpoints at once. */
export async function deliver(sandbox: Sandbox, due: readonly Delivery[], stop: AbortSignal): Promise<void> {
  const arranged = sandbox.misbehaviour.arrange(due)
  const endpoints = new Set(arranged.map(({ endpoint }) => endpoint))
  await Promise.all(
    [...endpoints].map(async (endpoint) => {
      const mine = arranged.filter((one) => one.endpoint === endpoint)
      for (const delivery of mine) await tryOnce(sandbox, delivery, stop)
    }),
  )
}

interface Letter {
  readonly url: string
  readonly secret: string
  readonly body: string
  readonly type: string
}

async function tryOnce(sandbox: Sandbox, delivery: Delivery, stop: AbortSignal): Promise<void> {
  const { store } = sandbox
  const letter = thinLetter(sandbox, delivery) ?? letterOf(sandbox, delivery)
  if (letter === undefined) {
    store.transact(() => store.remove('delivery', delivery.id))
    return
  }
  const outcome = await send(sandbox, letter, stop)
  if (stop.aborted) return // it is tried again when the sandbox starts again
  store.transact(() => {
    if (outcome === 'received') noteReceived(sandbox, delivery)
    else noteFailed(sandbox, delivery, letter.type, outcome)
  })
}

/** Undefined when the event is forgotten by now, or its endpoint gone or disabled. */
function letterOf(
  { store }: Sandbox,
  { event: eventId, endpoint: endpointId }: Delivery,
): Letter | undefined {
  const event = store.find('event', eventId)
  const endpoint = store.find('webhook_endpoint', endpointId)
  const secret = store.find('webhook_secret', endpointId)?.secret
  if (event === undefined || endpoint?.status !== 'enabled' || secret === undefined) return undefined
  const body = JSON.stringify({ ...event, api_version: endpoint.api_version ?? event.api_version }, null, 2)
  return { url: endpoint.url, secret, body, type: event.type }
}

function thinLetter({ store }: Sandbox, { event: eventId, endpoint }: Delivery): Letter | undefined {
  const event = store.find('thin_event', eventId)
  const target = store.find('thin_endpoint', endpoint)
  if (event === undefined || target === undefined) return undefined
  const { data: _asked, ...thin } = event
  return { url: target.url, secret: target.secret, body: JSON.stringify(thin), type: event.type }
}

async function send(
  sandbox: Sandbox,
  { url, secret, body }: Letter,
  stop: AbortSignal,
): Promise<'received' | string> {
  const at = Math.floor(sandbox.wallClock.now() / 1000)
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'Stripe-Signature': signPayload(body, secret, at),
        'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      },
      redirect: 'manual', // a redirect is a failure
      signal: AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    await response.arrayBuffer() // so that the connection can be used again
    return response.ok ? 'received' : `it answered ${response.status}`
  } catch (error) {
    return `it did not answer: ${reasonOf(error)}`
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

function noteReceived({ store }: Sandbox, delivery: Delivery): void {
  store.remove('delivery', delivery.id)
  const more = store
    .all('delivery')
    .some((one) => one.event === delivery.event && one.endpoint === delivery.endpoint)
  const event = store.find('event', delivery.event)
  if (more || event === undefined) return
  store.put('event', { ...event, pending_webhooks: Math.max(0, event.pending_webhooks - 1) })
}

function noteFailed({ store, time, log }: Sandbox, delivery: Delivery, type: string, why: string): void {
  const wait = RETRIES_MS[delivery.attempts]
  const attempts = delivery.attempts + 1
  log?.warn(
    { event: delivery.event, type, attempts },
    `A webhook of the Stripe sandbox was not received: ${why}. ${wait === undefined ? 'It is given up.' : `The next try is in ${wait / MINUTE} minutes.`}`,
  )
  if (wait === undefined) store.remove('delivery', delivery.id)
  else store.put('delivery', { ...delivery, attempts, atMs: time.now() + wait })
}
