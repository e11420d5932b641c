import { AppError, type ErrorCode } from '../domain/errors.ts'
import { EXIT, type ExitCode } from './report.ts'

/** The command was written wrongly: unknown command, flag, key or value. Exit code 2. */
export class UsageError extends Error {
  /** What to run to learn how it is written. */
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.name = 'UsageError'
    this.hint = hint
  }
}

/** The person pressed ^C at a question. Nothing is said about it. Exit code 130. */
export class InterruptedError extends Error {}

/** The one translation from a refusal to an exit code. */
const EXIT_CODES = {
  invalid: EXIT.usage,
  'not-found': EXIT.failed,
  unauthenticated: EXIT.failed,
  forbidden: EXIT.failed,
  'email-taken': EXIT.failed,
  'address-unavailable': EXIT.failed,
  'idempotency-mismatch': EXIT.failed,
  stale: EXIT.failed,
  conflict: EXIT.failed,
  'too-often': EXIT.tryAgain,
  unavailable: EXIT.tryAgain,
  'unknown-outcome': EXIT.tryAgain,
  misconfigured: EXIT.failed,
} as const satisfies Record<ErrorCode, ExitCode>

export interface Failure {
  readonly exitCode: ExitCode
  /** For stderr, one or more lines. */
  readonly text: string
  /** For stdout with `--json`. */
  readonly document: { readonly error: Readonly<Record<string, unknown>> }
}

export interface FailureOptions {
  /** Whether a bug shows its message and stack (`XSWARM_DEBUG=1`). */
  readonly debug?: boolean
  /** A bug's fingerprint: the same bug has the same one on every machine. */
  readonly fingerprint: (text: string) => string
}

/** What a person and a program are told about an error of any kind. */
export function describeFailure(error: unknown, options: FailureOptions): Failure {
  if (error instanceof UsageError) return describeUsage(error)
  if (error instanceof InterruptedError) return INTERRUPTED
  if (error instanceof AppError) return describeRefusal(error, options)
  return describeBug(error, options)
}

const INTERRUPTED: Failure = {
  exitCode: EXIT.interrupted,
  text: '',
  document: { error: { code: 'interrupted', message: 'interrupted' } },
}

function describeUsage(error: UsageError): Failure {
  const hint = error.hint === undefined ? '' : `\n${error.hint}`
  return {
    exitCode: EXIT.usage,
    text: `xswarm: ${error.message}${hint}`,
    document: { error: { code: 'usage', message: error.message } },
  }
}

function describeRefusal(error: AppError, { debug = false }: FailureOptions): Failure {
  const faults = faultsOf(error)
  const causes = debug && error.cause !== undefined ? `\n${inspectCause(error.cause)}` : ''
  return {
    exitCode: EXIT_CODES[error.code],
    text: `${describeSentences(error, faults)}${causes}`,
    document: {
      error: {
        code: error.code,
        message: error.message,
        ...(error.fields.length > 0 && { errors: error.fields }),
        ...(error.retryAfterSeconds !== undefined && { retry_after_seconds: error.retryAfterSeconds }),
        ...(faults !== undefined && { faults }),
      },
    },
  }
}

/** A ConfigError's message is already one line per fault, each beginning with its place: nothing goes before it. */
function describeSentences(error: AppError, faults: readonly unknown[] | undefined): string {
  if (faults !== undefined) return error.message
  const fields = error.fields
    .filter(({ message }) => !error.message.includes(message))
    .map(({ field, message }) => `  ${field}: ${message}`)
  return [`xswarm: ${error.message}`, ...fields].join('\n')
}

/** ConfigError lives in src/config, which costs zod to load; its faults are recognised by their shape. */
function faultsOf(error: AppError): readonly unknown[] | undefined {
  return 'faults' in error && Array.isArray(error.faults) ? error.faults : undefined
}

/** Neither message nor stack is shown: a driver's text may quote a value. The fingerprint finds the place. */
function describeBug(error: unknown, { debug = false, fingerprint }: FailureOptions): Failure {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const reference = fingerprint(placesOf(stack))
  const message = `this is a bug in xswarm, not something you did (reference ${reference})`
  const help = debug ? inspectCause(error) : 'Run it again with XSWARM_DEBUG=1 to see where, and report it.'
  return {
    exitCode: EXIT.failed,
    text: `xswarm: ${message}\n${help}`,
    document: { error: { code: 'bug', message, reference } },
  }
}

/** The frames of a stack without the machine's folders, so that a fingerprint holds across installations. */
function placesOf(stack: string): string {
  const places = stack.match(/[\w.-]+\.(?:ts|js|mjs|cjs):\d+:\d+/g)
  return places === null ? stack : places.slice(0, 5).join(' ')
}

function inspectCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by: ${inspectCause(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
