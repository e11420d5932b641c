import { type HttpClient, type HttpStream, openHttp } from '@libsql/hrana-client'
import { AppError } from '../domain/errors.ts'

/**
 * `unreachable`: not a byte was sent. `busy`: the server had no connection to give and looked at nothing.
 * `broken` and `slow`: the server may have done what it was asked.
 */
export type TransportFault = 'unreachable' | 'busy' | 'broken' | 'slow'

/** A request that failed on the way. */
export class TransportError extends Error {
  readonly fault: TransportFault

  constructor(fault: TransportFault, message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'TransportError'
    this.fault = fault
  }

  get maybeDone(): boolean {
    return this.fault === 'broken' || this.fault === 'slow'
  }
}

export interface RemoteClient {
  /**
   * One HTTP request: `work` asks for everything at once on a fresh stream, which ends with it.
   * Throws TransportError, AppError `misconfigured` (token, address), or the server's own ResponseError.
   */
  request<T>(work: (stream: HttpStream) => Promise<T>): Promise<T>
  /** The whole database as a script, at one moment, piece by piece. */
  dump(): AsyncIterable<string>
  close(): void
}

/** Hrana over HTTP, with a bound on every request: a server that hangs must not hang us. */
export function createRemoteClient(url: URL, authToken: string | undefined, timeoutMs: number): RemoteClient {
  const base = new URL(url)
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  const send = (request: Request): Promise<Response> => sendBounded(request, timeoutMs)
  const client: HttpClient = openHttp(base, authToken, send)
  return {
    async request(work) {
      const stream = client.openStream()
      try {
        const result = work(stream)
        // Goes out in the same request, so that no connection of the server stays ours.
        stream.closeGracefully()
        return await result
      } catch (error) {
        throw asTransportError(error)
      }
    },
    dump: () => readDump(new Request(new URL('dump', base), { headers: authorization(authToken) })),
    close: () => client.close(),
  }
}

/** Without a bound on the whole: a large database takes its time. */
async function* readDump(request: Request): AsyncGenerator<string> {
  try {
    const response = await sendBounded(request, undefined)
    if (response.body === null) return
    // A character may be cut in two between pieces, so they are decoded as one stream.
    for await (const piece of response.body.pipeThrough(new TextDecoderStream('utf-8', { fatal: true })))
      yield piece
  } catch (error) {
    throw asTransportError(error)
  }
}

function authorization(authToken: string | undefined): Record<string, string> {
  return authToken === undefined ? {} : { authorization: `Bearer ${authToken}` }
}

async function sendBounded(request: Request, timeoutMs: number | undefined): Promise<Response> {
  const bound = timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }
  const response = await fetch(request, { ...bound, redirect: 'manual' })
  if (response.ok) return response
  const words = (await response.text()).slice(0, 500)
  const cause = new Error(`HTTP ${response.status}: ${words}`)
  const { host } = new URL(request.url)
  if (response.status === 401 || response.status === 403) {
    throw new AppError(
      'misconfigured',
      `The database server ${host} does not accept the token. Check TURSO_AUTH_TOKEN.`,
      {
        cause,
      },
    )
  }
  if (response.status === 404 || (response.status >= 300 && response.status < 400)) {
    throw new AppError('misconfigured', `There is no database at ${host}. Check database.url.`, { cause })
  }
  if (response.status === 429) throw new TransportError('busy', 'the server has no connection to give', cause)
  if (response.status >= 500) throw new TransportError('broken', 'the server failed', cause)
  throw cause
}

/** Failures before the first byte was sent. Whatever else goes wrong, the server may have done the work. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT)$/
const BAD_CERTIFICATE = /^(ERR_TLS_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_SSL_|HOSTNAME_MISMATCH)/

function asTransportError(error: unknown): unknown {
  if (error instanceof AppError || error instanceof TransportError) return error
  if (!(error instanceof Error)) return error
  if (error.name === 'TimeoutError' || error.name === 'AbortError') {
    return new TransportError('slow', 'the server did not answer in time', error)
  }
  if (error.name === 'ResponseError') return error
  const code = causeCode(error)
  if (BAD_CERTIFICATE.test(code)) {
    return new AppError(
      'misconfigured',
      `The certificate of the database server is not accepted (${code}). Check database.url.`,
      {
        cause: error,
      },
    )
  }
  if (NEVER_SENT.test(code))
    return new TransportError('unreachable', `the server cannot be reached (${code})`, error)
  return new TransportError('broken', 'the connection to the server broke', error)
}

function causeCode(error: Error): string {
  const { cause } = error
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
}
