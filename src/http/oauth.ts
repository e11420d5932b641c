import { PROBLEMS, type ProblemCode, type Refused } from './problems.ts'
import { JSON_TYPE, type Reply, reply } from './route.ts'

/** An answer of RFC 6749, 5.2: what OAuth clients read instead of a problem. */
export function oauthError(
  status: number,
  error: string,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return reply(status, JSON_TYPE, JSON.stringify({ error, error_description: ascii(description) }), {
    ...headers,
    Pragma: 'no-cache',
  })
}

/** Whatever was refused before or besides the protocol, in the protocol's words. */
export function oauthReply({ code, problem, headers }: Refused): Reply {
  const isTemporary = problem.status >= 500 || code === 'too-often'
  const status = oauthStatus(code)
  const error = isTemporary ? 'temporarily_unavailable' : 'invalid_request'
  return oauthError(status, problem.status === 500 ? 'server_error' : error, problem.detail, headers)
}

/** The status of a refusal in this protocol. */
export function oauthStatus(code: ProblemCode): number {
  return REQUEST_FAULTS.has(code) ? 400 : PROBLEMS[code].status
}

/** RFC 6749 knows only 400 for these. */
const REQUEST_FAULTS: ReadonlySet<ProblemCode> = new Set(['malformed', 'invalid', 'unsupported-type'])

/** The characters RFC 6749 allows in a description. */
function ascii(text: string): string {
  return text.replaceAll('"', "'").replaceAll(/[^\x20-\x7e]|\\/g, '?')
}
