import type { Statement } from './ports.ts'
import type { ProjectConfig } from './project.ts'
import { entitlementOf } from './tiers.ts'

export const USAGE_KINDS = ['voice', 'sms'] as const
export type UsageKind = (typeof USAGE_KINDS)[number]

/** What a call or message comes to. */
export interface NewUsage {
  readonly kind: UsageKind
  /** The vendor's name of the call or message: it is counted once, however often it is told. */
  readonly source_id: string
  readonly user_id: string
  /** Minutes or messages, whole. */
  readonly units: number
  /** Milliseconds since the epoch. */
  readonly at: number
}

/**
 * Where a record is on its way to Stripe. `sending`: an attempt was begun and its outcome is not written down yet.
 * `uncertain` and `refused` are given up and wait for a person; neither is ever sent again.
 */
export type ReportState = 'none' | 'due' | 'sending' | 'reported' | 'uncertain' | 'refused'

/** A row of the table `usage`. */
export interface UsageRecord extends Omit<NewUsage, 'source_id'> {
  /** Kind and source: also the identifier by which Stripe recognises its report. */
  readonly id: string
  /** `2026-11`, UTC. */
  readonly month: string
  /** The units above what the tier includes: only these are reported. */
  readonly overage: number
  readonly report: ReportState
  /** Who is billed; null for somebody who has no subscription. */
  readonly customer_id: string | null
  /** When the first attempt was begun whose outcome is not known. */
  readonly attempted_at: number | null
}

export type UsageTotals = Readonly<Record<UsageKind, number>>

export interface UsageQueries {
  totals(userId: string, month: string): Promise<UsageTotals>
  find(id: string): Promise<UsageRecord | undefined>
  /** Aborts the unit (kind `rows`) when the user's total of this month is no longer `units`. */
  expectTotal(userId: string, month: string, kind: UsageKind, units: number): Statement
  /** Counts it. Refused `unique` on `usage.id` when it was counted before. */
  keep(record: UsageRecord): Statement
  /** Moves a record on. Aborts the unit (kind `rows`) when it is no longer in the state `from`. */
  move(
    id: string,
    from: ReportState,
    to: { readonly report: ReportState; readonly attempted_at: number | null },
  ): Statement
}

/** The meters that `xswarm stripe setup` makes; their event names are what a report is sent to. */
export const METERS = {
  voice: { event_name: 'xswarm_voice_minutes', display_name: 'xSwarm voice minutes' },
  sms: { event_name: 'xswarm_sms_messages', display_name: 'xSwarm text messages' },
} as const satisfies Record<UsageKind, { event_name: string; display_name: string }>

/** Stripe recognises an identifier for at least 24 hours; an hour is left for clocks and for the way there. */
export const RECOGNISED_MS = 23 * 60 * 60 * 1000
/** Stripe takes no event that is older than 35 days; the last of them is left for the way there. */
export const REPORTABLE_MS = 34 * 24 * 60 * 60 * 1000

/** Started minutes count. A call that nobody answered counts nothing. */
export function minutesOf(seconds: number): number {
  return Math.ceil(Math.max(0, seconds) / 60)
}

export function usageId({ kind, source_id }: Pick<NewUsage, 'kind' | 'source_id'>): string {
  return `${kind}:${source_id}`
}

/** The calendar month in UTC that a moment lies in: `2026-11`. Included amounts are per month. */
export function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7)
}

export function includedIn(tier: string, kind: UsageKind, config: Pick<ProjectConfig, 'tiers'>): number {
  const { voice_minutes, sms_messages } = entitlementOf(tier, config)
  return kind === 'voice' ? voice_minutes : sms_messages
}

/** How many of `units` lie above what is included, when `before` were used already. */
export function overageOf(before: number, units: number, included: number): number {
  return Math.max(0, before + units - included) - Math.max(0, before - included)
}

export const USAGE_THRESHOLDS = [80, 100] as const
export type UsageThreshold = (typeof USAGE_THRESHOLDS)[number]

/** The highest share of what is included that was reached by going from `before` to `after`; only that one is told. */
export function thresholdReached(
  before: number,
  after: number,
  included: number,
): UsageThreshold | undefined {
  if (included === 0) return undefined
  const reached = USAGE_THRESHOLDS.filter(
    (share) => before * 100 < included * share && after * 100 >= included * share,
  )
  return reached.at(-1)
}

/** Whether units of a kind are billed: it is switched on, and there is a price for it. */
export function isMetered(
  kind: UsageKind,
  { features, stripe }: Pick<ProjectConfig, 'features' | 'stripe'>,
): boolean {
  const isOn = kind === 'voice' ? features.voice_enabled : features.sms_enabled
  return features.stripe_enabled && isOn && stripe.prices[kind] !== undefined
}
