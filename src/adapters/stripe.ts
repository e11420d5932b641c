import type { Stripe } from 'stripe'
import type { Billing, CheckoutRequest, Dispute, MeterReport } from '../domain/billing.ts'
import type { Clock } from '../domain/ports.ts'
import { findOpenCheckout, openCheckout, refundLast } from './stripe-checkout.ts'
import { type CallKind, refusalOf } from './stripe-errors.ts'
import { fromSnapshot, readDelivery } from './stripe-events.ts'
import { createSetup } from './stripe-setup.ts'
import { complete, isMissing, listLiving, readCustomer, USER_KEY } from './stripe-subscriptions.ts'

export interface StripeOptions {
  readonly secretKey: string
  /** Several while one is being replaced. */
  readonly webhookSecrets: readonly string[]
  /** Another address for the API, for the sandbox and for tests. */
  readonly apiBase?: string | undefined
  readonly clock: Clock
  /** [20,000] */
  readonly timeoutMs?: number
  /** Of the SDK, which names each change so that it is done once [2]. */
  readonly retriesMax?: number
}

/**
 * The version of Stripe's API that we speak, whatever the account is set to. It is also the one of the SDK's types, which a
 * test holds.
 */
export const STRIPE_API_VERSION = '2026-10-28.endive'

/** Stripe's own pages. */
const PAGES = ['https://checkout.stripe.com', 'https://billing.stripe.com']

interface Loaded {
  readonly stripe: Stripe
  readonly sdk: typeof Stripe
}

/** Stripe behind the port. The SDK takes 150 ms to load, so it is loaded with the first call. */
export function createStripe(options: StripeOptions): Billing {
  let loading: Promise<Loaded> | undefined
  const load = () => {
    loading ??= loadSdk(options)
    return loading
  }
  const call = async <T>(kind: CallKind, run: (stripe: Stripe) => Promise<T>): Promise<T> => {
    const { stripe, sdk } = await load()
    try {
      return await run(stripe)
    } catch (error) {
      throw refusalOf(error, kind, sdk)
    }
  }
  const look = <T>(run: (stripe: Stripe) => Promise<T>) => call('look', run)
  const change = <T>(run: (stripe: Stripe) => Promise<T>) => call('change', run)
  const { apiBase, clock, secretKey, webhookSecrets } = options
  return {
    mode: /^[sr]k_live_/.test(secretKey) ? 'live' : 'test',
    pageOrigins: apiBase === undefined ? PAGES : [new URL(apiBase).origin],
    prepare: async () => void (await load()),
    async readEvent(payload, signature) {
      const { stripe, sdk } = await load()
      return readDelivery(stripe, sdk, { payload, signature, secrets: webhookSecrets, now: clock.now() })
    },
    readCustomer: (id) => look((stripe) => readCustomer(stripe, id)),
    listLiving: (cursor) => look((stripe) => listLiving(stripe, cursor)),
    listEvents: (since, cursor) => look((stripe) => listEvents(stripe, since, cursor)),
    readDispute: (id) => look((stripe) => readDispute(stripe, id)),
    findOpenCheckout: (request: CheckoutRequest) =>
      look((stripe) => findOpenCheckout(stripe, request, clock.now())),
    openCheckout: (request, key) => change((stripe) => openCheckout(stripe, request, key)),
    openPortal: ({ customer_id: customer, return_url }) =>
      look(async (stripe) => (await stripe.billingPortal.sessions.create({ customer, return_url })).url),
    refundLast: (id) => change((stripe) => refundLast(stripe, id)),
    reportUsage: (report) => change((stripe) => reportUsage(stripe, report)),
    ...changes(change),
    setup: createSetup(look, change, STRIPE_API_VERSION),
  }
}

