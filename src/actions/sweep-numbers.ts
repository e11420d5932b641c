import type { App } from '../domain/app.ts'
import { buyJob, provisionJob, releaseJob } from '../domain/number-jobs.ts'
import { DAY_MS, tiersWithNumber } from '../domain/numbers.ts'

const BATCH = 200
/** Two hundred thousand users; the next minute goes on. */
const BATCHES_MAX = 1_000

/**
 * Finds whoever has a tier and no number, or a number and no tier, and entries of the ledger that nobody works on, and
 * asks for the jobs that put it right: tiers given by hand, jobs lost with a backup, grace times that are over. What
 * failed for good waits for an operator. Throws AppError `unavailable`.
 */
export async function sweepNumbers(
  app: Pick<App, 'config' | 'database' | 'numbers' | 'traffic' | 'telephony' | 'jobs' | 'clock'>,
): Promise<void> {
  const { config, database, numbers, jobs, clock, traffic } = app
  await database.write({ statements: [traffic.forgetOldTexts(clock.now())] })
  if (app.telephony === undefined) return // nobody could do what would be asked for
  const graceEnds = clock.now() + config.numbers.grace_days * DAY_MS
  await database.write({ statements: [numbers.setGraceEnds(graceEnds)] })
  const tiers = tiersWithNumber(config)
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const [users, idle] = await Promise.all([
      numbers.findMismatches(tiers, BATCH),
      numbers.findIdle(clock.now(), BATCH),
    ])
    const wanted = [
      ...users.map(({ user_id }) => provisionJob(user_id)),
      ...idle.map(({ id, state }) =>
        state === 'wanted' || state === 'buying' ? buyJob(id) : releaseJob(id),
      ),
    ]
    if (wanted.length === 0) return
    await database.write({ statements: wanted.map((job) => jobs.enqueue(job)) })
  }
}
