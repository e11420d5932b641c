import { createHmac, randomBytes } from 'node:crypto'
import { mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { type DestinationStream, destination as fileDestination, pino } from 'pino'
import type { Log } from '../domain/ports.ts'
import { SECRET_NAMES, type Secrets } from '../domain/secrets.ts'

export interface LogOptions {
  readonly level?: 'info' | 'warn' | 'error' | 'silent'
  /** Where the lines go [standard output]: a path, a file descriptor, or something with `write`. */
  readonly destination?: string | number | DestinationStream
  /** Their values never appear; they are also what the hashes are keyed with, so that these match after a restart. */
  readonly secrets?: Secrets
}

/** A log that has to be told to write what it holds back before the process ends. */
export interface OpenedLog extends Log {
  /** Writes everything out, at once. */
  flush(): void
}

/**
 * One JSON object per line. No email, phone number or secret appears in clear, whoever logs it and wherever it
 * stands: an email becomes a keyed hash (the same person is recognised, not named), a phone its last two digits.
 */
export function createLog(options: LogOptions = {}): OpenedLog {
  const { level = 'info', destination = 1, secrets } = options
  // Asynchronous and in portions: the disk is never waited for by somebody who signs up, and a busy service does not pay
  // one system call a line.
  const stream =
    typeof destination === 'object'
      ? destination
      : fileDestination({ dest: openDestination(destination), sync: false, minLength: PORTION_BYTES })
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // Errors are taken apart below; pino's own way would fold the cause into the message.
      serializers: { err: (error) => error },
    },
    stream,
  )
  const redact = createRedaction(secrets)
  let isFlushDue = false
  const flushLater = () => {
    if (isFlushDue) return
    isFlushDue = true
    setTimeout(() => {
      isFlushDue = false
      flushNow(stream)
    }, FLUSH_AFTER_MS).unref()
  }
  const write = (method: 'info' | 'warn' | 'error') => (fields: Record<string, unknown>, message: string) => {
    if (!log.isLevelEnabled(method)) return
    log[method](redact.fields(fields), redact.text(message))
    // What went wrong leaves the process at once: it may be about to end it.
    if (method === 'info') flushLater()
    else flushNow(stream)
  }
  return {
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    flush: () => {
      if ('flushSync' in stream && typeof stream.flushSync === 'function') stream.flushSync()
    },
  }
}

const PORTION_BYTES = 4096
/** So long a line may wait for more to come. */
const FLUSH_AFTER_MS = 100

/** Starts to write what is held back, without waiting for it. */
function flushNow(stream: object): void {
  if ('flush' in stream && typeof stream.flush === 'function') stream.flush()
}

/** Opened at once: a file that cannot be written must fail the start, not lose lines later. */
function openDestination(destination: string | number): number {
  if (typeof destination === 'number') return destination
  mkdirSync(dirname(destination), { recursive: true })
  return openSync(destination, 'a', 0o600)
}

interface Redaction {
  fields(fields: Readonly<Record<string, unknown>>): Record<string, unknown>
  text(text: string): string
}

const emails = /[^\s"'<>()[\]{},;:=&?/\\@]{1,64}@[^\s"'<>()[\]{},;:=&?/\\@]{1,253}/gu
/** E.164, ten digits or more in one piece, or three groups as people write them; not a date and not part of an id. */
const phones = /\+\d[\d ().-]{5,18}\d|(?<![\w.-])(?:\d{10,15}|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})(?![\w-])/g
const credentials = /\b(bearer|basic)\s+[\w.~+/=-]+/gi
const emailField = /email|^(?:to|from|cc|bcc|reply_to)$/
const phoneField = /phone|^(?:caller|called|number|msisdn)$/
const secretField = /secret|token|password|authorization|cookie|api_?key|credential/
const depthMax = 6
const lengthMax = 8192
/** The same without `g`: looking first is five times as fast as replacing nothing, and nearly every text holds nothing. */
const anyCredential = new RegExp(credentials.source, 'i')
const anyPhone = new RegExp(phones.source)
/** What the patterns above and `decoded` cannot do without. */
const worthALook = /[%@\s]|\d{3}|\+\d/
/** Names are written in code, so there are few; this only bounds what an odd input may leave behind. */
const namesMax = 1_000

