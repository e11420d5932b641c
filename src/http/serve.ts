import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { AppError } from '../domain/errors.ts'
import { PROBLEM_TYPE } from './problems.ts'
import type { HttpService } from './service.ts'

export interface ServeOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** How long a client may take to send its headers. */
  readonly headersTimeoutMs?: number
  /** How long a client may take to send its whole request. */
  readonly requestTimeoutMs?: number
  /** How long `close` waits for answers under way before it cuts them off [10000]. */
  readonly closeTimeoutMs?: number
}

/** A client that only keeps its connection busy is gone after ten seconds: these and the time until Node looks. */
export const TIMEOUTS = { headersTimeoutMs: 8000, requestTimeoutMs: 9000, lookEveryMs: 1000 } as const

export interface RunningServer {
  /** Where it listens, for example `http://127.0.0.1:8787`. */
  readonly url: string
  /** Takes no new requests, finishes those under way, then is closed. Idempotent. */
  close(): Promise<void>
}

/** Listens. Throws AppError `misconfigured` when the address is taken or not ours. */
export async function startServer(
  service: Pick<HttpService, 'fetch'> & Partial<Pick<HttpService, 'endStreams'>>,
  options: ServeOptions,
): Promise<RunningServer> {
  const headersTimeout = options.headersTimeoutMs ?? TIMEOUTS.headersTimeoutMs
  const requestTimeout = options.requestTimeoutMs ?? TIMEOUTS.requestTimeoutMs
  const server = createServer(
    {
      headersTimeout,
      requestTimeout,
      // Node looks for slow clients only every 30 s unless told.
      connectionsCheckingInterval: Math.min(TIMEOUTS.lookEveryMs, headersTimeout / 2),
      keepAliveTimeout: 5000,
      maxHeaderSize: 16 * 1024,
      // Refused by the adapter instead, with a problem where Node would answer nothing but a status.
      requireHostHeader: false,
    },
    getRequestListener(answerTogether(service), { errorHandler: badRequest }),
  )
  server.on('clientError', answerClientError)
  await listen(server, options)
  const { port, family, address } = server.address() as AddressInfo // it listens on a port, not on a pipe
  let closed: Promise<void> | undefined
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () => {
      service.endStreams?.()
      closed ??= closeServer(server, options.closeTimeoutMs ?? 10_000)
      return closed
    },
  }
}

/**
 * Answers that are ready in the same turn of the event loop leave together at its end. Each one written by itself wakes
 * the program at the other end, which costs more than the write: with 64 connections GET /api/me answered 10,300 a second
 * one by one and 14,700 together. Somebody who asks alone waits for microseconds.
 */
function answerTogether({ fetch }: Pick<HttpService, 'fetch'>): HttpService['fetch'] {
  let turn: Promise<void> | undefined
  return async (request, env) => {
    const response = await fetch(request, env)
    turn ??= new Promise((resolve) => {
      setImmediate(() => {
        turn = undefined
        resolve()
      })
    })
    await turn
    return response
  }
}

function listen(server: Server, { host, port }: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)))
    server.listen(port, host, resolve)
  })
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  const sentences: Record<string, string> = {
    EADDRINUSE: `Port ${port} on ${host} is already in use. Stop the program that uses it, or choose another with --port or [server] port in config.toml.`,
    EACCES: `Port ${port} may not be opened by this user. Choose one above 1023 with --port or [server] port in config.toml.`,
    EADDRNOTAVAIL: `This machine has no address ${host}. Correct --host or [server] host in config.toml.`,
    ENOTFOUND: `The host name ${host} is not known. Correct --host or [server] host in config.toml.`,
  }
  const sentence = sentences[error.code ?? '']
  return sentence === undefined ? error : new AppError('misconfigured', sentence, { cause: error })
}

function closeServer(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    // A connection whose last answer is out would otherwise be kept for the next request, which is not wanted now.
    const sweep = setInterval(() => server.closeIdleConnections(), 20)
    const patience = setTimeout(() => server.closeAllConnections(), timeoutMs)
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(patience)
      resolve()
    })
  })
}

/** What the adapter could not even make a request of, such as a host header that is none. */
function badRequest(): Response {
  return new Response(problemText(400, 'The request cannot be read', 'malformed'), {
    status: 400,
    headers: { 'Content-Type': PROBLEM_TYPE, ...bareHeaders },
  })
}

const bareHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
}

const clientErrors: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'too-large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'too-slow'],
}

/** Bytes that are no HTTP, headers too long, a client too slow: answered on the bare socket, which then closes. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, title, code] = clientErrors[error.code ?? ''] ?? [400, 'Bad Request', 'malformed']
  const body = problemText(status, title, code)
  const headers = Object.entries({ 'Content-Type': PROBLEM_TYPE, ...bareHeaders }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers.join('')}\r\n${body}`,
  )
}

function problemText(status: number, title: string, code: string): string {
  return JSON.stringify({ type: `urn:xswarm:problem:${code}`, title, status, detail: `${title}.` })
}
