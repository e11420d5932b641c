import { randomBytes } from 'node:crypto'
import type { Clock, Log } from '../../domain/ports.ts'
import { createFaults, type Faults } from './misbehaviour.ts'
import type { AccountState } from './state.ts'
import type { Store } from './store.ts'

/** All that the parts of the sandbox share. */
export interface World {
  readonly accountSid: string
  readonly authToken: string
  readonly store: Store
  readonly faults: Faults
  readonly log: Log
  /** What a caller did that Twilio would silently ignore. */
  readonly warnings: Warnings
  /** Milliseconds of the sandbox's clock: the given one, and what it was moved ahead. */
  now(): number
  advance(ms: number): void
  account(): AccountState
  /** Twilio's kind of id: two letters and 32 hexadecimal digits. */
  sid(prefix: string): string
  /** Grows with everything that is created, over restarts too. */
  nextOrdinal(): number
  /** Ends when the sandbox closes: whatever waits stops waiting. */
  readonly closing: AbortSignal
}

export interface Warning {
  readonly at: number
  readonly request: string
  readonly message: string
}

export interface Warnings {
  add(request: string, message: string): void
  /** Oldest first; the last thousand. */
  list(): readonly Warning[]
  clear(): void
}

export interface WorldOptions {
  readonly accountSid: string
  readonly authToken: string
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly seed: number
  readonly closing: AbortSignal
}

export function createWorld({ clock, seed, ...given }: WorldOptions): World {
  const { store } = given
  const now = () => clock.now() + (store.get('moved', 'clock') ?? 0)
  if (store.get('account', 'account') === undefined)
    store.put('account', 'account', { status: 'active', type: 'Full', created_at: now() })
  let ordinal = lastOrdinal(store)
  return {
    ...given,
    faults: createFaults(now, seed),
    warnings: createWarnings(now),
    now,
    advance: (ms) => store.put('moved', 'clock', (store.get('moved', 'clock') ?? 0) + ms),
    account: () => store.get('account', 'account') ?? { status: 'active', type: 'Full', created_at: now() },
    sid: (prefix) => prefix + randomBytes(16).toString('hex'),
    nextOrdinal: () => ++ordinal,
  }
}

function lastOrdinal(store: Store): number {
  const ordinals = [
    ...store.list('number').map((number) => number.ordinal),
    ...store.list('released').map(({ number }) => number.ordinal),
    ...store.list('verification').map((verification) => verification.ordinal),
  ]
  return ordinals.reduce((one, other) => Math.max(one, other), 0)
}

const WARNINGS_MAX = 1000

function createWarnings(now: () => number): Warnings {
  let kept: Warning[] = []
  return {
    add(request, message) {
      kept = [...kept.slice(1 - WARNINGS_MAX), { at: now(), request, message }]
    },
    list: () => kept,
    clear() {
      kept = []
    },
  }
}
