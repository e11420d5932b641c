/** The tiers of the seed. What each includes is configured in `[tiers]`. */
export const TIERS = ['free', 'premium'] as const
export type Tier = (typeof TIERS)[number]

/**
 * A user, exactly as the row in the table `users`, in JSON and on the command line:
 * one shape and the seed's snake_case names everywhere.
 */
export interface User {
  readonly id: string
  /** The person's own address. Unique without regard to case. */
  readonly email: string
  /** The person's own phone in E.164, for example `+15551234567`. */
  readonly phone: string | null
  /** The address we assigned, for example `alice@xswarm.ai`. Never given to anybody else. */
  readonly xswarm_email: string
  /** The toll-free number we assigned, in E.164. */
  readonly xswarm_phone: string | null
  readonly subscription_tier: Tier
  /** A key of the persona catalogue. */
  readonly persona: string
  readonly wake_word: string
  readonly stripe_customer_id: string | null
  readonly stripe_subscription_id: string | null
  /** UTC, as SQLite's CURRENT_TIMESTAMP writes it: `2026-11-23 14:17:00`. */
  readonly created_at: string
}

/** The columns of `users`, in the seed's order. */
export const USER_COLUMNS = [
  'id',
  'email',
  'phone',
  'xswarm_email',
  'xswarm_phone',
  'subscription_tier',
  'persona',
  'wake_word',
  'stripe_customer_id',
  'stripe_subscription_id',
  'created_at',
] as const satisfies readonly (keyof User)[]

/** What a person may change about themselves. Everything else is ours to assign. */
export interface Settings {
  readonly persona: string
  readonly wake_word: string
  readonly phone: string | null
}

export const SETTING_KEYS = ['persona', 'wake_word', 'phone'] as const satisfies readonly (keyof Settings)[]
export type SettingKey = (typeof SETTING_KEYS)[number]

/** A user together with the revision of their last change; 0 for a row that never changed. */
export interface RevisedUser {
  readonly user: User
  readonly revision: number
}
