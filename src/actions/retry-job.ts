import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import { AppError } from '../domain/errors.ts'
import type { JobRecord } from '../domain/jobs.ts'

/**
 * Gives a dead letter all its attempts again, for an admin or operator. It is written to the audit log first, so an entry
 * may speak of a retry that was then refused, never the other way round.
 * Throws AppError `not-found`, `conflict` when it is no dead letter, `unavailable`.
 */
export async function retryJob(
  app: Pick<App, 'jobs' | 'audit'>,
  id: number,
  actor: Actor,
): Promise<JobRecord> {
  const job = await app.jobs.find(id)
  if (job === undefined) throw new AppError('not-found', `There is no job ${id}.`)
  const about = job.user_id === null ? {} : { user_id: job.user_id }
  await app.audit.record({ actor, action: 'job.retried', ...about, detail: { job_id: id, name: job.name } })
  return app.jobs.retry(id)
}
