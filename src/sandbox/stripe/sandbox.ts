import type { Clock, Log } from '../../domain/ports.ts'
import type { Seconds } from './objects/shared.ts'
import { DEFAULT_SETTINGS, type Keys, type Settings, type TimerKind } from './records.ts'
import type { Store } from './store.ts'
import type { SandboxTime } from './time.ts'

/** What every rule of the sandbox works with. */
export interface Sandbox {
  readonly store: Store
  readonly time: SandboxTime
  /** Where browsers reach the pages, without a slash at the end. */
  readonly publicUrl: string
  readonly log: Log | undefined
  /** The machine's clock: signatures are made with it, because whoever checks them looks at theirs. */
  readonly wallClock: Clock
  /** How far one may ask it to misbehave; see misbehaviour.ts. */
  readonly misbehaviour: Misbehaviour
  /** The request being served: events say what caused them. */
  request: { readonly id: string; readonly idempotencyKey: string | null } | undefined
}

/** What can be asked for; each of them on top of the others. Nothing of it is asked for at first. */
export interface MisbehaveOptions {
  /** Every event is delivered so many times more. */
  readonly duplicates?: number
  /** Events that are due together are delivered in an order that `seed` decides. */
  readonly order?: 'created' | 'random'
  readonly seed?: number
  /** All events carry the second in which this began. */
  readonly sameSecond?: boolean
  /** Events are delivered so much later on the sandbox's clock; in random order at most so much later. */
  readonly delayMs?: number
  /** The next so many events are never delivered. */
  readonly dropEvents?: number
  /** Of the next so many writing requests the effect is done and the connection cut instead of an answer. */
  readonly lostAnswers?: number
  /** Requests are refused with this status, so many of them or for so long on the machine's clock, else until told otherwise. */
  readonly fail?: { readonly status: number; readonly count?: number; readonly forMs?: number }
}

export interface Misbehaviour {
  readonly options: MisbehaveOptions
  /** Replaces what was asked for before. */
  set(options: MisbehaveOptions): void
  /** Deliveries an event gets at each endpoint. */
  copies(): number
  /** Consumes one event to drop, if there is one. */
  drops(): boolean
  createdAt(now: Seconds): Seconds
  delayMs(): number
  arrange<T>(items: readonly T[]): T[]
  /** Consumes one lost answer, if there is one. */
  losesAnswer(): boolean
  /** Consumes one refusal: the status to answer with. */
  fails(): number | undefined
}

/** Now, in the seconds that Stripe counts in. */
export function nowOf(sandbox: Sandbox): Seconds {
  return Math.floor(sandbox.time.now() / 1000)
}

/** Lets something happen at `at`; what was set for the same target before is replaced. */
export function schedule(sandbox: Sandbox, kind: TimerKind, target: string, at: Seconds): void {
  sandbox.store.put('timer', { id: `${kind}:${target}`, kind, target, atMs: at * 1000 })
}

export function unschedule(sandbox: Sandbox, target: string, ...kinds: readonly TimerKind[]): void {
  for (const kind of kinds) {
    const id = `${kind}:${target}`
    if (sandbox.store.find('timer', id) !== undefined) sandbox.store.remove('timer', id)
  }
}

export function settingsOf(sandbox: Sandbox): Settings {
  return sandbox.store.find('settings', 'settings') ?? DEFAULT_SETTINGS
}

/** Throws before `start.ts` has made them. */
export function keysOf(sandbox: Pick<Sandbox, 'store'>): Keys {
  const keys = sandbox.store.find('keys', 'keys')
  if (keys === undefined) throw new Error('The sandbox has no keys yet')
  return keys
}