async function loadSdk(options: StripeOptions): Promise<Loaded> {
  const { Stripe: sdk } = await import('stripe')
  const { apiBase, secretKey, timeoutMs = 20_000, retriesMax = 2 } = options
  const stripe = new sdk(secretKey, {
    apiVersion: STRIPE_API_VERSION,
    timeout: timeoutMs,
    maxNetworkRetries: retriesMax,
    telemetry: false,
    appInfo: { name: 'xswarm' },
    ...(apiBase !== undefined && addressOf(apiBase)),
  })
  return { stripe, sdk }
}

function addressOf(apiBase: string): { host: string; port: number; protocol: 'http' | 'https' } {
  const { hostname, port, protocol } = new URL(apiBase)
  const isPlain = protocol === 'http:'
  return {
    host: hostname,
    port: port === '' ? (isPlain ? 80 : 443) : Number(port),
    protocol: isPlain ? 'http' : 'https',
  }
}

type Change = <T>(run: (stripe: Stripe) => Promise<T>) => Promise<T>
type Changes = Pick<
  Billing,
  'createCustomer' | 'updateCustomer' | 'deleteCustomer' | 'cancelAtPeriodEnd' | 'resume' | 'cancelNow'
>

function changes(change: Change): Changes {
  return {
    createCustomer: ({ user_id, email }, key) =>
      change(async (stripe) => {
        const made = await stripe.customers.create(
          { email, metadata: { [USER_KEY]: user_id } },
          { idempotencyKey: key },
        )
        return made.id
      }),
    updateCustomer: (id, { email }) =>
      change((stripe) => unlessMissing(stripe.customers.update(id, { email }))),
    deleteCustomer: (id) => change((stripe) => unlessMissing(stripe.customers.del(id))),
    cancelAtPeriodEnd: (id) =>
      change(async (stripe) =>
        complete(stripe, await stripe.subscriptions.update(id, { cancel_at_period_end: true })),
      ),
    resume: (id) => change((stripe) => resume(stripe, id)),
    cancelNow: (id) => change((stripe) => unlessMissing(stripe.subscriptions.cancel(id))),
  }
}

/** The API's own mark and that of the portal are taken back each in its own way; Stripe refuses both at once. */
async function resume(stripe: Stripe, id: string) {
  const { cancel_at_period_end } = await stripe.subscriptions.retrieve(id)
  const back = cancel_at_period_end ? { cancel_at_period_end: false } : { cancel_at: '' as const }
  return complete(stripe, await stripe.subscriptions.update(id, back))
}

/** What is gone is as good as ended. */
async function unlessMissing(done: Promise<unknown>): Promise<void> {
  try {
    await done
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

async function listEvents(stripe: Stripe, since: number, cursor: string | undefined) {
  const page = await stripe.events.list({
    created: { gte: Math.floor(since / 1000) },
    limit: 100,
    ...(cursor !== undefined && { starting_after: cursor }),
  })
  return { items: page.data.map(fromSnapshot), next: page.has_more ? page.data.at(-1)?.id : undefined }
}

async function reportUsage(stripe: Stripe, report: MeterReport): Promise<void> {
  const { identifier, event_name, customer_id, units, at } = report
  const payload = { stripe_customer_id: customer_id, value: String(units) }
  const timestamp = Math.floor(at / 1000)
  try {
    await stripe.billing.meterEvents.create(
      { event_name, identifier, timestamp, payload },
      { idempotencyKey: `usage-${identifier}` },
    )
  } catch (error) {
    // It came through before, and its answer was lost.
    if (!isKnownIdentifier(error)) throw error
  }
}

function isKnownIdentifier(error: unknown): boolean {
  if (!(error instanceof Error) || !('type' in error) || error.type !== 'StripeInvalidRequestError')
    return false
  return /already (?:been )?(?:exists|used|recorded)|already exists|duplicate/i.test(error.message)
}

/** A dispute names the charge, and the charge its customer. */
async function readDispute(stripe: Stripe, id: string): Promise<Dispute> {
  const { status, charge } = await stripe.disputes.retrieve(id)
  const { customer } = typeof charge === 'string' ? await stripe.charges.retrieve(charge) : charge
  return { id, status, customer_id: typeof customer === 'string' ? customer : (customer?.id ?? null) }
}
