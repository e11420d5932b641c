import type { App } from '../domain/app.ts'
import { AppError } from '../domain/errors.ts'
import type { ClaimedJob } from '../domain/jobs.ts'
import { numberAlerts, provisionJob, releaseJob } from '../domain/number-jobs.ts'
import { includesNumber, type LedgerNumber, LOOK_FOR_MS, SEND_WITHIN_MS, tagOf } from '../domain/numbers.ts'
import type { Statement } from '../domain/ports.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import { failureOf, type OwnedNumber, type Telephony, TelephonyError, urlsOf } from '../domain/telephony.ts'

type Parts = Pick<
  App,
  'config' | 'database' | 'users' | 'numbers' | 'telephony' | 'jobs' | 'ids' | 'clock' | 'log'
>
type Job = Extract<ClaimedJob, { readonly name: 'buy-number' }>
interface Purchase extends Parts {
  readonly telephony: Telephony
  readonly job: Job
}

/** How many numbers a search shows us, and how many of them are tried before the job pauses. */
const SEARCHED = 20
const CANDIDATES_MAX = 5
const USER_CHANGES_MAX = 10

/**
 * Buys the number of one entry of the ledger, so that none is ever bought twice or lost, whatever is killed or cut off
 * between any two lines: the candidate is saved before it is bought; what is bought is that very number, tagged with the
 * entry; an outcome that is not known is looked up, and only the same number is asked for again. A new search follows only
 * when the candidate is known to be dead. Throws TelephonyError, and AppError that make the job wait and run again.
 */
export async function buyNumber(app: Parts, job: Job): Promise<void> {
  const { telephony } = app
  if (telephony === undefined) return // the sweep asks again once there is one
  const purchase = { ...app, telephony, job }
  for (let tried = 0; tried < CANDIDATES_MAX; tried++) {
    const number = await app.numbers.find(job.payload.number_id)
    if (number === undefined || (number.state !== 'wanted' && number.state !== 'buying')) return
    if (!(await isStillWanted(app, number))) {
      // The job of the user decides what becomes of the entry.
      if (number.user_id !== null) await write(purchase, [app.jobs.enqueue(provisionJob(number.user_id))])
      return
    }
    const owned = await takeStep(purchase, number)
    if (owned !== undefined) return assign(purchase, number, owned)
  }
  throw new AppError('unavailable', 'Every candidate was gone before it could be bought.', {
    retryAfterSeconds: 30,
  })
}

async function isStillWanted({ users, config }: Parts, number: LedgerNumber): Promise<boolean> {
  const user = number.user_id === null ? undefined : await users.findById(number.user_id)
  return user !== undefined && includesNumber(user.subscription_tier, config)
}

/** One number further. What stands in the way is written down for whoever looks at the ledger. */
async function takeStep(purchase: Purchase, number: LedgerNumber): Promise<OwnedNumber | undefined> {
  try {
    return await (number.state === 'wanted' ? buyAnother : resume)(purchase, number)
  } catch (error) {
    if (error instanceof TelephonyError) await noteFailure(purchase, number, error)
    throw error
  }
}

/** From `wanted`: a new candidate, saved and then bought. Undefined when it could not be had, for certain. */
async function buyAnother(purchase: Purchase, number: LedgerNumber): Promise<OwnedNumber | undefined> {
  const { clock, numbers, config } = purchase
  const e164 = await chooseCandidate(purchase)
  const now = clock.now()
  const tag = tagOf(number.id, config)
  const limits = {
    perHourMax: config.numbers.purchases_per_hour_max,
    perUserMax: config.numbers.purchases_per_user_max,
  }
  const saved = await write(purchase, [
    ...numbers.expectSpending(now, number.user_id ?? '', limits),
    numbers.saveCandidate({ id: number.id, e164, tag, now, job: purchase.job }),
  ])
  if (saved === 0) throw await spendingIsOver(purchase, number, 'an hour')
  if (saved === 1) throw await spendingIsOver(purchase, number, 'this user')
  if (saved !== undefined) return undefined // another purchase chose the same, or the entry moved on
  return send(purchase, { ...number, e164, tag }, { isFirst: true, savedAt: now })
}

