import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import { AppError } from '../domain/errors.ts'
import { releaseJob } from '../domain/number-jobs.ts'
import type { LedgerNumber } from '../domain/numbers.ts'
import type { Statement } from '../domain/ports.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import type { User } from '../domain/users.ts'

type Parts = Pick<App, 'users' | 'numbers' | 'jobs' | 'audit' | 'ids'>

const ATTEMPTS_MAX = 10

/**
 * Takes a user's number away and gives it back at Twilio, at once and for good: nobody can have it again. Somebody whose
 * tier includes a number gets another one by the next sweep, within the limits of spending. A number in its grace time
 * goes too. Throws AppError `not-found`, `conflict`, `unavailable`, `unknown-outcome`.
 */
export async function withdrawNumber(app: Parts, userId: string, actor: Actor): Promise<LedgerNumber> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const user = await app.users.findById(userId)
    if (user === undefined) throw new AppError('not-found', 'There is no such user.')
    const number = await app.numbers.findLive(userId)
    if (number === undefined) throw new AppError('not-found', 'This user has no number.')
    const outcome = await app.audit.write(
      {
        actor,
        action: 'number.withdrawn',
        user_id: userId,
        detail: { number_id: number.id, state: number.state },
      },
      { opId: `withdraw-${app.ids.uuid()}`, statements: withdrawal(app, user, number) },
    )
    if (outcome.outcome === 'done') return (await app.numbers.find(number.id)) ?? number
    if (outcome.outcome === 'unknown') throw unknownOutcome('Trying again is safe.', outcome.cause)
    // It moved on meanwhile: bought, restored, or taken away by somebody else.
    if (outcome.refusal.kind !== 'rows') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  }
  throw new AppError('conflict', 'The number kept changing meanwhile. Try again.')
}

function withdrawal({ numbers, users, jobs }: Parts, user: User, number: LedgerNumber): Statement[] {
  if (number.state === 'wanted') return [numbers.abandon(number.id, 'withdrawn by an operator')]
  return [
    numbers.beginRelease(number.id, null, 'withdrawn by an operator'),
    ...(user.xswarm_phone === null ? [] : [users.update(user.id, { xswarm_phone: null })]),
    jobs.enqueue(releaseJob(number.id)),
  ]
}
