import { AppError } from '../../domain/errors.ts'

/** What a request asks of Twilio, or what Twilio asks of us. */
export const OPERATIONS = [
  'search',
  'buy',
  'list',
  'read',
  'configure',
  'release',
  'account',
  'verification',
  'voice',
  'sms',
  'status',
] as const
export type Operation = (typeof OPERATIONS)[number]

/** When a fault strikes. Without any of these: always, until `behave`. */
export interface When {
  readonly on?: Operation | readonly Operation[]
  /** So often, then no more. */
  readonly times?: number
  /** This share of the requests, from 0 to 1, by a seeded dice. */
  readonly share?: number
  /** So many milliseconds of the sandbox's clock from now. */
  readonly forMs?: number
}

/** The faults, by name. `true` means always, `false` that it ends. */
export interface Misbehaviour {
  /** The connection is cut without an answer: after the effect (`done`, as without a word), or before it (`none`). */
  readonly lostAnswers?: boolean | (When & { readonly effect?: 'done' | 'none' })
  /** The answer comes late: the effect `first`, or only after the wait (`late`). */
  readonly slow?: When & { readonly ms: number; readonly effect?: 'first' | 'late' }
  /** 429. */
  readonly rateLimit?: boolean | When
  /** 5xx, `none` of the effect done unless said so. 502 is a page of HTML, as from a gateway. */
  readonly serverErrors?:
    | boolean
    | (When & { readonly status?: 500 | 502 | 503; readonly effect?: 'none' | 'done' })
  /** 401, whatever the credentials. */
  readonly wrongAuth?: boolean | When
  /** Searches find nothing and nothing can be bought. */
  readonly stockEmpty?: boolean | When
  /** Between search and buy somebody else takes the number. */
  readonly stolen?: boolean | When
  /** What was bought or released shows in reads only `ms` later; `on` says in which (list and read). */
  readonly readLag?: When & { readonly ms: number }
  /** Each callback is sent `copies` times at once (2). `on`: voice, sms, status. */
  readonly duplicateCallbacks?: boolean | (When & { readonly copies?: number })
  /** Callbacks that never leave. */
  readonly lostCallbacks?: boolean | When
}
export type FaultName = keyof Misbehaviour

/** A fault under way. */
export interface Fault {
  readonly name: FaultName
  readonly on: readonly Operation[]
  readonly timesLeft: number | null
  readonly share: number
  /** Milliseconds of the sandbox's clock; null for ever. */
  readonly until: number | null
  readonly ms: number
  readonly status: number
  readonly effect: string
  readonly copies: number
}

const CALLBACKS: readonly Operation[] = ['voice', 'sms', 'status']
const REQUESTS: readonly Operation[] = OPERATIONS.filter((operation) => !CALLBACKS.includes(operation))
const STRIKES: Readonly<Record<FaultName, readonly Operation[]>> = {
  lostAnswers: REQUESTS,
  slow: REQUESTS,
  rateLimit: REQUESTS,
  serverErrors: REQUESTS,
  wrongAuth: REQUESTS,
  stockEmpty: ['search', 'buy'],
  stolen: ['buy'],
  readLag: ['list', 'read'],
  duplicateCallbacks: CALLBACKS,
  lostCallbacks: CALLBACKS,
}
const EFFECTS: Partial<Record<FaultName, readonly string[]>> = {
  lostAnswers: ['done', 'none'],
  slow: ['first', 'late'],
  serverErrors: ['none', 'done'],
}
export const FAULT_NAMES = Object.keys(STRIKES) as readonly FaultName[]

export interface Faults {
  /** Adds faults, or replaces those of the same name. Throws AppError `invalid`, and then changes nothing. */
  set(misbehaviour: Misbehaviour): void
  clear(): void
  list(): readonly Fault[]
  /** The fault of this name, when it strikes now; that counts as one of its times. */
  take(name: FaultName, operation: Operation): Fault | undefined
}

/** `seed` decides which requests a share falls on. */
export function createFaults(now: () => number, seed: number): Faults {
  const active = new Map<FaultName, Fault>()
  const random = dice(seed)
  const isOver = (fault: Fault) => fault.timesLeft === 0 || (fault.until !== null && now() >= fault.until)

  return {
    set(misbehaviour) {
      const read = Object.entries(misbehaviour).map(
        ([name, options]) =>
          [faultName(name), options === false ? undefined : readFault(name, options, now())] as const,
      )
      for (const [name, fault] of read) {
        if (fault === undefined) active.delete(name)
        else active.set(name, fault)
      }
    },
    clear: () => active.clear(),
    list: () => [...active.values()].filter((fault) => !isOver(fault)),
    take(name, operation) {
      const fault = active.get(name)
      if (fault === undefined || isOver(fault) || !fault.on.includes(operation)) return undefined
      if (fault.share < 1 && random() >= fault.share) return undefined
      if (fault.timesLeft !== null) active.set(name, { ...fault, timesLeft: fault.timesLeft - 1 })
      return fault
    },
  }
}

function faultName(name: string): FaultName {
  const found = FAULT_NAMES.find((known) => known === name)
  if (found !== undefined) return found
  throw new AppError('invalid', `There is no misbehaviour ${name}. There are: ${FAULT_NAMES.join(', ')}.`)
}

const KEYS = ['on', 'times', 'share', 'forMs', 'ms', 'status', 'effect', 'copies']

/** Options may come from a form or a command line, so nothing is taken for granted. */
function readFault(text: string, options: unknown, now: number): Fault {
  const name = faultName(text)
  const given: Readonly<Record<string, unknown>> = options === true ? {} : Object(options)
  const unknown = Object.keys(given).find((key) => !KEYS.includes(key))
  if (unknown !== undefined) throw invalid(name, `knows no ${unknown}`)
  const number = (key: string, min: number, max: number): number | undefined => {
    const value = given[key]
    if (value === undefined) return undefined
    if (typeof value === 'number' && value >= min && value <= max) return value
    throw invalid(name, `needs ${key} from ${min} to ${max}`)
  }
  const effects = EFFECTS[name] ?? ['']
  const effect = String(given.effect ?? effects[0])
  if (!effects.includes(effect)) throw invalid(name, `needs effect to be one of ${effects.join(', ')}`)
  const ms = number('ms', 0, 1e12)
  if (ms === undefined && (name === 'slow' || name === 'readLag')) throw invalid(name, 'needs ms')
  const status = number('status', 500, 503) ?? 500
  if (![500, 502, 503].includes(status)) throw invalid(name, 'needs status 500, 502 or 503')
  const forMs = number('forMs', 0, 1e12)
  return {
    name,
    on: readOperations(name, given.on),
    timesLeft: number('times', 0, 1e9) ?? null,
    share: number('share', 0, 1) ?? 1,
    until: forMs === undefined ? null : now + forMs,
    ms: ms ?? 0,
    status,
    effect,
    copies: number('copies', 1, 20) ?? 2,
  }
}

function readOperations(name: FaultName, on: unknown): readonly Operation[] {
  if (on === undefined) return STRIKES[name]
  const wanted: readonly unknown[] = Array.isArray(on) ? on : [on]
  const found = STRIKES[name].filter((operation) => wanted.includes(operation))
  if (found.length === wanted.length) return found
  throw invalid(name, `strikes on ${STRIKES[name].join(', ')} only`)
}

function invalid(name: FaultName, what: string): AppError {
  return new AppError('invalid', `The misbehaviour ${name} ${what}.`)
}

/** The generator mulberry32: small, and the same numbers for the same seed on every machine. */
function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
