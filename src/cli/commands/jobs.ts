import { InvalidArgumentError, Option } from 'commander'
import { JOB_STATES, type JobRecord, type JobState } from '../../domain/jobs.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import type { Io } from '../io.ts'
import { parseLimit } from '../limit.ts'
import { operatorOf } from '../operator.ts'
import { withProject } from '../project.ts'
import { formatTable, type Report } from '../report.ts'

export interface ListOptions extends GlobalOptions {
  readonly state?: JobState
  readonly cursor?: number
  readonly limit: number
}

export const defineJobs: Define = (jobs, act) => {
  jobs
    .command('list')
    .summary('what waits, runs or failed')
    .description(
      'Jobs, newest first. A failed one was given up and waits for you: see why, mend it, retry it.',
    )
    .addOption(new Option('--state <state>', 'only these').choices(JOB_STATES))
    .option('--limit <number>', 'how many at most', parseLimit, 100)
    .option('--cursor <id>', 'begin behind this id', parseId)
    .action((options: ListOptions) => act((globals, io) => listJobs({ ...globals, ...options }, io)))
  jobs
    .command('retry')
    .summary('let a failed job run again')
    .description('Let a failed job run again, with all its attempts.')
    .argument('<id>', 'as in xswarm jobs list', parseId)
    .action((id: number) => act((globals, io) => retryJob(id, globals, io)))
}

/** Jobs, a page at a time. */
export async function listJobs({ state, cursor, limit, ...globals }: ListOptions, io: Io): Promise<Report> {
  return withProject(globals, io, async ({ app }) => {
    const actions = await import('../../actions/list-jobs.ts')
    const { jobs, next_cursor: next } = await actions.listJobs(app, { state, cursor, limit }, operatorOf())
    if (jobs.length === 0) io.say('No jobs.')
    if (next !== undefined) io.say(`There are more: --cursor ${next}`)
    return {
      text: jobs.length === 0 ? '' : formatTable([HEADING, ...jobs.map(rowOf)]),
      document: { jobs, next_cursor: next ?? null },
    }
  })
}

/** A failed job waits again. Throws AppError `not-found` or `conflict`. */
export async function retryJob(id: number, globals: GlobalOptions, io: Io): Promise<Report> {
  return withProject(globals, io, async ({ app }) => {
    const actions = await import('../../actions/retry-job.ts')
    const job = await actions.retryJob(app, id, operatorOf())
    return { text: `job ${id} (${job.name}) waits for a worker`, document: job }
  })
}

const HEADING = ['id', 'job', 'state', 'attempts', 'due', 'user', 'last error']

function rowOf(job: JobRecord): string[] {
  const due = job.state === 'waiting' ? (job.run_at ?? '') : ''
  return [
    String(job.id),
    job.name,
    job.state,
    String(job.attempts),
    due,
    job.user_id ?? '',
    job.last_error ?? '',
  ]
}

function parseId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A job has a number, as in xswarm jobs list.')
}
