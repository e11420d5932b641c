import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { AppError } from '../../domain/errors.ts'
import type { Clock, Log } from '../../domain/ports.ts'
import { createControl } from './control.ts'
import { newId, randomText } from './ids.ts'
import { createMisbehaviour } from './misbehaviour.ts'
import { newWebhookEndpoint, newWebhookSecret } from './objects/webhook-endpoint.ts'
import { createPages } from './pages/routes.ts'
import { createPump, forgetOld } from './pump.ts'
import { DEFAULT_SETTINGS, type Settings } from './records.ts'
import { keysOf, type MisbehaveOptions, nowOf, type Sandbox } from './sandbox.ts'
import { createApi } from './serve-api.ts'
import { openStore, type Store } from './store.ts'
import { createTime } from './time.ts'
import { API_VERSION } from './version.ts'

export interface StripeSandboxOptions {
  /** 0, as without, takes a free one. */
  readonly port?: number
  /** The file that keeps the state over restarts; without it the state ends with the sandbox. */
  readonly statePath?: string
  readonly clock?: Clock
  /**
   * Where events are sent from the start; the sandbox keeps one endpoint for it. Others are made through the API. Thin events
   * (what is wrong with meter events) go there too, signed with the same secret.
   */
  readonly webhook?: { readonly url: string; readonly secret?: string }
  /** Where browsers reach the sandbox's pages, when that is not where it listens. */
  readonly publicUrl?: string
  readonly log?: Log
  /** What Stripe's dashboard would decide. Replaces what the state file says. */
  readonly settings?: Partial<Omit<Settings, 'id'>>
}

export interface StripeSandbox {
  /** The base of the API for `host`, `port` and `protocol` of the SDK, and of the control page `/_sandbox`. */
  readonly url: string
  readonly secretKey: string
  /** Signs what is sent to `webhook.url`. */
  readonly webhookSecret: string
  /** Moves the clock. What becomes due on the way happens in order, and has been sent to the endpoints when this answers. 0 waits for what is due now. */
  advance(ms: number): Promise<void>
  /** Replaces what was asked for before; `{}` behaves well again. */
  misbehave(options: MisbehaveOptions): void
  /** The sandbox's clock, in milliseconds. */
  now(): number
  /** Answers after everything acknowledged is on the disk. Idempotent. */
  close(): Promise<void>
}

/** Starts Stripe on this machine. Throws AppError `misconfigured` when the port is taken or the state unreadable. */
export async function startStripeSandbox(options: StripeSandboxOptions): Promise<StripeSandbox> {
  const clock = options.clock ?? { now: () => Date.now() }
  const store = await openStore(options.statePath)
  store.transact(() => prepare(store, options))
  const time = createTime(clock, keysOf({ store }).aheadMs)
  const server = createServer()
  const url = await listen(server, options.port ?? 0).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  const sandbox: Sandbox = {
    store,
    time,
    publicUrl: (options.publicUrl ?? url).replace(/\/+$/, ''),
    log: options.log,
    wallClock: clock,
    misbehaviour: createMisbehaviour(clock, () => time.now()),
    request: undefined,
  }
  store.transact(() => keepWebhook(sandbox, options.webhook))
  forgetOld(sandbox)
  const pump = createPump(sandbox)
  const api = createApi(sandbox, pump.poke)
  const pages = createPages(sandbox, pump.poke)
  const control = createControl(sandbox, pump)
  server.on(
    'request',
    getRequestListener((request, env) => {
      const { pathname } = new URL(request.url)
      if (/^\/v[12]\//.test(pathname)) return api.fetch(request, env)
      return pathname === '/' || pathname.startsWith('/_sandbox')
        ? control.fetch(request)
        : pages.fetch(request)
    }),
  )
  await store.flush()
  pump.poke()
  const { secretKey, webhookSecret } = keysOf(sandbox)
  let closed: Promise<void> | undefined
  return {
    url,
    secretKey,
    webhookSecret,
    advance: (ms) => pump.advance(ms),
    misbehave: (asked) => sandbox.misbehaviour.set(asked),
    now: () => time.now(),
    close() {
      closed ??= pump
        .close()
        .then(() => closeServer(server))
        .then(() => store.close())
      return closed
    },
  }
}

/** Keys and settings of a new sandbox, and what the options change of them. */
function prepare(store: Store, { webhook, settings }: StripeSandboxOptions): void {
  const known = store.find('keys', 'keys')
  store.put('keys', {
    id: 'keys',
    secretKey: known?.secretKey ?? `sk_${'test'}_${randomText(24)}`,
    webhookSecret: webhook?.secret ?? known?.webhookSecret ?? newWebhookSecret(),
    account: known?.account ?? newId('acct_1', 15),
    aheadMs: known?.aheadMs ?? 0,
    invoices: known?.invoices ?? 0,
  })
  const before = store.find('settings', 'settings') ?? DEFAULT_SETTINGS
  store.put('settings', { ...before, ...settings })
}

const OURS = 'Made when the sandbox was started'

/** The endpoint of the `webhook` option: one, whatever its address was at earlier starts. */
function keepWebhook(sandbox: Sandbox, webhook: StripeSandboxOptions['webhook']): void {
  const { store } = sandbox
  store.remove('thin_endpoint', 'thin')
  const known = store.all('webhook_endpoint').find(({ description }) => description === OURS)
  if (webhook === undefined) {
    if (known !== undefined) store.remove('webhook_endpoint', known.id)
    return
  }
  const fresh = newWebhookEndpoint(nowOf(sandbox), {
    api_version: API_VERSION,
    description: OURS,
    enabled_events: ['*'],
    metadata: {},
    url: webhook.url,
  })
  const endpoint = { ...(known ?? fresh), url: webhook.url }
  store.put('webhook_endpoint', endpoint)
  const secret = keysOf(sandbox).webhookSecret
  store.put('webhook_secret', { id: endpoint.id, secret })
  store.put('thin_endpoint', { id: 'thin', url: webhook.url, secret })
}

/** Only on this machine: its pages ask nobody who they are. */
async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `The Stripe sandbox cannot listen on port ${port} of 127.0.0.1. Stop the program that uses it.`
      reject(new AppError('misconfigured', message, { cause }))
    })
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: taken } = server.address() as AddressInfo // it listens on a port, not on a pipe
  return `http://127.0.0.1:${taken}`
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
