import type { App } from '../domain/app.ts'
import { getBilling } from '../domain/billing.ts'
import { alertJobs } from '../domain/billing-alerts.ts'
import { AppError } from '../domain/errors.ts'
import type { ClaimedJob } from '../domain/jobs.ts'
import { demandDone, unexpectedRefusal } from '../domain/refusals.ts'
import { METERS, RECOGNISED_MS, REPORTABLE_MS, type ReportState, type UsageRecord } from '../domain/usage.ts'

type Parts = Pick<App, 'billing' | 'clock' | 'config' | 'database' | 'jobs' | 'log' | 'usage'>
type ReportJob = Extract<ClaimedJob, { readonly name: 'report-usage' }>

/**
 * Reports one record to Stripe's meter, counted at most once: that an attempt begins is durable before it begins, and
 * within the time in which Stripe recognises the identifier it may be repeated. After that a report whose outcome is not
 * known is raised to the operator and never sent again. Throws what Stripe throws; then it runs again.
 */
export async function reportUsage(app: Parts, { payload }: ReportJob): Promise<void> {
  const record = await app.usage.find(payload.usage_id)
  if (record === undefined || (record.report !== 'due' && record.report !== 'sending')) return
  const now = app.clock.now()
  const isLost = record.attempted_at !== null && now - record.attempted_at >= RECOGNISED_MS
  if (isLost) return giveUp(app, record, 'uncertain', 'its answer was lost more than a day ago')
  if (now - record.at >= REPORTABLE_MS) return giveUp(app, record, 'refused', 'Stripe takes nothing that old')
  if (record.report === 'due') await move(app, record, 'sending', now)
  try {
    await send(app, record)
  } catch (error) {
    // Not done for certain: the day in which it is recognised begins with the next attempt.
    if (isCertain(error) && record.report === 'due')
      await move(app, { ...record, report: 'sending' }, 'due', null)
    throw error
  }
  await move(app, { ...record, report: 'sending' }, 'reported', record.attempted_at ?? now)
}

async function send(app: Parts, { id, kind, customer_id, overage, at }: UsageRecord): Promise<void> {
  if (customer_id === null) throw new Error(`the usage ${id} is due and billed to nobody`)
  await getBilling(app).reportUsage({
    identifier: id,
    event_name: METERS[kind].event_name,
    customer_id,
    units: overage,
    at,
  })
}

function isCertain(error: unknown): boolean {
  return error instanceof AppError && error.code !== 'unknown-outcome'
}

async function giveUp(
  app: Parts,
  record: UsageRecord,
  report: 'uncertain' | 'refused',
  why: string,
): Promise<void> {
  const { id, overage } = record
  app.log.error({ usage_id: id, overage }, `a report of usage was given up: ${why}`)
  const what = `The report of usage ${id} (${overage} units) was given up: ${why}. Compare it with the meter in Stripe's dashboard.`
  const alerts = alertJobs(app.config, app.clock.now(), { about: `usage-${report}`, what })
  demandDone(
    await app.database.write({
      statements: [
        app.usage.move(id, record.report, { report, attempted_at: record.attempted_at }),
        ...alerts.map((job) => app.jobs.enqueue(job)),
      ],
    }),
  )
}

/** Throws AppError `conflict` when another worker moved it on: it has the job by now. */
async function move(
  app: Parts,
  record: UsageRecord,
  report: ReportState,
  attempted_at: number | null,
): Promise<void> {
  const statements = [app.usage.move(record.id, record.report, { report, attempted_at })]
  const outcome = await app.database.write({ statements })
  if (outcome.outcome === 'refused' && outcome.refusal.kind === 'rows')
    throw new AppError('conflict', 'Another worker has this report by now.')
  if (outcome.outcome === 'refused') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  demandDone(outcome)
}
