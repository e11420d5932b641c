import { digestOf } from './digests.ts'
import type { Ids, Statement } from './ports.ts'
import { formatTimestamp } from './times.ts'
import type { RevisedUser } from './users.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** A session nobody uses ends after this long. */
export const SESSION_IDLE_MS = 30 * DAY_MS
/** Every session ends after this long, however much it is used. */
export const SESSION_LIFE_MS = 90 * DAY_MS
/** Being used is written down at most this often. */
export const SESSION_TOUCH_MS = 60 * 60 * 1000

export const SESSION_KINDS = ['browser', 'api', 'device'] as const
export type SessionKind = (typeof SESSION_KINDS)[number]

/** A session as its owner sees it. Times are UTC text. */
export interface Session {
  readonly id: string
  readonly kind: SessionKind
  /** The device's name, or what the browser calls itself. */
  readonly name: string
  readonly created_at: string
  readonly last_seen_at: string
  /** The end if it is not used any more. */
  readonly expires_at: string
}

/** A session as it is kept. Times are milliseconds since the epoch. */
export interface KeptSession {
  readonly id: string
  readonly user_id: string
  readonly token_hash: string
  readonly kind: SessionKind
  readonly name: string
  readonly address_hash: string
  readonly created_at: string
  readonly last_seen_at: number
  readonly expires_at: number
  readonly ends_at: number
}

/** Who is asking: the user, read in the same moment as the session. */
export interface SignedIn extends RevisedUser {
  readonly session: {
    readonly id: string
    readonly kind: SessionKind
    readonly last_seen_at: number
    readonly ends_at: number
  }
}

export interface SessionQueries {
  open(session: KeptSession): Statement
  /** The live session of a token with its user, in one indexed read. */
  findSignedIn(tokenHash: string, now: number): Promise<SignedIn | undefined>
  /** Live ones of a user, the last used first. */
  listForUser(userId: string, now: number): Promise<readonly Session[]>
  /** Those of `ids` that still let their holder in, in one read. What streams ask while they run. */
  findLive(ids: readonly string[], now: number): Promise<ReadonlySet<string>>
  /** Whether this user is or was lately signed in from this place. */
  isKnownPlace(userId: string, addressHash: string): Promise<boolean>
  /** Writes down that it is used. Does nothing when somebody else just did. */
  touch(id: string, now: number): Statement
  /** Ends one session of this user; returns a row when there was one. */
  end(userId: string, id: string): Statement
  /** Ends all sessions of this user; returns a row for each. */
  endAll(userId: string): Statement
  /** Forgets sessions that are over, a bounded number at a time. Returns a row for each. */
  forgetOld(now: number): Statement
}

export interface NewSession {
  readonly user_id: string
  readonly kind: SessionKind
  readonly name: string
  readonly address_hash: string
}

/** A new session and the token that opens it. The token is shown once and kept nowhere. */
export function createSession(
  asked: NewSession,
  ids: Ids,
  now: number,
): { readonly token: string; readonly session: KeptSession } {
  const token = `xsw_${ids.token(32)}`
  return {
    token,
    session: {
      ...asked,
      id: ids.uuid(),
      token_hash: hashToken(token),
      created_at: formatTimestamp(now),
      last_seen_at: now,
      expires_at: now + SESSION_IDLE_MS,
      ends_at: now + SESSION_LIFE_MS,
    },
  }
}

const TOKEN = /^xsw_[a-z2-7]{52}$/

/** Whether this could be a session's token at all. Spares the database what cannot be one. */
export function isSessionToken(text: string): boolean {
  return TOKEN.test(text)
}

export function hashToken(token: string): string {
  return digestOf(token)
}

/** A name a client gave itself, fit to be shown: one line, no control characters, no longer than a line. */
export function parseSessionName(text: string | null | undefined, fallback: string): string {
  const name = (text ?? '')
    .normalize('NFC')
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return name === '' ? fallback : [...name].slice(0, 120).join('')
}
