import type { MailRequest } from './mails.ts'
import type { NewUsage } from './usage.ts'

/** Every job there is, with what it needs to know. The worker maps each name to one action. */
export interface JobPayloads {
  'send-mail': MailRequest
  /** Brings what the ledger of numbers has for a user to what their tier includes. */
  'provision-number': { readonly user_id: string }
  /** Buys the number of one entry of the ledger. Without a user: a purchase under way outlives an account. */
  'buy-number': { readonly number_id: string }
  'release-number': { readonly number_id: string }
  'hand-on-text': { readonly message_sid: string }
  'record-usage': NewUsage
  'sweep-numbers': Sweep
  'audit-numbers': Sweep
  'refresh-sms-status': Sweep
  'forget-answers': Sweep
  'forget-operations': Sweep
  'forget-jobs': Sweep
  'forget-sign-ins': Sweep
  'forget-email-changes': Sweep
  'follow-changes': Sweep
  'expire-unproven': Sweep
  /** Keyed by the customer, so that their state is fetched and written by one at a time. */
  'sync-subscription': { readonly customer_id: string }
  'end-duplicate': {
    readonly subscription_id: string
    readonly customer_id: string
    readonly refund: boolean
  }
  'review-dispute': { readonly dispute_id: string }
  'update-customer': { readonly customer_id: string }
  /** What closing an account leaves to be done at Stripe. */
  'delete-customer': { readonly customer_id: string }
  'report-usage': { readonly usage_id: string }
  'sweep-billing': Sweep
  'forget-events': Sweep
}

/** What a recurring job gets to know: nothing. */
export type Sweep = Readonly<Record<string, never>>

export type JobName = keyof JobPayloads

export const JOB_STATES = ['waiting', 'running', 'failed', 'done'] as const
/** `failed` is the dead letter: it was given up and waits for an operator. */
export type JobState = (typeof JOB_STATES)[number]

/** A job to be enqueued, in the same unit as the change that makes it necessary. */
export type NewJob = {
  readonly [Name in JobName]: {
    readonly name: Name
    readonly payload: JobPayloads[Name]
    /** Whom it is about. Payloads hold no personal data that outlives this user. */
    readonly user_id?: string
    /** Jobs of one name and key are one job: asking again while it waits or runs makes it run once more at most. */
    readonly key?: string
    /** Milliseconds since the epoch; now when absent. */
    readonly run_at?: number
    /** Goes before everything that is not: somebody sits there and waits. */
    readonly urgent?: boolean
    /** Milliseconds since the epoch: dropped when not done by then. Its payload is also removed when it fails for good. */
    readonly expires_at?: number
    /** Milliseconds since the epoch: until then asking for the same name and key again changes nothing, even when it is done. */
    readonly kept_until?: number
  }
}[JobName]

/** A job a worker holds until its lease is over. `fence` and `wanted` prove it when the job is finished. */
export type ClaimedJob = {
  readonly [Name in JobName]: {
    readonly id: number
    readonly name: Name
    readonly payload: JobPayloads[Name]
    readonly user_id: string | null
    readonly key: string | null
    readonly fence: number
    readonly wanted: number
    /** This one included. */
    readonly attempts: number
    readonly expires_at: number | null
    /** UTC text. */
    readonly created_at: string
  }
}[JobName]

/** A job as an operator sees it: without its payload, times as UTC text. */
export interface JobRecord {
  readonly id: number
  /** A name this version does not know is possible: another version may have written it. */
  readonly name: string
  readonly key: string | null
  readonly user_id: string | null
  readonly state: JobState
  readonly attempts: number
  readonly run_at: string | null
  readonly leased_by: string | null
  readonly last_error: string | null
  readonly created_at: string
  readonly finished_at: string | null
}

/** How often a job is tried before it becomes a dead letter. With the pauses below, 20 attempts last about half a day. */
export const ATTEMPTS_MAX = {
  'send-mail': 20,
  'provision-number': 20,
  // With their shorter pauses both last for most of a day.
  'buy-number': 100,
  'release-number': 100,
  'hand-on-text': 20,
  'record-usage': 20,
  'sweep-numbers': 3,
  'audit-numbers': 3,
  'refresh-sms-status': 3,
  'forget-answers': 5,
  'forget-operations': 5,
  'forget-jobs': 5,
  'forget-sign-ins': 5,
  'forget-email-changes': 5,
  'follow-changes': 5,
  'expire-unproven': 5,
  'sync-subscription': 40,
  'end-duplicate': 40,
  'review-dispute': 40,
  'update-customer': 40,
  'delete-customer': 40,
  // Outages of more than a day are outlived: what Stripe refused for certain may be sent again for weeks.
  'report-usage': 200,
  'sweep-billing': 3,
  'forget-events': 5,
} as const satisfies Record<JobName, number>

const MINUTE_MS = 60_000

/**
 * Jobs that come round by themselves, with their interval. Every worker process asks for each of them once per interval,
 * keyed by the interval's number, so that exactly one process runs it.
 */
export const RECURRING = {
  'sweep-numbers': MINUTE_MS,
  'audit-numbers': 15 * MINUTE_MS,
  'refresh-sms-status': 15 * MINUTE_MS,
  'forget-answers': 10 * MINUTE_MS,
  'forget-operations': 10 * MINUTE_MS,
  'forget-jobs': 10 * MINUTE_MS,
  'forget-sign-ins': 10 * MINUTE_MS,
  'forget-email-changes': 10 * MINUTE_MS,
  'follow-changes': MINUTE_MS,
  'expire-unproven': 10 * MINUTE_MS,
  'sweep-billing': 10 * MINUTE_MS,
  'forget-events': 60 * MINUTE_MS,
} as const satisfies Partial<Record<JobName, number>>
export type RecurringJobName = keyof typeof RECURRING

/** The recurring job of the interval that `now` lies in. The same for every process. */
export function recurringJob(name: RecurringJobName, now: number): NewJob & { readonly key: string } {
  const interval = RECURRING[name]
  const slot = Math.floor(now / interval)
  // Kept for one more interval, so that a process whose clock is behind does not run it a second time.
  return { name, payload: {}, key: `slot-${slot}`, kept_until: (slot + 2) * interval }
}

const RETRY_FIRST_MS = 5_000
export const RETRY_LONGEST_MS = 60 * MINUTE_MS
/** Jobs that somebody waits for: an outage that is over is noticed sooner. */
export const RETRY_LONGEST_MS_OF: Readonly<Partial<Record<JobName, number>>> = {
  'provision-number': 5 * MINUTE_MS,
  'buy-number': 10 * MINUTE_MS,
  'release-number': 10 * MINUTE_MS,
}

/**
 * The pause after attempt number `attempts`: it doubles from five seconds to an hour. `jitter` in [0, 1) spreads it over its
 * upper half, so that jobs that failed together do not come back together.
 */
export function retryPauseMs(attempts: number, jitter: number): number {
  const full = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** Math.min(attempts - 1, 30))
  return Math.round(full / 2 + (full / 2) * jitter)
}
