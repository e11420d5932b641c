import type { ClaimedJob } from '../../src/domain/jobs.ts'
import { runJob } from '../../src/worker/jobs.ts'
import type { TestApp } from '../app.ts'

/**
 * Works off everything that is due, each job twice: whatever it does must be as good as done once. Answers the jobs in
 * the order in which they ran. A mail therefore arrives twice, with the same Message-ID.
 */
export async function runJobs({ app }: Pick<TestApp, 'app'>): Promise<ClaimedJob[]> {
  const done: ClaimedJob[] = []
  for (;;) {
    const claimed = await app.jobs.claim('test', 20_000, 10)
    if (claimed.length === 0) return done
    for (const job of claimed) {
      await runJob(app, job)
      await runJob(app, job)
      await app.jobs.finish(job)
      done.push(job)
    }
  }
}
