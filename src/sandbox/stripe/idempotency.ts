import { ApiError, malformed } from './errors.ts'
import type { Raw } from './form.ts'
import { isObject } from './params.ts'
import type { Answer } from './records.ts'
import { nowOf, type Sandbox } from './sandbox.ts'

const KEPT_SECONDS = 24 * 3600
const KEY_MAX = 255

export interface Keyed {
  readonly key: string
  readonly path: string
  readonly parameters: string
}

/** What names a request under its key. Throws ApiError for a key that is none. */
export function keyOf(header: string | undefined, path: string, raw: Raw): Keyed | undefined {
  if (header === undefined || header === '') return undefined
  if (header.length > KEY_MAX) {
    throw malformed(`Idempotency keys may be at most ${KEY_MAX} characters long; yours has ${header.length}.`)
  }
  return { key: header, path, parameters: JSON.stringify(sorted(raw)) }
}

/** The first answer under this key, for 24 hours. Throws `idempotency_error` when it was the answer to something else. */
export function recallAnswer(sandbox: Sandbox, { key, path, parameters }: Keyed): Answer | undefined {
  const known = sandbox.store.find('answer', key)
  if (known === undefined || known.at <= nowOf(sandbox) - KEPT_SECONDS) return undefined
  if (known.path !== path) {
    throw mismatch(
      `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${known.path}' vs '${path}'). Try using a key other than '${key}' if you meant to execute a different request.`,
    )
  }
  if (known.parameters === parameters) return known
  throw mismatch(
    `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
  )
}

/** Inside the transaction that did it. */
export function rememberAnswer(
  sandbox: Sandbox,
  { key, path, parameters }: Keyed,
  answer: { readonly status: number; readonly body: unknown; readonly requestId: string },
): void {
  sandbox.store.put('answer', { id: key, path, parameters, ...answer, at: nowOf(sandbox) })
}

function mismatch(message: string): ApiError {
  return new ApiError(400, { type: 'idempotency_error', message }, { early: true })
}

/** The same whatever order the keys came in. */
function sorted(raw: Raw): unknown {
  if (Array.isArray(raw)) return raw.map(sorted)
  if (!isObject(raw)) return raw
  return Object.entries(raw)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => [key, sorted(value)])
}
