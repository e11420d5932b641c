import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import twilio from 'twilio'
import { afterEach, beforeEach } from 'vitest'
import { startTwilioSandbox, type TwilioSandbox } from '../../src/sandbox/twilio/start.ts'

export const ACCOUNT = `AC${'5'.repeat(32)}`
export const TOKEN = 'not-a-real-' + 'token'

/** A time that the tests move. */
export interface TestClock {
  now(): number
  pass(ms: number): void
}

export interface TwilioStage {
  readonly sandbox: TwilioSandbox
  readonly clock: TestClock
  readonly client: twilio.Twilio
  /** Ends the sandbox and starts it again on the same state. */
  restart(): Promise<void>
}

/** The official SDK, pointed at a sandbox by nothing but its base addresses. */
export function clientOf(url: string, token: string = TOKEN, timeoutMs = 5000): twilio.Twilio {
  const httpClient = new twilio.RequestClient({ timeout: timeoutMs, keepAlive: false })
  const client = twilio(ACCOUNT, token, { httpClient })
  client.api.baseUrl = url
  client.messaging.baseUrl = url
  return client
}

/** A sandbox with a state file and a client, new for every test. */
export function useTwilioSandbox(options: { seed?: number } = {}): TwilioStage {
  let sandbox: TwilioSandbox | undefined
  let clock = createClock()
  let folder = ''
  const start = async () =>
    await startTwilioSandbox({
      accountSid: ACCOUNT,
      authToken: TOKEN,
      statePath: join(folder, 'twilio.jsonl'),
      clock: { now: () => clock.now() },
      ...options,
    })

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xswarm-twilio-'))
    clock = createClock()
    sandbox = await start()
  })
  afterEach(async () => {
    await sandbox?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const running = () => {
    if (sandbox === undefined) throw new Error('The sandbox starts before each test.')
    return sandbox
  }
  return {
    get sandbox() {
      return running()
    },
    get clock() {
      return clock
    },
    get client() {
      return clientOf(running().url)
    },
    async restart() {
      await running().close()
      sandbox = await start()
    },
  }
}

function createClock(): TestClock {
  let now = Date.UTC(2026, 10, 23, 12)
  return {
    now: () => now,
    pass(ms) {
      now += ms
    },
  }
}

/** A webhook as our service got it. */
export interface Heard {
  readonly method: string
  readonly url: string
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly signature: string
  readonly headers: IncomingMessage['headers']
}

/** What a service answers to a webhook; `hang` never does. */
export interface Said {
  readonly status?: number
  readonly type?: string
  readonly body?: string
  readonly hang?: boolean
}

export interface Receiver {
  readonly url: string
  readonly heard: Heard[]
  /** What it answers at a path; TwiML by default. */
  answers: Record<string, Said | ((heard: Heard) => Said)>
}

/** A small service that Twilio can call, new for every test. */
export function useReceiver(): Receiver {
  let server: Server | undefined
  const receiver = { url: '', heard: [] as Heard[], answers: {} as Receiver['answers'] }
  beforeEach(async () => {
    receiver.heard = []
    receiver.answers = {}
    server = createServer((request, response) => {
      let text = ''
      request.on('data', (part) => {
        text += part
      })
      request.on('end', () => {
        const url = receiver.url + request.url
        const heard: Heard = {
          method: request.method ?? '',
          url,
          path: new URL(url).pathname,
          params: Object.fromEntries(new URLSearchParams(text)),
          signature: String(request.headers['x-twilio-signature']),
          headers: request.headers,
        }
        receiver.heard.push(heard)
        const said = receiver.answers[heard.path] ?? {}
        const {
          status = 200,
          type = 'text/xml',
          body = '<Response/>',
          hang,
        } = typeof said === 'function' ? said(heard) : said
        if (hang === true) return
        response.writeHead(status, { 'Content-Type': type }).end(body)
      })
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    server?.closeAllConnections()
    await new Promise((resolve) => server?.close(resolve))
  })
  return receiver
}

/** What a rejected promise was rejected with. */
export async function faultOf(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await promise
  } catch (error) {
    return error as Record<string, unknown>
  }
  throw new Error('It was expected to fail.')
}
