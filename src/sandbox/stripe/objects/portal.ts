import { newId } from '../ids.ts'
import type { Metadata } from '../params.ts'
import type { Seconds } from './shared.ts'

export type FlowType = 'payment_method_update' | 'subscription_cancel'

export interface PortalSession {
  readonly id: string
  readonly object: 'billing_portal.session'
  readonly configuration: string
  readonly created: Seconds
  readonly customer: string
  readonly customer_account: null
  readonly flow: PortalFlow | null
  readonly livemode: false
  readonly locale: 'auto' | 'en' | null
  readonly on_behalf_of: null
  readonly return_url: string | null
  readonly url: string
}

export interface PortalFlow {
  readonly after_completion: {
    readonly hosted_confirmation: null
    readonly redirect: { readonly return_url: string } | null
    readonly type: 'portal_homepage' | 'redirect'
  }
  readonly customer_update: null
  readonly subscription_cancel: { readonly retention: null; readonly subscription: string } | null
  readonly subscription_pause: null
  readonly subscription_update: null
  readonly subscription_update_confirm: null
  readonly type: FlowType
}

export interface PortalConfiguration {
  readonly id: string
  readonly object: 'billing_portal.configuration'
  readonly active: boolean
  readonly application: null
  readonly business_profile: {
    readonly headline: string | null
    readonly privacy_policy_url: string | null
    readonly terms_of_service_url: string | null
  }
  readonly created: Seconds
  readonly default_return_url: string | null
  readonly features: PortalFeatures
  readonly is_default: boolean
  readonly livemode: false
  readonly login_page: { readonly enabled: false; readonly url: null }
  readonly metadata: Metadata
  readonly name: string | null
  readonly updated: Seconds
}

export interface PortalFeatures {
  readonly customer_update: { readonly allowed_updates: never[]; readonly enabled: boolean }
  readonly invoice_history: { readonly enabled: boolean }
  readonly payment_method_update: { readonly enabled: boolean; readonly payment_method_configuration: null }
  readonly subscription_cancel: {
    readonly cancellation_reason: {
      readonly enabled: boolean
      readonly feedback_options: null
      readonly options: never[]
    }
    readonly enabled: boolean
    readonly mode: 'at_period_end' | 'immediately'
    readonly proration_behavior: 'none'
  }
  readonly subscription_pause: {
    readonly duration: { readonly interval_options: never[]; readonly type: 'indefinite' }
    readonly enabled: false
  }
  readonly subscription_update: {
    readonly billing_cycle_anchor: null
    readonly default_allowed_updates: never[]
    readonly enabled: false
    readonly proration_behavior: 'none'
    readonly schedule_at_period_end: { readonly conditions: never[] }
    readonly trial_update_behavior: 'end_trial'
  }
}

export interface FeatureSwitches {
  readonly invoiceHistory: boolean
  readonly paymentMethodUpdate: boolean
  readonly subscriptionCancel: boolean
  readonly cancelMode: 'at_period_end' | 'immediately'
}

export function portalFeatures(on: FeatureSwitches): PortalFeatures {
  return {
    customer_update: { allowed_updates: [], enabled: false },
    invoice_history: { enabled: on.invoiceHistory },
    payment_method_update: { enabled: on.paymentMethodUpdate, payment_method_configuration: null },
    subscription_cancel: {
      cancellation_reason: { enabled: false, feedback_options: null, options: [] },
      enabled: on.subscriptionCancel,
      mode: on.cancelMode,
      proration_behavior: 'none',
    },
    subscription_pause: { duration: { interval_options: [], type: 'indefinite' }, enabled: false },
    subscription_update: {
      billing_cycle_anchor: null,
      default_allowed_updates: [],
      enabled: false,
      proration_behavior: 'none',
      schedule_at_period_end: { conditions: [] },
      trial_update_behavior: 'end_trial',
    },
  }
}

export function newPortalConfiguration(
  now: Seconds,
  given: Pick<
    PortalConfiguration,
    'business_profile' | 'default_return_url' | 'features' | 'is_default' | 'metadata'
  >,
): PortalConfiguration {
  return {
    id: newId('bpc_1', 23),
    object: 'billing_portal.configuration',
    active: true,
    application: null,
    created: now,
    livemode: false,
    login_page: { enabled: false, url: null },
    name: null,
    updated: now,
    ...given,
  }
}
