import { newId } from './ids.ts'
import type { StripeEvent, WebhookEndpoint } from './objects/webhook-endpoint.ts'
import { nowOf, type Sandbox } from './sandbox.ts'
import { API_VERSION } from './version.ts'

/** Records that something happened, and sends it on its way to every endpoint that wants to hear of it. */
export function emit(sandbox: Sandbox, type: string, object: unknown, before?: object): void {
  const { store, misbehaviour } = sandbox
  const id = newId('evt_1', 23)
  const endpoints = misbehaviour.drops()
    ? []
    : store.all('webhook_endpoint').filter((one) => wants(one, type))
  const previous = before === undefined ? undefined : difference(before, object as object)
  const event: StripeEvent = {
    id,
    object: 'event',
    api_version: API_VERSION,
    created: misbehaviour.createdAt(nowOf(sandbox)),
    data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
    livemode: false,
    pending_webhooks: endpoints.length,
    request: { id: sandbox.request?.id ?? null, idempotency_key: sandbox.request?.idempotencyKey ?? null },
    type,
  }
  store.put('event', event)
  for (const endpoint of endpoints) {
    for (let copy = 0; copy < misbehaviour.copies(); copy++) {
      const atMs = sandbox.time.now() + misbehaviour.delayMs()
      store.put('delivery', { id: newId('del'), event: id, endpoint: endpoint.id, attempts: 0, atMs })
    }
  }
}

export function wants(endpoint: WebhookEndpoint, type: string): boolean {
  const { status, enabled_events } = endpoint
  return status === 'enabled' && (enabled_events.includes('*') || enabled_events.includes(type))
}

/** What an update changed, with the values from before it. Lists count as a whole. */
export function difference(before: object, after: object): Record<string, unknown> {
  const now = new Map(Object.entries(after))
  const changes = Object.entries(before).flatMap(([key, old]): [string, unknown][] => {
    const value: unknown = now.get(key)
    if (JSON.stringify(old) === JSON.stringify(value)) return []
    return [[key, isPlain(old) && isPlain(value) ? difference(old, value) : old]]
  })
  const added = Object.keys(after).filter((key) => !Object.hasOwn(before, key))
  return Object.fromEntries([...changes, ...added.map((key): [string, unknown] => [key, null])])
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
