import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import type { JobRecord, JobState } from '../domain/jobs.ts'

export interface JobPage {
  readonly jobs: readonly JobRecord[]
  /** Undefined on the last page. */
  readonly next_cursor: number | undefined
}

/** A page of the queue, the newest first, for an admin or operator. Throws AppError `unavailable`. */
export async function listJobs(
  app: Pick<App, 'jobs' | 'audit'>,
  page: {
    readonly state?: JobState | undefined
    readonly cursor?: number | undefined
    readonly limit: number
  },
  actor: Actor,
): Promise<JobPage> {
  const { state, cursor, limit } = page
  const found = await app.jobs.list({
    ...(state !== undefined && { state }),
    ...(cursor !== undefined && { cursor }),
    limit: limit + 1,
  })
  await app.audit.record({ actor, action: 'jobs.listed', detail: state === undefined ? {} : { state } })
  const jobs = found.slice(0, limit)
  return { jobs, next_cursor: found.length > limit ? jobs.at(-1)?.id : undefined }
}
