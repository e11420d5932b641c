import type { App } from '../domain/app.ts'
import type { Actor } from '../domain/audit.ts'
import { syncJob } from '../domain/billing-events.ts'
import { AppError } from '../domain/errors.ts'
import {
  type AuditLine,
  type AuditTotals,
  compareNumbers,
  type HeldNumber,
  type NumberlessUser,
  type Repair,
  totalsOf,
} from '../domain/number-audit.ts'
import { numberAlerts, provisionJob, releaseJob } from '../domain/number-jobs.ts'
import { DAY_MS, idInTag, type LedgerNumber, tiersWithNumber } from '../domain/numbers.ts'
import type { Statement } from '../domain/ports.ts'
import { type OwnedNumber, type Telephony, urlsOf } from '../domain/telephony.ts'

type Parts = Pick<
  App,
  | 'config'
  | 'database'
  | 'users'
  | 'numbers'
  | 'subscriptions'
  | 'telephony'
  | 'jobs'
  | 'audit'
  | 'ids'
  | 'clock'
  | 'log'
>

export interface NumberAudit {
  readonly lines: readonly AuditLine[]
  readonly totals: AuditTotals
  /** What was healed, or put on its way, in this run. */
  readonly repaired: readonly AuditLine[]
  /** Drift that nothing was done about. */
  readonly left: readonly AuditLine[]
}

const PAGE = 1_000
/** So many numbers that vanish at once are no loss but a wrong account or a broken list. */
const REPLACED_AT_ONCE_MAX = 3

/**
 * Compares who has a right to a number, our ledger and what Twilio says we own. With `repair` it heals what is safe: it
 * provides, configures, gives leaks back, replaces what is lost. Throws AppError `misconfigured` without Twilio, and
 * TelephonyError.
 */
export async function auditNumbers(
  app: Parts,
  options: { readonly repair: boolean; readonly actor: Actor },
): Promise<NumberAudit> {
  const { telephony, config, clock } = app
  if (telephony === undefined)
    throw new AppError(
      'misconfigured',
      'There is no Twilio account to compare with. Set twilio.account_sid and TWILIO_AUTH_TOKEN.',
    )
  // The inventory first: what is bought while we read shows in the ledger, which is read later.
  const inventory = await telephony.list()
  const urls = urlsOf(config.server.public_url, config.twilio.fallback_url)
  const now = clock.now()
  const tagged = await readTagged(app, inventory)
  const [held, numberless] = [await readHeld(app), await readNumberless(app)]
  const numbers = compareNumbers({ held, numberless, inventory, tagged, urls, now, config })
  const lines = [...numbers, ...(await readDoubtful(app))]
  const repaired = options.repair ? await repairAll(app, telephony, lines) : []
  const left = lines.filter((line) => line.verdict === 'drift' && !repaired.includes(line))
  // The worker comes by every quarter of an hour; of that only what it did is worth an entry.
  if (options.actor !== 'system' || repaired.length > 0)
    await app.audit.record({
      actor: options.actor,
      action: 'numbers.audited',
      detail: { ...totalsOf(lines), repaired: repaired.length },
    })
  return { lines, totals: totalsOf(lines), repaired, left }
}

async function readHeld({ numbers }: Parts): Promise<HeldNumber[]> {
  return readPages(
    (after) => numbers.listHeld(after, PAGE),
    ({ id }) => id,
  )
}

async function readNumberless({ numbers, config }: Parts): Promise<NumberlessUser[]> {
  const tiers = tiersWithNumber(config)
  return readPages(
    (after) => numbers.listNumberless(tiers, after, PAGE),
    ({ user_id }) => user_id,
  )
}

async function readPages<Row>(
  read: (after: string) => Promise<readonly Row[]>,
  keyOf: (row: Row) => string,
): Promise<Row[]> {
  const all: Row[] = []
  for (let after = ''; ; ) {
    const page = await read(after)
    all.push(...page)
    const last = page.at(-1)
    if (page.length < PAGE || last === undefined) return all
    after = keyOf(last)
  }
}

