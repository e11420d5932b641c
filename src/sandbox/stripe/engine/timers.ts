import type { Timer, TimerKind } from '../records.ts'
import type { Sandbox } from '../sandbox.ts'
import { expireCheckout } from './checkout.ts'
import { finalizeAndCollect, retryInvoice } from './collect.ts'
import { expireIncomplete } from './end.ts'
import { announceRenewal, announceTrialEnd, endOnDay, endPeriod } from './renew.ts'

/** What happens by itself. */
const work: Record<TimerKind, (sandbox: Sandbox, target: string) => void> = {
  'period-end': endPeriod,
  cancel: endOnDay,
  'trial-will-end': announceTrialEnd,
  upcoming: announceRenewal,
  'incomplete-expiry': expireIncomplete,
  finalize: finalizeAndCollect,
  retry: retryInvoice,
  'session-expiry': (sandbox, target) => {
    const session = sandbox.store.find('checkout_session', target)
    if (session?.status === 'open') expireCheckout(sandbox, session)
  },
}

/** Does it, as of the time it was due. */
export function runTimer(sandbox: Sandbox, timer: Timer): void {
  sandbox.time.at(timer.atMs, () =>
    sandbox.store.transact(() => {
      sandbox.store.remove('timer', timer.id)
      work[timer.kind](sandbox, timer.target)
    }),
  )
}
