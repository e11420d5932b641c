import type { JobQueries } from '../domain/job-queries.ts'
import { numberAlerts } from '../domain/number-jobs.ts'
import type { NumberQueries } from '../domain/number-queries.ts'
import type { Clock, Database, Log } from '../domain/ports.ts'
import type { ProjectConfig } from '../domain/project.ts'
import { type Telephony, TelephonyError } from '../domain/telephony.ts'

interface Parts {
  readonly config: Pick<ProjectConfig, 'email'>
  readonly database: Database
  readonly numbers: Pick<NumberQueries, 'findPause' | 'pause' | 'endPause'>
  readonly jobs: Pick<JobQueries, 'enqueue'>
  readonly clock: Clock
  readonly log: Log
}

/** After this one call tries whether the account is taken again. */
const PAUSE_MS = 5 * 60_000

/**
 * Stops asking when the account itself is refused: every process then waits, the operator is told, and no job is used up
 * by it. The pause is a row of the database, so it holds for all processes and over restarts.
 */
export function breakWhenRefused(telephony: Telephony, parts: Parts): Telephony {
  const { numbers, clock, database } = parts
  const guarded = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    const pause = await numbers.findPause()
    const waitMs = (pause?.until ?? 0) - clock.now()
    if (pause !== undefined && waitMs > 0) throw refused(pause.reason, waitMs)
    try {
      const result = await call()
      if (pause !== undefined) await database.write({ statements: [numbers.endPause()] })
      return result
    } catch (error) {
      if (error instanceof TelephonyError && error.failure === 'account') await stop(parts, error)
      throw error
    }
  }
  return {
    search: (limit) => guarded(() => telephony.search(limit)),
    buy: (order) => guarded(() => telephony.buy(order)),
    find: (e164) => guarded(() => telephony.find(e164)),
    list: () => guarded(() => telephony.list()),
    configure: (sid, urls) => guarded(() => telephony.configure(sid, urls)),
    release: (sid) => guarded(() => telephony.release(sid)),
    smsStatuses: () => guarded(() => telephony.smsStatuses()),
    // Asked by people who want to know whether it works again.
    account: () => telephony.account(),
  }
}

async function stop(
  { database, numbers, jobs, clock, config, log }: Parts,
  error: TelephonyError,
): Promise<void> {
  const now = clock.now()
  log.error({ err: error }, 'Twilio refuses the account; nothing is asked of it until it is put right')
  const alerts = numberAlerts(config, now, { about: 'account', what: error.message })
  await database.write({
    statements: [
      numbers.pause(now + PAUSE_MS, error.message, now),
      ...alerts.map((alert) => jobs.enqueue(alert)),
    ],
  })
}

function refused(reason: string, waitMs: number): TelephonyError {
  return new TelephonyError('account', reason, { retryAfterSeconds: Math.ceil(waitMs / 1000) })
}
