import { AppError } from '../domain/errors.ts'
import type { UserChange } from '../domain/user-changes.ts'
import { openStream, type ServerAccess } from './server-client.ts'

/** The server sends something every 15 seconds; after this the connection counts as dead. */
const SILENCE_MS = 40_000
/** Longer than any event: what sends more without an end to it is no server of ours. */
const TEXT_MAX = 1_000_000

/**
 * The changes after a revision, as the server sends them, `open` first; ends when the server ends the stream. Throws
 * AppError `unavailable` when the connection breaks, and what the server refuses.
 */
export async function* readEvents(
  access: ServerAccess,
  afterRevision: number,
  stop: AbortSignal,
): AsyncGenerator<UserChange | 'open'> {
  const silence = new AbortController()
  let timer = setTimeout(() => silence.abort(), SILENCE_MS)
  try {
    const signal = AbortSignal.any([stop, silence.signal])
    const headers = { Accept: 'text/event-stream', 'Last-Event-ID': String(afterRevision) }
    const body = await openStream(access, '/api/me/events', { headers, signal })
    yield 'open'
    const decoder = new TextDecoder()
    let text = ''
    for await (const bytes of broken(body, access)) {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), SILENCE_MS)
      const blocks = (text + decoder.decode(bytes, { stream: true })).split('\n\n')
      text = blocks.pop() ?? ''
      if (text.length > TEXT_MAX) throw noServer(access)
      for (const block of blocks) yield* changeOf(block, access)
    }
  } finally {
    clearTimeout(timer)
  }
}

/** A connection that breaks is an outage like any other. */
async function* broken(
  body: AsyncIterable<Uint8Array>,
  { server }: ServerAccess,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (cause) {
    throw new AppError('unavailable', `The connection to ${server} broke.`, { cause })
  }
}

function* changeOf(block: string, access: ServerAccess): Generator<UserChange> {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const at = line.indexOf(':')
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1).replace(/^ /, ''))
  }
  const data = fields.get('data')
  if (fields.get('event') !== 'change' || data === undefined) return
  yield parseChange(data, access)
}

function parseChange(data: string, access: ServerAccess): UserChange {
  try {
    const change: unknown = JSON.parse(data)
    if (isChange(change)) return change
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw noServer(access)
}

function isChange(value: unknown): value is UserChange {
  return (
    typeof value === 'object' &&
    value !== null &&
    'revision' in value &&
    typeof value.revision === 'number' &&
    'changed' in value &&
    Array.isArray(value.changed) &&
    'user' in value &&
    typeof value.user === 'object'
  )
}

function noServer({ server }: ServerAccess): AppError {
  return new AppError('conflict', `What answered at ${server} is no xSwarm server. Check the address.`)
}
