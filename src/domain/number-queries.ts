import type { ClaimedJob } from './jobs.ts'
import type { HeldNumber, NumberlessUser } from './number-audit.ts'
import type { LedgerNumber, NumberState, SmsStatus } from './numbers.ts'
import type { Statement } from './ports.ts'
import type { User } from './users.ts'

/** Where a call or text to one of our numbers leads: everything its answer depends on, in one read. */
export interface NumberRoute {
  readonly number: Pick<LedgerNumber, 'id' | 'state' | 'user_id'>
  readonly user: NumberOwner | undefined
}

/** What an answer needs to know of the owner: somebody waits on the line, so nothing else is read. */
export type NumberOwner = Pick<User, 'id' | 'phone' | 'subscription_tier' | 'persona'>

/** A candidate, written down before anything is bought. */
export interface Candidate {
  readonly id: string
  readonly e164: string
  readonly tag: string
  readonly now: number
  readonly job: ClaimedJob
}

/** How much may be spent. */
export interface SpendLimits {
  readonly perHourMax: number
  readonly perUserMax: number
}

/** How many purchases there were, to hold against the limits. */
export interface Spending {
  readonly lastHour: number
  readonly last30Days: number
}

/** Somebody whose numbers and tier may not agree any more. */
export interface Mismatch {
  readonly user_id: string
}

/**
 * The ledger of numbers. Statements that move an entry on abort their unit (kind `rows`) when it is not in the state they
 * start from.
 */
export interface NumberQueries {
  find(id: string): Promise<LedgerNumber | undefined>
  /** The one entry that is wanted, buying, active or in grace. */
  findLive(userId: string): Promise<LedgerNumber | undefined>
  findByE164(e164: string): Promise<LedgerNumber | undefined>
  findRoute(e164: string): Promise<NumberRoute | undefined>
  /** Newest first; `cursor` is the last one seen, as `cursorOf` gives it. */
  list(page: {
    readonly state?: NumberState
    readonly cursor?: number
    readonly limit: number
  }): Promise<NumberPage>
  listForUser(userId: string): Promise<readonly LedgerNumber[]>
  /** Everything that is, or may be, at the telephone company, with its owner, in the order of ids after `after`. */
  listHeld(after: string, limit: number): Promise<readonly HeldNumber[]>
  /** Everybody with one of these tiers and without a number, in the order of ids after `after`. */
  listNumberless(tiers: readonly string[], after: string, limit: number): Promise<readonly NumberlessUser[]>
  count(): Promise<Readonly<Record<NumberState, number>>>
  spending(now: number): Promise<Spending>
  /** Which of these were ever in the ledger, or belonged to an account that is closed: they are given to nobody. */
  findUsed(e164s: readonly string[]): Promise<ReadonlySet<string>>

  /** Users whose tier is one of these and who have nothing in the ledger, and bought numbers whose user has none of these. */
  findMismatches(tiers: readonly string[], limit: number): Promise<readonly Mismatch[]>
  /** Entries that wait for work and for which there is no job. */
  findIdle(now: number, limit: number): Promise<readonly Pick<LedgerNumber, 'id' | 'state'>[]>
  /** Gives a grace time that a hand began its end. */
  setGraceEnds(until: number): Statement

  want(id: string, userId: string): Statement
  /** Aborts the unit (kind `rows`) when so many numbers were bought already. */
  expectSpending(now: number, userId: string, limits: SpendLimits): readonly Statement[]
  /** Saves whom to buy, before it is bought; as if its purchase had been sent already. */
  saveCandidate(candidate: Candidate): Statement
  /** The same candidate is about to be asked for again. */
  noteAttempt(id: string, now: number): Statement
  /** The purchase just sent had no effect, for certain. */
  settleAttempt(id: string): Statement
  /** The candidate cannot be had: back to `wanted`. */
  dropCandidate(id: string, reason: string): Statement
  activate(bought: { readonly id: string; readonly sid: string; readonly now: number }): Statement
  restore(id: string, now: number): Statement
  beginGrace(id: string, until: number): Statement
  abandon(id: string, reason: string): Statement
  /** From whatever state in which there is, or may be, a number. */
  beginRelease(id: string, sid: string | null, reason: string): Statement
  /** An entry that nobody owns any more forgets which number it was; a hash of it stays. */
  finishRelease(
    number: Pick<LedgerNumber, 'id' | 'e164'>,
    now: number,
    reason: string | null,
  ): readonly Statement[]
  /** Aborts the unit when its grace time is not over, or was ended by a restoration. */
  expectGraceOver(id: string, now: number): Statement
  /** The ledger learns what the company says of a number. */
  learn(
    id: string,
    facts: { readonly sid?: string; readonly sms_status?: SmsStatus; readonly absent_since?: number | null },
  ): Statement
  /** One that was set by hand counts as bought from now on. */
  claimAdopted(id: string, sid: string, tag: string): Statement
  noteError(id: string, reason: string): Statement
  /** Enters a number that carries our tag and that no live entry speaks of, to be given back. */
  enterLeak(leak: {
    readonly id: string
    readonly e164: string
    readonly sid: string
    readonly tag: string
  }): Statement

  /** Until when nobody asks the telephone company, and why. One that is over stays until a call went well. */
  findPause(): Promise<Pause | undefined>
  pause(until: number, reason: string, now: number): Statement
  endPause(): Statement
}

export interface Pause {
  readonly until: number
  readonly reason: string
  /** UTC text. */
  readonly since: string
}

export interface NumberPage {
  readonly numbers: readonly LedgerNumber[]
  /** Undefined on the last page. */
  readonly next_cursor: number | undefined
}
