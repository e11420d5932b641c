import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import { AppError } from '../domain/errors.ts'
import { buyJob, provisionJob } from '../domain/number-jobs.ts'
import { includesNumber, type LedgerNumber } from '../domain/numbers.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'

/**
 * Puts a number for a user on its way, now rather than with the next sweep, also when an earlier attempt was given up.
 * Answers what the ledger has for them so far. Throws AppError `not-found`, `conflict` when the tier includes none,
 * `misconfigured` without Twilio, `unavailable`, `unknown-outcome`.
 */
export async function provideNumber(
  app: Pick<App, 'config' | 'users' | 'numbers' | 'telephony' | 'jobs' | 'audit' | 'ids'>,
  userId: string,
  actor: Actor,
): Promise<LedgerNumber | undefined> {
  const user = await app.users.findById(userId)
  if (user === undefined) throw new AppError('not-found', 'There is no such user.')
  if (!includesNumber(user.subscription_tier, app.config)) {
    throw new AppError(
      'conflict',
      `The tier ${user.subscription_tier} includes no number. Give the user another tier first.`,
    )
  }
  if (app.telephony === undefined) {
    throw new AppError(
      'misconfigured',
      'There is no Twilio account to buy numbers from. Set twilio.account_sid and TWILIO_AUTH_TOKEN.',
    )
  }
  const number = await app.numbers.findLive(userId)
  if (number?.state === 'active') return number
  const statements = [
    app.jobs.enqueue(provisionJob(userId)),
    // One that was given up waits for nothing but this.
    ...(number === undefined || number.state === 'grace' ? [] : [app.jobs.enqueue(buyJob(number.id))]),
  ]
  const outcome = await app.audit.write(
    { actor, action: 'number.provided', user_id: userId },
    { opId: `provide-${app.ids.uuid()}`, statements },
  )
  if (outcome.outcome === 'unknown') throw unknownOutcome('Trying again is safe.', outcome.cause)
  if (outcome.outcome === 'refused') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  return number
}
