import type { Statement } from './ports.ts'

/** How a call ended. */
export const CALL_ENDS = ['completed', 'busy', 'failed', 'no-answer', 'canceled'] as const
export type CallEnd = (typeof CALL_ENDS)[number]

export interface EndedCall {
  readonly call_sid: string
  readonly number_id: string
  readonly user_id: string | null
  readonly from_number: string
  readonly status: CallEnd
  readonly seconds: number
  /** UTC text. */
  readonly ended_at: string
}

/** `stop`, `start` and `help` are answered by the network and by Twilio: we only take note. */
export type TextKind = 'text' | 'stop' | 'start' | 'help'

export interface ReceivedText {
  readonly message_sid: string
  readonly number_id: string
  readonly user_id: string | null
  readonly from_number: string
  readonly body: string
  readonly kind: TextKind
  /** Milliseconds since the epoch. */
  readonly received_at: number
}

/** What came in, once each, however often it is told. */
export interface TrafficQueries {
  /** Refused `unique` on `calls.call_sid` when it was told before. */
  keepCall(call: EndedCall): Statement
  /** Refused `unique` on `texts.message_sid` when it was told before. */
  keepText(text: ReceivedText): Statement
  findText(messageSid: string): Promise<(ReceivedText & { readonly handed_on_at: string | null }) | undefined>
  noteHandedOn(messageSid: string, now: number): Statement
  /** Forgets texts after 30 days, a bounded number at a time. Returns a row for each. */
  forgetOldTexts(now: number): Statement
}

// https://help.twilio.com/articles/223134027: the words that carriers and Twilio act on, alone in a text.
const WORDS: Readonly<Record<string, TextKind>> = {
  STOP: 'stop',
  STOPALL: 'stop',
  UNSUBSCRIBE: 'stop',
  CANCEL: 'stop',
  END: 'stop',
  QUIT: 'stop',
  REVOKE: 'stop',
  OPTOUT: 'stop',
  START: 'start',
  UNSTOP: 'start',
  HELP: 'help',
  INFO: 'help',
}

/** What a text is. `optOutType` is what Twilio itself takes it for, when it says so. */
export function kindOfText(body: string, optOutType: string | undefined): TextKind {
  return WORDS[(optOutType ?? body).trim().toUpperCase()] ?? 'text'
}

export const TEXTS_KEPT_MS = 30 * 24 * 3_600_000
