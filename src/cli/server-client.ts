import { AppError, type ErrorCode, type FieldFault } from '../domain/errors.ts'

export interface ServerRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as a form, for the routes of OAuth. */
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

export interface ServerAnswer {
  readonly status: number
  readonly headers: Headers
  /** The parsed JSON; undefined when there was none. */
  readonly body: unknown
}

export interface ServerAccess {
  readonly server: string
  readonly token?: string | undefined
}

/**
 * Asks a server. Throws AppError `unavailable` when it is not reached; then nothing was changed if the request only
 * reads or names what it wants. Answers whatever the server said, also refusals.
 */
export async function askServer(
  access: ServerAccess,
  path: string,
  request: ServerRequest = {},
): Promise<ServerAnswer> {
  const { method = 'GET', timeoutMs = 15_000 } = request
  let response: Response
  let text: string
  try {
    response = await fetch(`${access.server}${path}`, {
      method,
      headers: headersOf(access, request),
      body: bodyOf(request),
      // A token goes to the server it is for and nowhere else.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    text = await response.text()
  } catch (error) {
    const message = `The server ${access.server} cannot be reached. Check the network and the address, then try again.`
    throw new AppError('unavailable', message, { cause: error })
  }
  return { status: response.status, headers: response.headers, body: parse(text) }
}

/** As `askServer`, and throws the refusal of the server as the AppError it stands for. */
export async function callServer(
  access: ServerAccess,
  path: string,
  request: ServerRequest = {},
): Promise<ServerAnswer> {
  const answer = await askServer(access, path, request)
  if (answer.status < 400) return answer
  throw refusalOf(answer, access)
}

/**
 * Opens an answer that goes on as long as both sides like; aborting `signal` ends it. Throws AppError `unavailable` when the
 * server is not reached, and the refusal of the server.
 */
export async function openStream(
  access: ServerAccess,
  path: string,
  { headers, signal }: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<AsyncIterable<Uint8Array>> {
  let response: Response
  try {
    response = await fetch(`${access.server}${path}`, {
      headers: headersOf(access, { headers }),
      redirect: 'error',
      signal,
    })
  } catch (error) {
    throw new AppError('unavailable', `The server ${access.server} cannot be reached.`, { cause: error })
  }
  if (response.status === 200 && response.body !== null) return response.body
  const text = await response.text()
  throw refusalOf({ status: response.status, headers: response.headers, body: parse(text) }, access)
}

function headersOf({ token }: ServerAccess, { body, form, headers }: ServerRequest): Record<string, string> {
  return {
    Accept: 'application/json',
    'User-Agent': 'xswarm-cli',
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...(form !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
    ...headers,
  }
}

function bodyOf({ body, form }: ServerRequest): string | null {
  if (form !== undefined) return new URLSearchParams(form).toString()
  return body === undefined ? null : JSON.stringify(body)
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined // some other server, or a proxy in between, with a page of its own
  }
}

function refusalOf({ status, headers, body }: ServerAnswer, { server }: ServerAccess): AppError {
  if (status === 401)
    return new AppError('unauthenticated', `You are not signed in to ${server} any more. Run: xswarm login`)
  const problem = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const detail =
    typeof problem.detail === 'string' ? problem.detail : `The server ${server} answered ${status}.`
  const code = codeOf(problem.type, status)
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return new AppError(code, detail, {
    fields: fieldsOf(problem.errors),
    ...(Number.isFinite(seconds) && { retryAfterSeconds: seconds }),
  })
}

/** The problems whose names the command line knows; what it does not know is told by its status. */
const CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'invalid',
  'not-found',
  'forbidden',
  'email-taken',
  'stale',
  'conflict',
  'too-often',
  'unavailable',
  'unknown-outcome',
])

function codeOf(type: unknown, status: number): ErrorCode {
  const name = typeof type === 'string' ? (type.split(':').at(-1) ?? '') : ''
  if (CODES.has(name)) return name as ErrorCode // one of the names above
  if (status >= 500) return 'unavailable'
  if (status === 429) return 'too-often'
  return status === 404 ? 'not-found' : 'conflict'
}

function fieldsOf(errors: unknown): readonly FieldFault[] {
  if (!Array.isArray(errors)) return []
  return errors.filter(
    (one): one is FieldFault => typeof one?.field === 'string' && typeof one?.message === 'string',
  )
}
