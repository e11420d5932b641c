import type { Account } from './account.ts'
import type { AuditEntry } from './audit.ts'
import type { DirectoryTotals } from './directory.ts'
import type { QueueState } from './job-queries.ts'
import type { JobRecord } from './jobs.ts'
import type { LedgerNumber } from './numbers.ts'
import type { Change } from './ports.ts'
import type { Session } from './sessions.ts'

/** How many of the newest changes, jobs and entries a user's story shows. */
export const STORY_LENGTH = 50

/** Everything about one user, as an admin sees it. */
export interface UserStory {
  readonly user: Account
  /** False for a sign-up whose address nobody has proven yet. */
  readonly proven: boolean
  readonly changes: readonly Change[]
  readonly sessions: readonly Session[]
  readonly numbers: readonly LedgerNumber[]
  readonly jobs: readonly JobRecord[]
  readonly audit: readonly AuditEntry[]
}

/** How the service is doing, as an admin sees it. */
export interface Overview extends DirectoryTotals {
  readonly jobs: Pick<QueueState, 'waiting' | 'running' | 'failed'>
}

/** How many days of sign-ups the overview shows. */
export const OVERVIEW_DAYS = 30
