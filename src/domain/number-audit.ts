import { idInTag, includesNumber, type LedgerNumber } from './numbers.ts'
import type { ProjectConfig } from './project.ts'
import type { NumberUrls, OwnedNumber } from './telephony.ts'

/** An entry of the ledger that is, or may be, a number at Twilio, with what its owner is entitled to. */
export interface HeldNumber extends LedgerNumber {
  /** Of the owner; null without one. */
  readonly tier: string | null
  readonly stripe_customer_id: string | null
  readonly xswarm_phone: string | null
}

/** Somebody whose tier may include a number and who has none. */
export interface NumberlessUser {
  readonly user_id: string
  readonly tier: string
  readonly stripe_customer_id: string | null
  /** What is under way. */
  readonly state: 'wanted' | 'buying' | 'grace' | null
  /** 1 while the job that puts one on its way waits or runs. */
  readonly is_asked: number
  /** Of the job that was given up. */
  readonly failure: string | null
}

/** Why somebody has a right to a number. */
export type Entitlement = 'paid' | 'granted' | 'none'

/** How a line came out. `settling`: not as it should be, and it becomes so by itself. */
export type AuditVerdictOfLine = 'ok' | 'settling' | 'drift'

/** What would put a line right. */
export type Repair =
  | { readonly kind: 'provision'; readonly user_id: string }
  | { readonly kind: 'learn-sid'; readonly number_id: string; readonly sid: string }
  | { readonly kind: 'configure'; readonly sid: string }
  | { readonly kind: 'return-leak'; readonly number: OwnedNumber }
  | { readonly kind: 'note-absent'; readonly number_id: string }
  | { readonly kind: 'note-present'; readonly number_id: string }
  | { readonly kind: 'replace'; readonly number_id: string; readonly user_id: string | null }
  | { readonly kind: 'sync-billing'; readonly customer_id: string }

/** One number, or one person without one: entitlement, ledger and inventory side by side. */
export interface AuditLine {
  readonly e164: string | null
  readonly user_id: string | null
  readonly entitlement: Entitlement
  readonly ledger: string
  readonly twilio: 'ours' | 'untagged' | 'other environment' | 'absent' | 'not expected'
  readonly verdict: AuditVerdictOfLine
  readonly finding: string
  readonly repair?: Repair
}

/** Everything that is compared, as of one moment. */
export interface AuditInput {
  readonly held: readonly HeldNumber[]
  readonly numberless: readonly NumberlessUser[]
  readonly inventory: readonly OwnedNumber[]
  /** By SID of what carries a tag of ours: what the ledger says of the entry it names; undefined when it knows none. */
  readonly tagged: ReadonlyMap<string, LedgerNumber | undefined>
  readonly urls: NumberUrls
  readonly now: number
  readonly config: Pick<ProjectConfig, 'environment' | 'tiers' | 'features'>
}

/** What shows in one place and not yet in another may still be on its way for so long. */
const LEAK_AFTER_MS = 30 * 60_000
const LOST_AFTER_MS = 10 * 60_000
const STUCK_AFTER_MS = 60 * 60_000

/**
 * Entitlement = ledger = inventory, line by line. Pure: it says what is wrong and what would help, and does nothing. What
 * does not carry our tag is never spoken of as something to change.
 */
export function compareNumbers(input: AuditInput): readonly AuditLine[] {
  const bySid = new Map(input.inventory.map((number) => [number.sid, number]))
  const byNumber = new Map(input.inventory.map((number) => [number.e164, number]))
  const spoken = new Set<string>()
  const held = input.held.map((entry) => {
    const found = (entry.sid === null ? undefined : bySid.get(entry.sid)) ?? byNumber.get(entry.e164 ?? '')
    if (found !== undefined) spoken.add(found.sid)
    return lineOfHeld(entry, found, input)
  })
  const rest = input.inventory
    .filter(({ sid }) => !spoken.has(sid))
    .map((number) => lineOfStray(number, input))
  return [...held, ...input.numberless.map((user) => lineOfNumberless(user, input.config)), ...rest]
}

type Config = AuditInput['config']

export function entitlementFor(
  { tier, stripe_customer_id }: { readonly tier: string | null; readonly stripe_customer_id: string | null },
  config: Config,
): Entitlement {
  if (tier === null || !includesNumber(tier, config)) return 'none'
  return stripe_customer_id === null ? 'granted' : 'paid'
}

function lineOfHeld(entry: HeldNumber, found: OwnedNumber | undefined, input: AuditInput): AuditLine {
  const entitlement = entitlementFor(entry, input.config)
  const line = {
    e164: entry.e164,
    user_id: entry.user_id,
    entitlement,
    ledger: entry.state,
    twilio: placeOf(found, input.config),
  } as const
  const say = (verdict: AuditVerdictOfLine, finding: string, repair?: Repair): AuditLine => ({
    ...line,
    verdict,
    finding,
    ...(repair && { repair }),
  })
  switch (entry.state) {
    case 'active':
      return sayOfActive(entry, found, entitlement, input, say)
    case 'grace':
      return entitlement !== 'none' && entry.user_id !== null
        ? say('drift', 'in grace, and its owner has a right to it again', {
            kind: 'provision',
            user_id: entry.user_id,
          })
        : say('ok', `kept until ${dayOf(entry.grace_until)}`)
    default:
      return (entry.attempted_at ?? input.now) < input.now - STUCK_AFTER_MS && entry.last_error !== null
        ? say('settling', `${entry.state}: ${entry.last_error}`)
        : say('settling', entry.state === 'buying' ? 'its purchase is under way' : 'it is being given back')
  }
}

