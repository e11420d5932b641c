import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Stripe from 'stripe'
import {
  type StripeSandbox,
  type StripeSandboxOptions,
  startStripeSandbox,
} from '../../src/sandbox/stripe/start.ts'

/** A sandbox, the official SDK pointed at it, and an endpoint that hears its events. */
export interface Stage {
  readonly sandbox: StripeSandbox
  readonly stripe: Stripe
  readonly inbox: Inbox
  readonly statePath: string
  /** The same state in a new process: stops the sandbox and starts it again. */
  restart(): Promise<Stage>
  close(): Promise<void>
}

/** What arrived, in the order in which it did. */
export interface Inbox {
  readonly url: string
  readonly received: Received[]
  /** How it answers from now on [200]. */
  answer(status: number): void
  types(): string[]
  clear(): void
  close(): Promise<void>
}

export interface Received {
  readonly body: string
  readonly signature: string
  readonly event: Stripe.Event
}

const open = new Set<() => Promise<void>>()

/** Closes every stage of the running test file. */
export async function closeStages(): Promise<void> {
  for (const close of open) await close()
  open.clear()
}

export async function createStage(options: Partial<StripeSandboxOptions> = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'xswarm-stripe-'))
  const inbox = await createInbox()
  const stage = await openStage(inbox, { statePath: join(folder, 'stripe.jsonl'), ...options })
  open.add(async () => {
    await stage.close()
    await inbox.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return stage
}

async function openStage(
  inbox: Inbox,
  options: Partial<StripeSandboxOptions> & { statePath: string },
): Promise<Stage> {
  const sandbox = await startStripeSandbox({ webhook: { url: inbox.url }, ...options })
  let next: Stage | undefined
  const close = async () => {
    await next?.close()
    await sandbox.close()
  }
  return {
    sandbox,
    stripe: sdkFor(sandbox),
    inbox,
    statePath: options.statePath,
    async restart() {
      await sandbox.close()
      next = await openStage(inbox, options)
      return next
    },
    close,
  }
}

/** The SDK as an application configures it: only the address and the key are ours. */
export function sdkFor({ url, secretKey }: StripeSandbox, config: Partial<Stripe.StripeConfig> = {}): Stripe {
  const { hostname, port } = new URL(url)
  return new Stripe(secretKey, {
    host: hostname,
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    ...config,
  })
}

export async function createInbox(): Promise<Inbox> {
  const received: Received[] = []
  let status = 200
  const server = createServer((request, response) => {
    void receive(request, response, received, () => status)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/webhooks/stripe`,
    received,
    answer: (next) => {
      status = next
    },
    types: () => received.map(({ event }) => event.type),
    clear: () => received.splice(0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  received: Received[],
  status: () => number,
): Promise<void> {
  // Where a redirect would lead to: whoever follows it is received there.
  if (request.url === '/elsewhere') {
    response.writeHead(200).end()
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString()
  received.push({ body, signature: String(request.headers['stripe-signature']), event: JSON.parse(body) })
  response.writeHead(status(), { Location: '/elsewhere' }).end()
}
