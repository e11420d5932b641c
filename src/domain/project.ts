/**
 * What `config.toml` says, with every default filled in. Keys are those of the file.
 * `src/config/schema.ts` parses into this shape; contract section 2 is its source.
 */
export const ENVIRONMENTS = ['development', 'test', 'staging', 'production'] as const
export type Environment = (typeof ENVIRONMENTS)[number]

export interface TierEntitlement {
  readonly toll_free_number: boolean
  /** Included per month. */
  readonly voice_minutes: number
  /** Included per month. */
  readonly sms_messages: number
}

export interface PersonaConfig {
  readonly name?: string
  readonly wake_word?: string
  readonly greeting?: string
  readonly voice?: string
}

export interface ProjectConfig {
  readonly environment: Environment
  readonly server: {
    readonly host: string
    readonly port: number
    readonly public_url: string
    /** IP addresses or CIDR ranges whose X-Forwarded-* headers are believed. */
    readonly trusted_proxies: readonly string[]
  }
  readonly database: { readonly url: string }
  readonly twilio: {
    readonly account_sid?: string
    readonly api_base?: string
    readonly toll_free_country: string
    readonly fallback_url?: string
  }
  readonly stripe: {
    readonly publishable_key?: string
    readonly api_base?: string
    readonly prices: { readonly premium?: string; readonly voice?: string; readonly sms?: string }
  }
  readonly email: { readonly domain: string; readonly from?: string; readonly alerts_to?: string }
  readonly assistant: { readonly stream_url?: string; readonly sms_url?: string }
  readonly billing: { readonly past_due_grace_days: number }
  readonly limits: {
    readonly enabled: boolean
    readonly signups_per_hour_per_ip: number
    readonly codes_per_hour_per_email: number
    readonly codes_per_hour_per_ip: number
    readonly wrong_codes_per_hour_per_ip: number
  }
  readonly accounts: { readonly unproven_days: number }
  readonly tiers: { readonly free: TierEntitlement; readonly premium: TierEntitlement }
  readonly numbers: {
    readonly grace_days: number
    readonly purchases_per_hour_max: number
    readonly purchases_per_user_max: number
  }
  readonly personas: Readonly<Record<string, PersonaConfig>>
  readonly test_user: {
    readonly email: string
    readonly phone: string | null
    readonly subscription_tier: 'free' | 'premium'
    readonly persona: string
    readonly wake_word?: string
    readonly xswarm_email: string
    readonly xswarm_phone: string | null
  }
  /** Absent when the file names no admin: then nobody is one. */
  readonly admin?: {
    readonly email: string
    readonly phone?: string
    readonly access_level: string
    readonly can_provision_numbers: boolean
    readonly can_view_all_users: boolean
  }
  readonly features: {
    readonly voice_enabled: boolean
    readonly sms_enabled: boolean
    readonly stripe_enabled: boolean
  }
}
