import type { BillingEvent } from './billing-events.ts'
import { AppError } from './errors.ts'
import type { Subscription } from './subscriptions.ts'

/** A customer of ours at Stripe with everything they ever subscribed to. */
export interface BilledCustomer {
  /** It was deleted there, or never existed. */
  readonly gone: boolean
  /** Every one, also those that ended, in no order. */
  readonly subscriptions: readonly Subscription[]
}

export interface CheckoutRequest {
  readonly customer_id: string
  readonly user_id: string
  readonly prices: { readonly premium: string; readonly metered: readonly string[] }
  readonly success_url: string
  readonly cancel_url: string
}

export interface MeterReport {
  /** Counted once by Stripe for at least 24 hours. */
  readonly identifier: string
  readonly event_name: string
  readonly customer_id: string
  readonly units: number
  readonly at: number
}

export interface Dispute {
  readonly id: string
  /** As Stripe says: `needs_response`, `won`, `lost`, `warning_closed` and so on. */
  readonly status: string
  readonly customer_id: string | null
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Undefined on the last page. */
  readonly next: string | undefined
}

/**
 * What we ask of Stripe. Every call may throw AppError: `unavailable` when Stripe is away or asks for patience (nothing was
 * done), `unknown-outcome` when a change may have been made, `misconfigured` when it refuses the key or what config.toml
 * names, `not-found` when what the call names is not there. `key` makes a change happen once, however often it is asked for.
 */
export interface Billing {
  readonly mode: 'test' | 'live'
  /** Where Checkout and the portal are, as origins. */
  readonly pageOrigins: readonly string[]
  /** Loads what is needed, so that the first request need not wait for it. */
  prepare(): Promise<void>
  /** Verifies who sent it and when. Throws AppError `invalid`, and `misconfigured` without a webhook secret. */
  readEvent(payload: string, signature: string | null): Promise<BillingEvent>

  createCustomer(customer: { user_id: string; email: string }, key: string): Promise<string>
  /** Fine when it is gone. */
  updateCustomer(id: string, customer: { email: string }): Promise<void>
  /** Ends every subscription at once and takes the person out of the account. Fine when it is gone already. */
  deleteCustomer(id: string): Promise<void>
  readCustomer(id: string): Promise<BilledCustomer>
  /** Every subscription of every customer that has not ended. */
  listLiving(cursor: string | undefined): Promise<Page<Subscription>>
  /** Events created from `since` on, the newest first. */
  listEvents(since: number, cursor: string | undefined): Promise<Page<BillingEvent>>

  /** The page of an open Checkout of this customer for these prices, if there is one that stays open a while. */
  findOpenCheckout(request: CheckoutRequest): Promise<string | undefined>
  openCheckout(request: CheckoutRequest, key: string): Promise<string>
  openPortal(request: { customer_id: string; return_url: string }): Promise<string>
  /** Ends it with the period that is paid. */
  cancelAtPeriodEnd(subscriptionId: string): Promise<Subscription>
  /** Takes a cancellation for later back, whoever made it. */
  resume(subscriptionId: string): Promise<Subscription>
  /** Ends it at once. Fine when it has ended. */
  cancelNow(subscriptionId: string): Promise<void>
  /** Gives the last payment back, once. Answers whether there was one. */
  refundLast(subscriptionId: string): Promise<boolean>
  reportUsage(report: MeterReport): Promise<void>
  readDispute(id: string): Promise<Dispute>

  readonly setup: BillingSetup
}

/** Throws AppError `misconfigured` when there is no key to ask Stripe with. */
export function getBilling({ billing }: { readonly billing: Billing | undefined }): Billing {
  if (billing !== undefined) return billing
  throw new AppError(
    'misconfigured',
    'Stripe is not set up. Put STRIPE_SECRET_KEY into .env, or set features.stripe_enabled = false in config.toml.',
  )
}

/** A price as it stands in the account. */
export interface AccountPrice {
  readonly id: string
  readonly lookup_key: string | null
  readonly active: boolean
  readonly currency: string
  /** In the smallest unit of the currency, as text, because it may have decimals; null for tiered prices. */
  readonly amount: string | null
  readonly interval: string | null
  readonly tier: string | null
  readonly meter_id: string | null
  readonly livemode: boolean
}

export interface AccountEndpoint {
  readonly id: string
  readonly url: string
  readonly enabled: boolean
  /** Null: the account's own version. */
  readonly api_version: string | null
  readonly events: readonly string[]
  readonly livemode: boolean
}

export interface AccountMeter {
  readonly id: string
  readonly event_name: string
  readonly active: boolean
}

export interface NewPrice {
  readonly lookup_key: string
  readonly product_name: string
  readonly currency: string
  /** In the smallest unit of the currency; decimals only for metered prices. */
  readonly amount: string
  readonly tier?: string
  readonly meter_id?: string
}

/** What `xswarm stripe setup` and `doctor` look at and make in the account. */
export interface BillingSetup {
  /** The version that the SDK speaks and the endpoint must send. */
  readonly apiVersion: string
  findPrice(by: { readonly id: string } | { readonly lookup_key: string }): Promise<AccountPrice | undefined>
  createPrice(price: NewPrice): Promise<AccountPrice>
  listMeters(): Promise<readonly AccountMeter[]>
  createMeter(meter: { readonly event_name: string; readonly display_name: string }): Promise<AccountMeter>
  listEndpoints(): Promise<readonly AccountEndpoint[]>
  /** With its secret, which Stripe shows this once. */
  createEndpoint(
    url: string,
    events: readonly string[],
  ): Promise<AccountEndpoint & { readonly secret: string }>
  updateEndpoint(id: string, events: readonly string[]): Promise<AccountEndpoint>
  /** Whether the billing portal has its default configuration; it can be made in the dashboard only. */
  hasPortal(): Promise<boolean>
}