type FieldKind = 'secret' | 'email' | 'phone' | 'plain'

function kindOf(name: string): FieldKind {
  const field = name.toLowerCase()
  if (secretField.test(field)) return 'secret'
  if (emailField.test(field)) return 'email'
  return phoneField.test(field) ? 'phone' : 'plain'
}

export function createRedaction(secrets: Secrets = {}): Redaction {
  const hidden = secretValues(secrets)
  const key = keyOf(hidden)
  const hash = (email: string) =>
    `email:${createHmac('sha256', key).update(email.toLowerCase()).digest('hex').slice(0, 12)}`

  function text(value: string): string {
    let shown = value.length > lengthMax ? `${value.slice(0, lengthMax)}…` : value
    for (const secret of hidden) if (shown.includes(secret)) shown = shown.replaceAll(secret, '[secret]')
    if (!worthALook.test(shown)) return shown
    if (shown.includes('%')) shown = decoded(shown)
    if (anyCredential.test(shown)) shown = shown.replaceAll(credentials, '$1 [secret]')
    if (shown.includes('@')) shown = shown.replaceAll(emails, hash)
    return anyPhone.test(shown) ? shown.replaceAll(phones, lastTwo) : shown
  }

  const names = new Map<string, { readonly shown: string; readonly kind: FieldKind }>()
  function described(name: string): { readonly shown: string; readonly kind: FieldKind } {
    const known = names.get(name)
    if (known !== undefined) return known
    const described = { shown: text(name), kind: kindOf(name) }
    if (names.size < namesMax) names.set(name, described)
    return described
  }

  function value(kind: FieldKind, given: unknown, depth: number): unknown {
    if (given === null || given === undefined || typeof given === 'boolean') return given
    if (kind === 'secret') return '[secret]'
    if (typeof given === 'number' || typeof given === 'bigint')
      return kind === 'phone' ? lastTwo(String(given)) : given
    if (typeof given === 'string') {
      if (kind === 'email' && given !== '') return given.includes('@') ? text(given) : hash(given)
      return kind === 'phone' ? lastTwo(given) : text(given)
    }
    if (typeof given !== 'object') return `[${typeof given}]`
    if (depth >= depthMax) return '[…]'
    if (given instanceof Error) return fields(plainError(given), depth + 1)
    if (given instanceof Date) return given.toISOString()
    if (ArrayBuffer.isView(given)) return `[${given.byteLength} bytes]`
    if (Array.isArray(given)) return given.slice(0, 100).map((one) => value(kind, one, depth + 1))
    return fields(given as Readonly<Record<string, unknown>>, depth + 1) // an object, by elimination
  }

  function fields(given: Readonly<Record<string, unknown>>, depth = 0): Record<string, unknown> {
    const shown: Record<string, unknown> = {}
    for (const name of Object.keys(given)) {
      const field = described(name)
      shown[field.shown] = value(field.kind, given[name], depth)
    }
    return shown
  }

  return { fields: (given) => fields(given), text }
}

function plainError(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error
  return { ...error, name, message, stack: stack?.split('\n').slice(0, 20).join('\n'), cause }
}

/** `+1 555 123 4567` as `phone:…67`. */
function lastTwo(phone: string): string {
  return `phone:…${phone.replaceAll(/\D/g, '').slice(-2)}`
}

/** Rotated secrets stand in one variable with commas. A short value would blank out words that are no secret. */
function secretValues(secrets: Secrets): readonly string[] {
  return SECRET_NAMES.flatMap((name) => [secrets[name] ?? '', ...(secrets[name] ?? '').split(',')])
    .map((secret) => secret.trim())
    .filter((secret) => secret.length >= 6)
    .sort((a, b) => b.length - a.length)
}

function keyOf(hidden: readonly string[]): Buffer {
  return hidden.length === 0
    ? randomBytes(32)
    : createHmac('sha256', 'xswarm log').update(hidden.join('\n')).digest()
}

/** A percent-encoded `@` or `+` hides an email or a phone as little as a plain one. */
function decoded(text: string): string {
  return text.replaceAll(/(?:%[0-7][0-9a-f])+/gi, (encoded) => decodeURIComponent(encoded))
}
