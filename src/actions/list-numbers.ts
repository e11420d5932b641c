import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import type { NumberPage, Pause, Spending } from '../domain/number-queries.ts'
import type { NumberState } from '../domain/numbers.ts'

/** The ledger, a page of it, with what was spent and what stands in the way. */
export interface LedgerView extends NumberPage {
  readonly totals: Readonly<Record<NumberState, number>>
  readonly spending: Spending & {
    readonly perHourMax: number
    readonly perUserMax: number
  }
  /** Twilio refuses the account: nobody asks it for anything until then. */
  readonly pause: Pause | undefined
}

/** For an admin or operator; that they looked is written to the audit log. Throws AppError `unavailable`. */
export async function listNumbers(
  app: Pick<App, 'config' | 'numbers' | 'audit' | 'clock'>,
  page: {
    readonly state?: NumberState | undefined
    readonly cursor?: number | undefined
    readonly limit: number
  },
  actor: Actor,
): Promise<LedgerView> {
  const { state, cursor, limit } = page
  const { purchases_per_hour_max: perHourMax, purchases_per_user_max: perUserMax } = app.config.numbers
  const now = app.clock.now()
  const [found, totals, spending, pause] = await Promise.all([
    app.numbers.list({
      ...(state !== undefined && { state }),
      ...(cursor !== undefined && { cursor }),
      limit,
    }),
    app.numbers.count(),
    app.numbers.spending(now),
    app.numbers.findPause(),
  ])
  await app.audit.record({ actor, action: 'numbers.listed', detail: state === undefined ? {} : { state } })
  const isPaused = pause !== undefined && pause.until > now
  return {
    ...found,
    totals,
    spending: { ...spending, perHourMax, perUserMax },
    pause: isPaused ? pause : undefined,
  }
}
