import type { App } from '../domain/app.ts'
import { AppError } from '../domain/errors.ts'
import type { ClaimedJob } from '../domain/jobs.ts'
import { numberAlerts } from '../domain/number-jobs.ts'
import { includesNumber, type LedgerNumber, LOOK_FOR_MS } from '../domain/numbers.ts'
import type { Statement } from '../domain/ports.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import type { Telephony } from '../domain/telephony.ts'

type Parts = Pick<
  App,
  'config' | 'database' | 'users' | 'numbers' | 'telephony' | 'jobs' | 'ids' | 'clock' | 'log'
>
type Job = Extract<ClaimedJob, { readonly name: 'release-number' }>

/**
 * Gives the number of one entry back: the ledger stops routing first, then it is deleted at Twilio, then it is looked for,
 * and only when it is gone the entry is closed. Only what carries the entry's own tag is touched. A purchase whose outcome
 * was not known is looked for as long as it might still show. An entry whose grace time is not over stays.
 * Throws TelephonyError, and AppError that make the job wait and run again.
 */
export async function releaseNumber(app: Parts, job: Job): Promise<void> {
  const found = await app.numbers.find(job.payload.number_id)
  if (found?.state === 'grace' && !(await endGrace(app, job, found))) return
  const number = await app.numbers.find(job.payload.number_id)
  if (number?.state !== 'releasing') return
  const left = number.origin === 'adopted' ? 'left at Twilio: it was not bought by us' : undefined
  if (left !== undefined) return finish(app, job, number, left)
  if (app.telephony === undefined) return // the sweep asks again once there is one
  const note = await giveBack(app, app.telephony, number)
  await finish(app, job, number, note ?? null)
}

/** Whether it was ended: its time is over, and nobody has the right to it again meanwhile. */
async function endGrace(app: Parts, job: Job, number: LedgerNumber): Promise<boolean> {
  const { numbers, users, config, clock } = app
  const owner = number.user_id === null ? undefined : await users.findRevised(number.user_id)
  if (owner !== undefined && includesNumber(owner.user.subscription_tier, config)) return false
  return write(app, job, [
    ...(owner === undefined ? [] : [users.expectRevision(owner.user.id, owner.revision)]),
    numbers.expectGraceOver(number.id, clock.now()),
    numbers.beginRelease(number.id, null, 'the grace time is over'),
  ])
}

/** Answers when the number is certainly no longer ours, with what there is to say about it. */
async function giveBack(app: Parts, telephony: Telephony, number: LedgerNumber): Promise<string | undefined> {
  const e164 = number.e164 ?? ''
  const found = await telephony.find(e164)
  if (found !== undefined && found.name !== number.tag) {
    const what =
      'A number was to be given back, but it stands in the Twilio account under another name. It was left there.'
    app.log.error({ number_id: number.id }, what)
    const alerts = numberAlerts(app.config, app.clock.now(), { about: `left-${number.id}`, what })
    await app.database.write({ statements: alerts.map((alert) => app.jobs.enqueue(alert)) })
    return 'left at Twilio: it carries another name'
  }
  // What was bought a moment ago may not show yet, neither in lists nor by its SID.
  const mayShowYet = app.clock.now() - (number.attempted_at ?? 0) < LOOK_FOR_MS
  const sid = number.sid ?? found?.sid
  if (sid === undefined) {
    if (mayShowYet) throw notYet('Whether the number was bought is not known yet.')
    return 'nothing was bought'
  }
  // Closing the entry needs the SID: without it the number would count as never bought.
  if (number.sid === null) await app.database.write({ statements: [app.numbers.learn(number.id, { sid })] })
  const wasThere = await telephony.release(sid)
  if (!wasThere && mayShowYet) throw notYet('The number does not show yet.')
  const ghost = await telephony.find(e164)
  if (ghost?.sid === sid) throw notYet('The number still shows in the Twilio account.')
  return undefined
}

async function finish(app: Parts, job: Job, number: LedgerNumber, note: string | null): Promise<void> {
  await write(app, job, app.numbers.finishRelease(number, app.clock.now(), note))
}

function notYet(message: string): AppError {
  return new AppError('unavailable', message, { retryAfterSeconds: 5 })
}

/** Only while the job is ours. False: something had changed meanwhile, and nothing was written. */
async function write(
  { database, jobs, ids }: Parts,
  job: Job,
  statements: readonly Statement[],
): Promise<boolean> {
  const outcome = await database.write({
    opId: `release-${ids.uuid()}`,
    statements: [jobs.expectHeld(job), ...statements],
  })
  if (outcome.outcome === 'done') return true
  if (outcome.outcome === 'unknown') throw unknownOutcome('The job looks again by itself.', outcome.cause)
  const { refusal, statement } = outcome
  if (statement === 0) throw new AppError('stale', 'Another worker has the job.', { retryAfterSeconds: 1 })
  if (refusal.kind !== 'rows') throw unexpectedRefusal(statement, refusal)
  return false
}
