import type { Log } from '../domain/ports.ts'
import type { Io } from './io.ts'
import { printable } from './report.ts'

/**
 * The log of `xswarm dev`: a short line per request for the person watching, and faults with their stack. `redact`
 * takes emails, phones and secrets out of a text, as in the log of `serve`.
 */
export function createDevLog(io: Io, redact: (text: string) => string): Log {
  const say = (text: string) => io.say(redact(text))
  return {
    info(fields, message) {
      const request = describeRequest(fields)
      if (request !== undefined) say(io.paint.faint(request))
      else if (io.env.XSWARM_DEBUG === '1') say(io.paint.faint(printable(message)))
    },
    warn: (fields, message) =>
      say(`${io.paint.warn('warning:')} ${printable(message)}${describeCause(fields)}`),
    error: (fields, message) =>
      say(`${io.paint.bad('error:')} ${printable(message)}${describeCause(fields)}`),
  }
}

/** The route's pattern and never the path: what was sent may hold what belongs to somebody. */
function describeRequest({
  method,
  route,
  status,
  ms,
}: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof method !== 'string' || typeof route !== 'string') return undefined
  return `${method} ${route} ${String(status)} ${String(ms)} ms`
}

function describeCause({ err }: Readonly<Record<string, unknown>>): string {
  if (!(err instanceof Error)) return ''
  const cause = err.cause instanceof Error ? `\n  caused by: ${err.cause.stack ?? err.cause.message}` : ''
  return `\n  ${err.stack ?? err.message}${cause}`
}