/** From `buying`: it was asked for already, so it may be ours. */
async function resume(purchase: Purchase, number: LedgerNumber): Promise<OwnedNumber | undefined> {
  const { clock, numbers } = purchase
  const isUnsure = number.unsure === 1
  const found = await look(purchase, number)
  if (found !== undefined) return found
  const now = clock.now()
  const lookedFor = now - (number.attempted_at ?? 0)
  if (isUnsure && lookedFor < LOOK_FOR_MS) throw stillUnknown(LOOK_FOR_MS - lookedFor)
  const noted = await write(purchase, [numbers.noteAttempt(number.id, now)])
  if (noted !== undefined) return undefined
  return send(purchase, number, { isFirst: !isUnsure, savedAt: now })
}

/** Asks for this very number. `isFirst`: no purchase of it was ever sent that may have had an effect. */
async function send(
  purchase: Purchase,
  number: LedgerNumber,
  { isFirst, savedAt }: { readonly isFirst: boolean; readonly savedAt: number },
): Promise<OwnedNumber | undefined> {
  const { telephony, config, clock } = purchase
  const { e164, tag } = number
  if (e164 === null || tag === null) throw new Error('a candidate has a number and a tag')
  // A process that slept meanwhile may be a dead one: another has the job by now.
  if (clock.now() - savedAt > SEND_WITHIN_MS) throw stillUnknown(1_000)
  const urls = urlsOf(config.server.public_url, config.twilio.fallback_url)
  try {
    return await telephony.buy({ e164, tag, urls })
  } catch (error) {
    return handleFailure(purchase, number, error, isFirst)
  }
}

async function handleFailure(
  purchase: Purchase,
  number: LedgerNumber,
  error: unknown,
  isFirst: boolean,
): Promise<OwnedNumber | undefined> {
  const { numbers } = purchase
  const failure = failureOf(error)
  if (failure === 'gone') {
    // Not for sale may also mean: it is ours since the attempt whose answer was lost.
    const found = isFirst ? undefined : await look(purchase, number)
    if (found !== undefined) return found
    await write(purchase, [numbers.dropCandidate(number.id, 'the candidate was gone')])
    return undefined
  }
  if (failure === 'unknown') {
    // Often it was only the answer that got lost, and then it shows at once.
    const found = await look(purchase, number)
    if (found !== undefined) return found
  } else if (failure !== undefined && isFirst) {
    // Nothing was done, for certain.
    await write(purchase, [numbers.settleAttempt(number.id)])
  }
  throw error
}

/** The candidate, if it is in the account already. Throws when it is there under another name: then a person must look. */
async function look({ telephony }: Purchase, { e164, tag }: LedgerNumber): Promise<OwnedNumber | undefined> {
  const found = await telephony.find(e164 ?? '')
  if (found === undefined || found.name === tag) return found
  throw new TelephonyError('refused', 'The candidate stands in the Twilio account under another name.')
}

