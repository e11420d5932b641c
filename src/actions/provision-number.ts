import type { App } from '../domain/app.ts'
import type { ClaimedJob } from '../domain/jobs.ts'
import { buyJob, releaseJob } from '../domain/number-jobs.ts'
import { DAY_MS, includesNumber, type LedgerNumber } from '../domain/numbers.ts'
import type { Statement } from '../domain/ports.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import type { RevisedUser } from '../domain/users.ts'

type Parts = Pick<App, 'config' | 'database' | 'users' | 'numbers' | 'telephony' | 'jobs' | 'ids' | 'clock'>
type Job = Extract<ClaimedJob, { readonly name: 'provision-number' }>

/** How often it is decided anew because somebody changed the same user in between. */
const ATTEMPTS_MAX = 10

/**
 * Brings the ledger to what a user's tier includes: a number is wished for, restored from its grace time, kept for the
 * grace time, or no longer wished for. It asks nobody outside; buying and giving back are jobs of their own, written in
 * the same unit. Repeating it changes nothing. Throws AppError `unavailable`, `unknown-outcome`.
 */
export async function provisionNumber(app: Parts, job: Job): Promise<void> {
  if (app.telephony === undefined) return // nothing could come of it; the sweep asks again once there is one
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const user = await app.users.findRevised(job.payload.user_id)
    if (user === undefined) return
    const number = await app.numbers.findLive(user.user.id)
    const statements = decide(app, user, number)
    if (statements === undefined) return
    const outcome = await app.database.write({
      opId: `provision-${app.ids.uuid()}`,
      statements: [...statements, app.jobs.expectHeld(job)],
    })
    if (outcome.outcome === 'done') return
    if (outcome.outcome === 'unknown') throw unknownOutcome('The job looks again by itself.', outcome.cause)
    // Somebody was faster - the user, another hand, the purchase itself: all is looked at anew.
    const { refusal, statement } = outcome
    if (refusal.kind !== 'rows' && refusal.kind !== 'unique') throw unexpectedRefusal(statement, refusal)
  }
  throw unknownOutcome('The user kept changing meanwhile.', undefined)
}

/** What is to be written, or undefined when everything is as it should be. */
function decide(
  app: Parts,
  { user, revision }: RevisedUser,
  number: LedgerNumber | undefined,
): readonly Statement[] | undefined {
  const { numbers, users, jobs, clock, config } = app
  const now = clock.now()
  // The ledger first: then the triggers of `users` find nothing left to do.
  const guarded = (...statements: Statement[]) => [users.expectRevision(user.id, revision), ...statements]
  if (includesNumber(user.subscription_tier, config)) {
    if (number === undefined) {
      const id = app.ids.uuid()
      return guarded(numbers.want(id, user.id), jobs.enqueue(buyJob(id)))
    }
    if (number.state !== 'grace') return undefined
    return guarded(
      numbers.restore(number.id, now),
      users.update(user.id, { xswarm_phone: number.e164 }),
      jobs.enqueue({ name: 'send-mail', payload: { template: 'number-restored' }, user_id: user.id }),
    )
  }
  switch (number?.state) {
    case 'wanted':
      return guarded(numbers.abandon(number.id, 'the tier no longer includes a number'))
    case 'buying':
      // Its purchase may be under way: whatever comes of it goes back.
      return guarded(
        numbers.beginRelease(number.id, null, 'the tier no longer includes a number'),
        jobs.enqueue(releaseJob(number.id)),
      )
    case 'active':
      return guarded(...beginGrace(app, user.id, number, now))
    default:
      return undefined
  }
}

function beginGrace(
  { numbers, users, jobs, config }: Parts,
  userId: string,
  number: LedgerNumber,
  now: number,
): Statement[] {
  const until = now + config.numbers.grace_days * DAY_MS
  return [
    numbers.beginGrace(number.id, until),
    users.update(userId, { xswarm_phone: null }),
    jobs.enqueue({
      name: 'send-mail',
      payload: { template: 'number-kept', until: new Date(until).toISOString().slice(0, 10) },
      user_id: userId,
    }),
    // Its end is not waited for by a job: the sweep sees it, also when the grace time was begun by hand.
  ]
}
