import type { ProjectConfig } from './project.ts'
import { entitlementOf } from './tiers.ts'
import { TIERS, type Tier } from './users.ts'

/**
 * wanted: somebody ought to have one. buying: a candidate is saved, its purchase may be under way. active: it answers.
 * grace: the right to it is lost; it is kept and can be restored. releasing: it goes back, whatever happens. released: it
 * was ours. abandoned: nothing was ever bought.
 */
export const NUMBER_STATES = [
  'wanted',
  'buying',
  'active',
  'grace',
  'releasing',
  'released',
  'abandoned',
] as const
export type NumberState = (typeof NUMBER_STATES)[number]

/** Whether texts from the number reach people, as Twilio says. Calls never wait for it. */
export const SMS_STATUSES = ['unverified', 'pending', 'active', 'rejected'] as const
export type SmsStatus = (typeof SMS_STATUSES)[number]

/** One entry of the ledger: a row of the table `numbers`. */
export interface LedgerNumber {
  readonly id: string
  readonly user_id: string | null
  readonly state: NumberState
  /** `adopted`: set by hand. We never give such a number back at Twilio. */
  readonly origin: 'bought' | 'adopted'
  /** While `buying` the candidate. */
  readonly e164: string | null
  readonly sid: string | null
  readonly tag: string | null
  /** 1 while a purchase was sent, or may have been, whose outcome is not known. */
  readonly unsure: number
  /** Milliseconds since the epoch. */
  readonly attempted_at: number | null
  readonly job_id: number | null
  readonly sms_status: SmsStatus
  /** UTC text. */
  readonly wanted_at: string
  readonly active_at: string | null
  /** Milliseconds since the epoch. */
  readonly grace_until: number | null
  readonly released_at: string | null
  /** Milliseconds since the epoch: since when the audit has not found it at Twilio. */
  readonly absent_since: number | null
  readonly last_error: string | null
}

/** States in which a user has this number, or is about to. At most one per user. */
export const LIVE_STATES = ['wanted', 'buying', 'active', 'grace'] as const satisfies readonly NumberState[]

/** By this a number at Twilio is known to be ours: nothing else is ever touched. */
export function tagOf(id: string, { environment }: Pick<ProjectConfig, 'environment'>): string {
  return `${tagPrefix({ environment })}${id}`
}

export function tagPrefix({ environment }: Pick<ProjectConfig, 'environment'>): string {
  return `xs1:${environment}:`
}

/** The ledger's id in a tag of this environment; undefined for every other name. */
export function idInTag(name: string, config: Pick<ProjectConfig, 'environment'>): string | undefined {
  const prefix = tagPrefix(config)
  return name.startsWith(prefix) && name.length > prefix.length ? name.slice(prefix.length) : undefined
}

type Rules = Pick<ProjectConfig, 'tiers' | 'features'>

/** Whether a tier comes with a number, and numbers are of any use here. */
export function includesNumber(tier: string, config: Rules): boolean {
  const { voice_enabled, sms_enabled } = config.features
  return (voice_enabled || sms_enabled) && entitlementOf(tier, config).toll_free_number
}

/** The tiers that come with a number. */
export function tiersWithNumber(config: Rules): readonly Tier[] {
  return TIERS.filter((tier) => includesNumber(tier, config))
}

/** How long an unknown purchase is looked for before it is sent again: reads at Twilio lag behind its writes. */
export const LOOK_FOR_MS = 60_000
/** A purchase is not sent later than this after it was written down: by then another worker may have gone on. */
export const SEND_WITHIN_MS = 10_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
/** `purchases_per_user_max` counts over this time. */
export const USER_PURCHASES_MS = 30 * DAY_MS
