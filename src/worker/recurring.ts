import type { App } from '../domain/app.ts'
import { RECURRING, type RecurringJobName, recurringJob } from '../domain/jobs.ts'

const NAMES = Object.keys(RECURRING) as RecurringJobName[] // RECURRING satisfies a record of exactly these

/** Asks for each recurring job once per interval. The queue keeps one per name and interval, whoever asks. */
export class RecurringJobs {
  readonly #app: Pick<App, 'clock' | 'database' | 'jobs'>
  readonly #asked = new Map<RecurringJobName, string>()

  constructor(app: Pick<App, 'clock' | 'database' | 'jobs'>) {
    this.#app = app
  }

  /** Throws AppError when the database is away; then the next call asks again. */
  async enqueueDue(): Promise<void> {
    const { clock, database, jobs } = this.#app
    const now = clock.now()
    const due = NAMES.map((name) => recurringJob(name, now)).filter(
      (job) => this.#asked.get(job.name as RecurringJobName) !== job.key,
    )
    if (due.length === 0) return
    const { outcome } = await database.write({ statements: due.map((job) => jobs.enqueue(job)) })
    if (outcome !== 'done') return
    for (const job of due) this.#asked.set(job.name as RecurringJobName, job.key)
  }
}
