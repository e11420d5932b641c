import type { WriteOutcome, WriteUnit } from './ports.ts'

/**
 * Who did it: an admin or user by id, an operator by the name of the account on their machine, or we ourselves.
 */
export type Actor = `admin:${string}` | `operator:${string}` | `user:${string}` | 'system'

/** Everything that is written to the audit log. */
export type AuditAction =
  | 'users.listed'
  | 'user.viewed'
  | 'user.created'
  | 'user.tier-set'
  | 'number.provided'
  | 'number.withdrawn'
  | 'numbers.listed'
  | 'numbers.audited'
  | 'user.exported'
  | 'user.closed'
  | 'user.email-changed'
  | 'users.expired'
  | 'users.imported'
  | 'settings.changed'
  | 'overview.viewed'
  | 'jobs.listed'
  | 'job.retried'
  | 'audit.viewed'
  | 'audit.verified'
  | 'database.shell'
  | 'subscription.changed'
  | 'billing.duplicate-ended'
  | 'billing.disputed'
  | 'billing.customer-deleted'

export interface NewAuditEntry {
  readonly actor: Actor
  readonly action: AuditAction
  /** Whom it is about. */
  readonly user_id?: string
  /** Never personal data: the log outlives the people in it. */
  readonly detail?: Readonly<Record<string, unknown>>
}

export interface AuditEntry {
  readonly id: number
  /** UTC text. */
  readonly at: string
  readonly actor: string
  readonly action: string
  readonly user_id: string | null
  readonly detail: Readonly<Record<string, unknown>>
  readonly previous_hash: string
  readonly hash: string
}

export interface AuditPage {
  readonly user_id?: string
  /** `id` of the last one seen. */
  readonly cursor?: number
  readonly limit: number
}

export type AuditVerdict =
  /** `head` is the hash of the last entry: kept elsewhere, it proves later that nothing before it was rewritten. */
  | { readonly ok: true; readonly entries: number; readonly head: string }
  /** The first entry that does not follow from the one before it, and why. */
  | { readonly ok: false; readonly id: number; readonly fault: string }

/** The append-only log. Each entry carries the hash of the one before. */
export interface AuditLog {
  /**
   * Runs a unit together with an entry: both happen or neither. Without `unit` only the entry is written. The outcome
   * is that of the unit; `rows` has a last element more, which is the entry's. Throws AppError `unavailable`.
   */
  write(entry: NewAuditEntry, unit?: WriteUnit): Promise<WriteOutcome>
  /** Writes an entry down. Throws AppError `unavailable` when that is not certain: then what it speaks of must not be done. */
  record(entry: NewAuditEntry): Promise<void>
  /** The newest first. */
  list(page: AuditPage): Promise<readonly AuditEntry[]>
  /** The newest entry of one action about one user. */
  findLast(action: AuditAction, userId: string): Promise<AuditEntry | undefined>
  /** Reads the whole log and checks every hash. */
  verify(): Promise<AuditVerdict>
}