type Say = (verdict: AuditVerdictOfLine, finding: string, repair?: Repair) => AuditLine

function sayOfActive(
  entry: HeldNumber,
  found: OwnedNumber | undefined,
  entitlement: Entitlement,
  { now, urls }: AuditInput,
  say: Say,
): AuditLine {
  if (entry.user_id === null || entry.xswarm_phone !== entry.e164)
    return say('drift', 'the ledger and users.xswarm_phone say different things')
  if (found === undefined) return sayOfLost(entry, now, say)
  if (entry.absent_since !== null)
    return say('settling', 'it shows again', { kind: 'note-present', number_id: entry.id })
  if (entitlement === 'none' && entry.origin === 'bought')
    return say('drift', 'nobody pays for it', { kind: 'provision', user_id: entry.user_id })
  if (entry.sid === null)
    return say('settling', 'set by hand, and found at Twilio', {
      kind: 'learn-sid',
      number_id: entry.id,
      sid: found.sid,
    })
  if (entry.origin === 'adopted') return say('ok', 'set by hand')
  if (found.name !== entry.tag)
    return say('drift', 'somebody renamed it at Twilio, so it is no longer touched')
  if (!isConfigured(found, urls))
    return say('drift', 'its webhooks do not point at us', { kind: 'configure', sid: found.sid })
  return say('ok', 'answers')
}

function sayOfLost(entry: HeldNumber, now: number, say: Say): AuditLine {
  if (entry.origin === 'adopted') return say('drift', 'set by hand, and Twilio does not know it')
  if (entry.absent_since === null)
    return say('settling', 'Twilio does not show it; looked at again in ten minutes', {
      kind: 'note-absent',
      number_id: entry.id,
    })
  if (now - entry.absent_since < LOST_AFTER_MS) return say('settling', 'Twilio does not show it yet')
  return say('drift', 'Twilio took it away or somebody deleted it there', {
    kind: 'replace',
    number_id: entry.id,
    user_id: entry.user_id,
  })
}

function lineOfNumberless(user: NumberlessUser, config: Config): AuditLine {
  const line = {
    e164: null,
    user_id: user.user_id,
    entitlement: entitlementFor(user, config),
    ledger: user.state ?? 'nothing',
    twilio: 'not expected',
  } as const
  if (user.failure !== null) return { ...line, verdict: 'drift', finding: `given up: ${user.failure}` }
  if (user.is_asked === 1 || user.state === 'wanted' || user.state === 'buying')
    return { ...line, verdict: 'settling', finding: 'on its way' }
  return {
    ...line,
    verdict: 'drift',
    finding: 'has a right to a number and none',
    repair: { kind: 'provision', user_id: user.user_id },
  }
}

/** At Twilio, and no entry that holds it. */
function lineOfStray(number: OwnedNumber, { tagged, now, config }: AuditInput): AuditLine {
  const line = {
    e164: number.e164,
    user_id: null,
    entitlement: 'none',
    ledger: 'nothing',
    twilio: placeOf(number, config),
  } as const
  if (line.twilio !== 'ours') return { ...line, verdict: 'ok', finding: 'not ours, never touched' }
  const entry = tagged.get(number.sid)
  if (entry === undefined)
    return {
      ...line,
      verdict: 'drift',
      finding:
        'carries our tag, and the ledger never heard of it: another database, or a backup from before it',
    }
  const isYoung = now - number.created_at < LEAK_AFTER_MS
  if (isYoung)
    return { ...line, ledger: entry.state, verdict: 'settling', finding: 'bought or given back just now' }
  return {
    ...line,
    ledger: entry.state,
    verdict: 'drift',
    finding: 'leaked: we pay for it, and it is nobody’s',
    repair: { kind: 'return-leak', number },
  }
}

function placeOf(found: OwnedNumber | undefined, config: Config): AuditLine['twilio'] {
  if (found === undefined) return 'absent'
  if (idInTag(found.name, config) !== undefined) return 'ours'
  return found.name.startsWith('xs1:') ? 'other environment' : 'untagged'
}

export function isConfigured(number: OwnedNumber, urls: NumberUrls): boolean {
  return (
    number.voice_url === urls.voice &&
    number.sms_url === urls.sms &&
    number.status_url === urls.status &&
    number.voice_fallback_url === urls.voice_fallback
  )
}

function dayOf(ms: number | null): string {
  return ms === null ? 'its end is set by the next sweep' : new Date(ms).toISOString().slice(0, 10)
}

/** How an audit came out, in figures. */
export interface AuditTotals {
  readonly entitled: number
  readonly numbers: number
  readonly leaked: number
  readonly missing: number
  readonly unpaid: number
  readonly drift: number
  readonly settling: number
}

export function totalsOf(lines: readonly AuditLine[]): AuditTotals {
  const count = (holds: (line: AuditLine) => boolean) => lines.filter(holds).length
  return {
    entitled: count(({ entitlement }) => entitlement !== 'none'),
    numbers: count(({ ledger }) => ledger === 'active'),
    leaked: count(({ repair }) => repair?.kind === 'return-leak'),
    missing: count(({ repair, ledger }) => repair?.kind === 'provision' && ledger === 'nothing'),
    unpaid: count(({ repair, ledger }) => repair?.kind === 'provision' && ledger === 'active'),
    drift: count(({ verdict }) => verdict === 'drift'),
    settling: count(({ verdict }) => verdict === 'settling'),
  }
}
