import type { OwnedNumber } from './state.ts'
import type { Problem } from './twiml.ts'
import type { Delivery } from './webhook.ts'
import type { World } from './world.ts'

/** One thing that a document did, in the order in which the caller met it. */
export interface Step {
  readonly verb: string
  readonly attributes: Readonly<Record<string, string>>
  /** What is said, played or dialled. */
  readonly text: string
}

/** Whom the caller was put through to. */
export interface Connection {
  /** `Stream`, or `Dial`, or another noun of Connect. */
  readonly kind: string
  /** The address of the stream, or the number dialled. */
  readonly to: string
  /** The parameters that go along with a stream. */
  readonly parameters: Readonly<Record<string, string>>
}

/** A call under way: what the verbs add to. */
export interface PhoneCall {
  readonly world: World
  readonly number: OwnedNumber
  /** What every webhook of this call says, but for CallStatus. */
  readonly params: Readonly<Record<string, string>>
  readonly caller: Caller
  readonly heard: string[]
  readonly steps: Step[]
  readonly webhooks: Delivery[]
  readonly problems: Problem[]
  seconds: number
  fetches: number
  hasPressed: boolean
  connected?: Connection
}

/** What the person on the line does. */
export interface Caller {
  /** Keys they press at the first Gather. */
  readonly digits?: string
  /** Words they say at the first Gather that listens for speech. */
  readonly speech?: string
  /** How long they stay when they are put through [30]. */
  readonly talkSeconds?: number
}

/** How a verb ends: the next one follows, the call is over, or another document takes its place. */
export type Flow =
  | { readonly kind: 'next' }
  | { readonly kind: 'over'; readonly status: CallStatus }
  | {
      readonly kind: 'fetch'
      readonly url: string
      readonly method: 'GET' | 'POST'
      readonly params: Readonly<Record<string, string>>
    }
export type CallStatus = 'completed' | 'busy' | 'failed'

export const NEXT: Flow = { kind: 'next' }
export const OVER: Flow = { kind: 'over', status: 'completed' }
