import { setMaxListeners } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { AppError } from '../../domain/errors.ts'
import type { Clock, Log } from '../../domain/ports.ts'
import { type CallOptions, type CallResult, placeCall } from './call.ts'
import { createControl } from './control.ts'
import { decideAccount } from './decide.ts'
import { createApi } from './gate.ts'
import type { Fault, Misbehaviour } from './misbehaviour.ts'
import { accountRoutes } from './routes/account.ts'
import { availableRoutes } from './routes/available.ts'
import { incomingRoutes } from './routes/incoming.ts'
import { verificationRoutes } from './routes/verifications.ts'
import type { AccountState } from './state.ts'
import { openStore } from './store.ts'
import { sendText, type TextOptions, type TextResult } from './text.ts'
import { createWorld, type Warning } from './world.ts'

export interface TwilioSandboxOptions {
  /** 0, as without, takes a free one. */
  readonly port?: number
  /** The file that keeps the state over restarts; without it the state ends with the sandbox. */
  readonly statePath?: string
  readonly clock?: Clock
  readonly accountSid: string
  /** Authenticates requests and signs webhooks. */
  readonly authToken: string
  readonly log?: Log
  /** Decides which requests a fault with a `share` falls on [1]. */
  readonly seed?: number
}

export interface TwilioSandbox {
  /** The base of the API, and of the control page `/_sandbox`. */
  readonly url: string
  readonly accountSid: string
  readonly authToken: string
  /** Adds faults or replaces those of the same name; `false` ends one. Throws AppError `invalid`. */
  misbehave(misbehaviour: Misbehaviour): void
  /** Ends all faults. */
  behave(): void
  faults(): readonly Fault[]
  /** Somebody calls one of the numbers: what they hear. Throws AppError `invalid` when a number is none. */
  call(options: CallOptions): Promise<CallResult>
  /** Somebody texts one of the numbers: what happens and what they get back. */
  text(options: TextOptions): Promise<TextResult>
  /** Moves the sandbox's clock ahead: reviews go on, faults with `forMs` end. */
  advance(ms: number): Promise<void>
  /** Trial or full, active or suspended. */
  changeAccount(change: Partial<Pick<AccountState, 'status' | 'type'>>): Promise<void>
  /** What callers of the API did that Twilio would silently ignore. */
  warnings(): readonly Warning[]
  /** Answers after everything acknowledged is on the disk. Cuts waiting requests off. Idempotent. */
  close(): Promise<void>
}

/** Starts Twilio on this machine. Throws AppError `misconfigured` when the port is taken or the state unreadable. */
export async function startTwilioSandbox(options: TwilioSandboxOptions): Promise<TwilioSandbox> {
  const { accountSid, authToken, clock = systemClock, log = noLog, seed = 1 } = options
  const closing = new AbortController()
  setMaxListeners(0, closing.signal) // every slow answer waits for it
  const store = await openStore(options.statePath)
  const world = createWorld({ accountSid, authToken, store, clock, log, seed, closing: closing.signal })
  await store.saved()
  const api = createApi(world, [
    ...accountRoutes(world),
    ...availableRoutes(world),
    ...incomingRoutes(world),
    ...verificationRoutes(world),
  ])
  const control = createControl(world)
  const server = createServer(
    getRequestListener((request, env) => {
      const isControl = /^\/(_sandbox(\/|$)|$)/.test(new URL(request.url).pathname)
      return isControl ? control.fetch(request, env) : api.fetch(request, env)
    }),
  )
  const url = await listen(server, options.port ?? 0).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  let closed: Promise<void> | undefined

  return {
    url,
    accountSid,
    authToken,
    misbehave: (misbehaviour) => world.faults.set(misbehaviour),
    behave: () => world.faults.clear(),
    faults: () => world.faults.list(),
    call: (one) => placeCall(world, one),
    text: (one) => sendText(world, one),
    advance: async (ms) => {
      world.advance(ms)
      await store.saved()
    },
    changeAccount: async (change) => {
      decideAccount(world, change)
      await store.saved()
    },
    warnings: () => world.warnings.list(),
    close() {
      closing.abort()
      closed ??= closeServer(server).then(() => store.close())
      return closed
    },
  }
}

/** Only on this machine: the control page asks nobody who they are. */
async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `The Twilio sandbox cannot listen on port ${port} of 127.0.0.1. Stop the program that uses it.`
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

const systemClock: Clock = { now: () => Date.now() }
const noLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