/** What the ledger says of every tag of ours in the inventory. */
async function readTagged(
  { numbers, config }: Parts,
  inventory: readonly OwnedNumber[],
): Promise<ReadonlyMap<string, LedgerNumber | undefined>> {
  const tagged = new Map<string, LedgerNumber | undefined>()
  for (const { sid, name } of inventory) {
    const id = idInTag(name, config)
    if (id !== undefined) tagged.set(sid, await numbers.find(id))
  }
  return tagged
}

/** Tiers that are not what the mirror of Stripe says. */
async function readDoubtful({ subscriptions, config, clock }: Parts): Promise<AuditLine[]> {
  if (!config.features.stripe_enabled) return []
  const graceFrom = clock.now() - config.billing.past_due_grace_days * DAY_MS
  const customers = await subscriptions.findDoubtful(graceFrom, PAGE)
  return customers.map((customer_id) => ({
    e164: null,
    user_id: null,
    entitlement: 'none',
    ledger: 'nothing',
    twilio: 'not expected',
    verdict: 'drift',
    finding: `the tier of ${customer_id} is not what Stripe says`,
    repair: { kind: 'sync-billing', customer_id },
  }))
}

/** Answers the lines that were healed. */
async function repairAll(
  app: Parts,
  telephony: Telephony,
  lines: readonly AuditLine[],
): Promise<AuditLine[]> {
  const replaced = lines.filter(({ repair }) => repair?.kind === 'replace').length
  const tooMany = replaced > REPLACED_AT_ONCE_MAX
  if (tooMany)
    await alert(
      app,
      'lost',
      `${replaced} numbers vanished from the Twilio account at once. Nothing was replaced.`,
    )
  const repaired: AuditLine[] = []
  for (const line of lines) {
    if (line.repair === undefined || (tooMany && line.repair.kind === 'replace')) continue
    if (await heal(app, telephony, line.repair)) repaired.push(line)
  }
  return repaired
}

async function heal(app: Parts, telephony: Telephony, repair: Repair): Promise<boolean> {
  const { numbers, jobs, clock, config } = app
  switch (repair.kind) {
    case 'provision':
      return write(app, jobs.enqueue(provisionJob(repair.user_id)))
    case 'sync-billing':
      return write(app, jobs.enqueue(syncJob(repair.customer_id)))
    case 'learn-sid':
      return write(app, numbers.learn(repair.number_id, { sid: repair.sid, absent_since: null }))
    case 'note-absent':
      return write(app, numbers.learn(repair.number_id, { absent_since: clock.now() }))
    case 'note-present':
      return write(app, numbers.learn(repair.number_id, { absent_since: null }))
    case 'configure':
      await telephony.configure(repair.sid, urlsOf(config.server.public_url, config.twilio.fallback_url))
      return true
    case 'return-leak': {
      const { sid, e164, name: tag } = repair.number
      const id = app.ids.uuid()
      await alert(app, `leak-${sid}`, 'A number in the Twilio account was nobody’s. It is given back.')
      return write(app, numbers.enterLeak({ id, e164, sid, tag }), jobs.enqueue(releaseJob(id)))
    }
    case 'replace':
      return replace(app, repair)
  }
}

/** The entry ends, and the user gets another number by the same way as the first. */
async function replace(
  app: Parts,
  { number_id, user_id }: Extract<Repair, { kind: 'replace' }>,
): Promise<boolean> {
  const { numbers, users, jobs } = app
  await alert(
    app,
    `lost-${number_id}`,
    'A number is gone from the Twilio account. Its user gets another one.',
  )
  return write(
    app,
    numbers.beginRelease(number_id, null, 'it was gone from the Twilio account'),
    jobs.enqueue(releaseJob(number_id)),
    ...(user_id === null
      ? []
      : [users.update(user_id, { xswarm_phone: null }), jobs.enqueue(provisionJob(user_id))]),
  )
}

/** False when it had changed meanwhile; then the next audit looks again. */
async function write({ database, ids }: Parts, ...statements: Statement[]): Promise<boolean> {
  const { outcome } = await database.write({ opId: `audit-${ids.uuid()}`, statements })
  return outcome === 'done'
}

async function alert(
  { database, jobs, config, clock, log }: Parts,
  about: string,
  what: string,
): Promise<void> {
  log.error({ about }, what)
  const alerts = numberAlerts(config, clock.now(), { about, what })
  if (alerts.length > 0) await database.write({ statements: alerts.map((one) => jobs.enqueue(one)) })
}
