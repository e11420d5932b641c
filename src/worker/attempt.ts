import type { App } from '../domain/app.ts'
import { jobFailureOf } from '../domain/job-failures.ts'
import {
  ATTEMPTS_MAX,
  type ClaimedJob,
  RETRY_LONGEST_MS,
  RETRY_LONGEST_MS_OF,
  retryPauseMs,
} from '../domain/jobs.ts'
import type { Timers } from './timers.ts'

export interface AttemptOptions {
  /** Runs one job; what it throws decides whether the job is tried again. */
  readonly run: (job: ClaimedJob) => Promise<void>
  /** After this a job counts as stuck and is tried again [300,000]. */
  readonly runMsMax: number
  readonly timers: Timers
  /** In [0, 1): spreads the retries. */
  readonly random: () => number
}

/** For a name that only a newer version knows: it gets the time to come. */
const ATTEMPTS_MAX_UNKNOWN = 20

/**
 * Runs a job once and writes down what became of it: done, tried again later, or given up. Answers whether the job was
 * still ours then. Throws when the outcome cannot be written; the job runs again when its lease is over.
 */
export async function attempt(
  { jobs, clock, log }: Pick<App, 'clock' | 'jobs' | 'log'>,
  job: ClaimedJob,
  options: AttemptOptions,
): Promise<boolean> {
  const about = { job_id: job.id, job: job.name, attempt: job.attempts }
  if (job.expires_at !== null && job.expires_at <= clock.now()) {
    log.warn(about, 'a job perished before it could be done')
    return jobs.finish(job)
  }
  const attemptsMax: number = ATTEMPTS_MAX[job.name] ?? ATTEMPTS_MAX_UNKNOWN
  if (job.attempts > attemptsMax) return jobs.fail(job, 'bug: every process that ran it died or hung')
  try {
    await runInTime(job, options)
  } catch (error) {
    const { permanent, reason, pauseMsMin, isFree } = jobFailureOf(error)
    if (permanent || (job.attempts >= attemptsMax && !isFree)) {
      log.error({ ...about, reason, err: error }, 'a job failed for good')
      return jobs.fail(job, reason)
    }
    log.warn({ ...about, reason, err: error }, 'a job failed')
    const longest = RETRY_LONGEST_MS_OF[job.name] ?? RETRY_LONGEST_MS
    const pause = Math.max(pauseMsMin, Math.min(longest, retryPauseMs(job.attempts, options.random())))
    return jobs.retryLater(job, clock.now() + pause, reason, isFree)
  }
  log.info(about, 'a job is done')
  return jobs.finish(job)
}

/** A job that hangs would keep its lease for ever, because its process lives and gives signs of life. */
async function runInTime(job: ClaimedJob, { run, runMsMax, timers }: AttemptOptions): Promise<void> {
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    cancel = timers.after(runMsMax, () => reject(new Error(`it took longer than ${runMsMax} ms`)))
  })
  try {
    await Promise.race([run(job), late])
  } finally {
    cancel()
  }
}
