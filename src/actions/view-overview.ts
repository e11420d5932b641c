import { OVERVIEW_DAYS, type Overview } from '../domain/admin-views.ts'
import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'

/** How many users, numbers, sign-ups and jobs there are, for an admin. Throws AppError `unavailable`. */
export async function viewOverview(
  app: Pick<App, 'directory' | 'jobs' | 'audit' | 'clock'>,
  actor: Actor,
): Promise<Overview> {
  const today = new Date(app.clock.now()).toISOString().slice(0, 10)
  const [totals, { waiting, running, failed }] = await Promise.all([
    app.directory.totals(today, OVERVIEW_DAYS),
    app.jobs.state(),
  ])
  await app.audit.record({ actor, action: 'overview.viewed' })
  return { ...totals, jobs: { waiting, running, failed } }
}
