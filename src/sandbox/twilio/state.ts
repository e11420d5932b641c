/** A number the account owns. Keys are those of Twilio's answers; times are milliseconds of the sandbox's clock. */
export interface OwnedNumber extends NumberSettings {
  readonly sid: string
  readonly phone_number: string
  /** Counts purchases: lists are sorted by it, and pages continue behind one. */
  readonly ordinal: number
  readonly created_at: number
  readonly updated_at: number
}

/** What POST may set on a number. Twilio answers an unset text as the empty string and an unset sid as null. */
export interface NumberSettings {
  readonly friendly_name: string
  readonly voice_url: string
  readonly voice_method: Method
  readonly voice_fallback_url: string
  readonly voice_fallback_method: Method
  readonly voice_caller_id_lookup: boolean
  readonly voice_application_sid: string
  readonly voice_receive_mode: string
  readonly sms_url: string
  readonly sms_method: Method
  readonly sms_fallback_url: string
  readonly sms_fallback_method: Method
  readonly sms_application_sid: string
  readonly status_callback: string
  readonly status_callback_method: Method
  readonly trunk_sid: string | null
  readonly address_sid: string | null
  readonly identity_sid: string | null
  readonly bundle_sid: string | null
  readonly emergency_status: 'Active' | 'Inactive'
  readonly emergency_address_sid: string | null
}

export type Method = 'GET' | 'POST'

/** A number that was given back. Nobody can buy it for months. */
export interface ReleasedNumber {
  readonly number: OwnedNumber
  readonly released_at: number
}

export type VerificationStatus = 'PENDING_REVIEW' | 'IN_REVIEW' | 'TWILIO_APPROVED' | 'TWILIO_REJECTED'

export interface Verification {
  readonly sid: string
  readonly ordinal: number
  readonly created_at: number
  readonly updated_at: number
  /** When it was handed in last: the review takes its time from here. */
  readonly submitted_at: number
  /** What an operator of the sandbox decided; without it the clock decides. */
  readonly decision?: { readonly status: VerificationStatus; readonly reason: string; readonly at: number }
  readonly phone_number: string
  /** The parameters as they were sent, by Twilio's names. */
  readonly sent: Readonly<Record<string, string | readonly string[]>>
}

export interface AccountState {
  readonly status: 'active' | 'suspended' | 'closed'
  readonly type: 'Trial' | 'Full'
  readonly created_at: number
}

/** Everything that survives a restart, by kind and id. */
export interface Kinds {
  /** By SID. */
  readonly number: OwnedNumber
  /** By SID. */
  readonly released: ReleasedNumber
  /** By phone number: somebody else bought it. */
  readonly stolen: { readonly at: number }
  /** By SID. */
  readonly verification: Verification
  /** By `to|from`: this phone said STOP to this number. */
  readonly opt_out: { readonly by: 'network' | 'twilio'; readonly at: number }
  /** By `account`. */
  readonly account: AccountState
  /** By `clock`: how many milliseconds it was moved ahead. */
  readonly moved: number
}
export type Kind = keyof Kinds
