import type { ClaimedJob, JobName, JobRecord, JobState, NewJob } from './jobs.ts'
import type { Statement } from './ports.ts'

/** How the queue is doing, for `/metrics`. */
export interface QueueState {
  readonly waiting: number
  readonly running: number
  readonly failed: number
  /** How long the longest due job has been due; 0 when none is. */
  readonly oldestDueMs: number
}

/**
 * The durable queue. Whoever finishes a job proves with its fence that it is still theirs: `false` means that the lease was
 * over and somebody else has it. The clock is that of the process; leases are long against the skew of clocks.
 */
export interface JobQueries {
  /** Rides in the unit of the change that makes the job necessary. */
  enqueue(job: NewJob): Statement
  /** When the next job is due or the next lease is over, in milliseconds; undefined when nothing waits. Never writes. */
  nextDueAt(): Promise<number | undefined>
  /** Takes up to `limit` jobs that are due, and those whose worker let the lease run out. */
  claim(worker: string, leaseMs: number, limit: number): Promise<readonly ClaimedJob[]>
  /** Prolongs leases. Answers the ids that are still ours. */
  heartbeat(jobs: readonly ClaimedJob[], leaseMs: number): Promise<ReadonlySet<number>>
  /** Done - or waiting again, when it was asked for while it ran. */
  finish(job: ClaimedJob): Promise<boolean>
  /** Waits until `runAt` for the next attempt. `isFree`: the one just made does not count. */
  retryLater(job: ClaimedJob, runAt: number, reason: string, isFree?: boolean): Promise<boolean>
  /** Becomes a dead letter - or waits again, when it was asked for while it ran. */
  fail(job: ClaimedJob, reason: string): Promise<boolean>
  /** Aborts the unit (kind `rows`) when the job is no longer ours: for a state change that only its holder may make. */
  expectHeld(job: ClaimedJob): Statement
  /** Whether a keyed job runs, or should by now. */
  isDue(name: JobName, key: string): Promise<boolean>
  find(id: number): Promise<JobRecord | undefined>
  /** Newest first; `cursor` is the id of the last one seen. */
  list(page: { state?: JobState; cursor?: number; limit: number }): Promise<readonly JobRecord[]>
  listForUser(userId: string, limit: number): Promise<readonly JobRecord[]>
  /** A dead letter waits again, with all its attempts. Throws `not-found`, and `conflict` when it is no dead letter or its payload perished. */
  retry(id: number): Promise<JobRecord>
  /** Forgets jobs that are done and no longer kept, a bounded number at a time. Returns a row for each. */
  forgetOld(): Statement
  state(): Promise<QueueState>
}