/** It is ours: the ledger, the user's row and the mail in one unit - or, when nobody wants it any more, its way back. */
async function assign(purchase: Purchase, number: LedgerNumber, { sid, e164 }: OwnedNumber): Promise<void> {
  const { numbers, users, jobs, clock, config } = purchase
  for (let attempt = 0; attempt < USER_CHANGES_MAX; attempt++) {
    const current = number.user_id === null ? undefined : await users.findRevised(number.user_id)
    const isWanted = current !== undefined && includesNumber(current.user.subscription_tier, config)
    const statements = isWanted
      ? [
          users.expectRevision(current.user.id, current.revision),
          numbers.activate({ id: number.id, sid, now: clock.now() }),
          users.update(current.user.id, { xswarm_phone: e164 }),
          jobs.enqueue({
            name: 'send-mail',
            payload: { template: 'number-assigned' },
            user_id: current.user.id,
          }),
        ]
      : [
          numbers.beginRelease(number.id, sid, 'it was no longer wanted when it was bought'),
          jobs.enqueue(releaseJob(number.id)),
        ]
    const refused = await write(purchase, statements)
    if (refused === undefined) return
    // Moved on by somebody: a release that is under way will find it by its tag.
    const now = await numbers.find(number.id)
    if (now?.state !== 'buying') return
  }
  throw unknownOutcome('The user kept changing meanwhile.', undefined)
}

/** One of those for sale that nobody ever had from us. Which one is left to chance, so that two purchases rarely meet. */
async function chooseCandidate({ telephony, numbers, ids }: Purchase): Promise<string> {
  const offered = await telephony.search(SEARCHED)
  const used = await numbers.findUsed(offered)
  const free = offered.filter((e164) => !used.has(e164))
  // The end of an id is random; its beginning is the time, which everybody who buys now has in common.
  const dice = Number.parseInt(ids.uuid().slice(-8), 16)
  const chosen = free[dice % Math.max(1, free.length)]
  if (chosen !== undefined) return chosen
  throw new TelephonyError('no-stock', 'Twilio has no toll-free number for sale now.', {
    retryAfterSeconds: 60,
  })
}

async function spendingIsOver(
  purchase: Purchase,
  number: LedgerNumber,
  scope: 'an hour' | 'this user',
): Promise<AppError> {
  const { numbers, jobs, config, clock, log } = purchase
  const key = scope === 'an hour' ? 'purchases_per_hour_max' : 'purchases_per_user_max'
  const what = `No number was bought: as many as [numbers] ${key} allows were bought already.`
  log.error({ number_id: number.id, limit: key }, 'a spend breaker stopped a purchase')
  const alerts = numberAlerts(config, clock.now(), { about: key, what })
  await write(purchase, [numbers.noteError(number.id, what), ...alerts.map((alert) => jobs.enqueue(alert))])
  return new AppError('unavailable', what, {
    retryAfterSeconds: scope === 'an hour' ? 300 : 3600,
    costsNoAttempt: true,
  })
}

/** A refusal for good also goes to the operator. */
async function noteFailure(purchase: Purchase, number: LedgerNumber, error: TelephonyError): Promise<void> {
  const { numbers, jobs, config, clock } = purchase
  const alert = { about: 'refused', what: error.message }
  const alerts = error.failure === 'refused' ? numberAlerts(config, clock.now(), alert) : []
  await write(purchase, [
    numbers.noteError(number.id, error.message),
    ...alerts.map((alert) => jobs.enqueue(alert)),
  ])
}

function stillUnknown(ms: number): AppError {
  return new AppError('unknown-outcome', 'Whether the number was bought is not known yet.', {
    retryAfterSeconds: Math.min(ms / 1000, 15),
  })
}

/** Only while the job is ours. Answers the index of the statement that was refused, undefined when all is written. */
async function write(
  { database, jobs, job, ids }: Purchase,
  statements: readonly Statement[],
): Promise<number | undefined> {
  const outcome = await database.write({
    opId: `buy-${ids.uuid()}`,
    statements: [jobs.expectHeld(job), ...statements],
  })
  if (outcome.outcome === 'done') return undefined
  if (outcome.outcome === 'unknown') throw unknownOutcome('The job looks again by itself.', outcome.cause)
  const { refusal, statement } = outcome
  if (statement === 0) throw new AppError('stale', 'Another worker has the job.', { retryAfterSeconds: 1 })
  if (refusal.kind !== 'rows' && refusal.kind !== 'unique') throw unexpectedRefusal(statement, refusal)
  return statement - 1
}
