import { type Sandbox, settingsOf } from './sandbox.ts'

const SHOWN_MAX = 200

/** All there is to know at a glance, for programs and for the curious. Newest first; no secrets. */
export function stateOf(sandbox: Sandbox) {
  const { store, misbehaviour, time } = sandbox
  const newest = <T>(all: readonly T[]): T[] => all.slice(-SHOWN_MAX).reverse()
  return {
    now: new Date(time.now()).toISOString(),
    ahead_ms: time.ahead(),
    settings: settingsOf(sandbox),
    misbehaviour: misbehaviour.options,
    customers: newest(store.all('customer')),
    subscriptions: newest(store.all('subscription')),
    invoices: newest(store.all('invoice')),
    disputes: newest(store.all('dispute')),
    checkout_sessions: newest(store.all('checkout_session')),
    events: newest(store.all('event')).map(({ id, type, created, pending_webhooks }) => {
      return { id, type, created, pending_webhooks }
    }),
    webhook_endpoints: store.all('webhook_endpoint'),
    waiting_deliveries: store.all('delivery').map(({ event, endpoint, attempts, atMs }) => {
      return { event, endpoint, attempts, at: new Date(atMs).toISOString() }
    }),
    timers: store
      .all('timer')
      .toSorted((a, b) => a.atMs - b.atMs)
      .slice(0, SHOWN_MAX)
      .map(({ kind, target, atMs }) => ({ kind, target, at: new Date(atMs).toISOString() })),
  }
}
