import type { AccountEndpoint, AccountPrice, Billing } from '../domain/billing.ts'
import { HANDLED_EVENTS } from '../domain/billing-events.ts'
import { METERS, USAGE_KINDS, type UsageKind } from '../domain/usage.ts'

/** What is sold, with the keys by which it is found again. */
export const OFFERS = {
  premium: { lookup_key: 'xswarm_premium', product_name: 'xSwarm Premium' },
  voice: { lookup_key: 'xswarm_voice', product_name: 'xSwarm voice minutes' },
  sms: { lookup_key: 'xswarm_sms', product_name: 'xSwarm text messages' },
} as const satisfies Record<'premium' | UsageKind, { lookup_key: string; product_name: string }>

/** In cents: what is asked for where nobody says otherwise. */
export const DEFAULT_AMOUNTS = { premium: '2000', voice: '5', sms: '2' } as const

export interface SetupWish {
  /** Where Stripe reaches us, without the path of the webhook. */
  readonly publicUrl: string
  readonly currency: string
  /** In the smallest unit of the currency, per month, minute and message. */
  readonly amounts: Readonly<Record<'premium' | UsageKind, string>>
}

export interface SetupStep {
  readonly did: 'found' | 'made' | 'changed'
  readonly what: string
  readonly id: string
}

export interface SetupResult {
  readonly steps: readonly SetupStep[]
  readonly prices: Readonly<Record<'premium' | UsageKind, string>>
  /** Of a new endpoint: Stripe shows it this once. */
  readonly webhookSecret: string | undefined
  /** Endpoints at our address that send another version: they can be removed once the new one works. */
  readonly outdated: readonly string[]
  readonly hasPortal: boolean
}

/**
 * Brings a Stripe account to what this version needs, looking before it makes anything: run twice it makes nothing twice.
 * Prices that are there are taken as they are, whatever they cost. Throws what Stripe throws.
 */
export async function setupStripe(
  { billing }: { readonly billing: Billing },
  wish: SetupWish,
): Promise<SetupResult> {
  const steps: SetupStep[] = []
  // First, so that what is made next is not told to an endpoint that asked for everything.
  const { secret, outdated } = await ensureEndpoint(billing, wish, steps)
  const premium = await ensurePrice(billing, wish, 'premium', undefined, steps)
  const prices: Record<'premium' | UsageKind, string> = { premium: premium.id, voice: '', sms: '' }
  for (const kind of USAGE_KINDS) {
    const meter = await ensureMeter(billing, kind, steps)
    prices[kind] = (await ensurePrice(billing, wish, kind, meter, steps)).id
  }
  return { steps, prices, webhookSecret: secret, outdated, hasPortal: await billing.setup.hasPortal() }
}

/** Where Stripe sends events to. */
export function webhookUrl(publicUrl: string): string {
  return `${publicUrl.replace(/\/+$/, '')}/webhooks/stripe`
}

async function ensurePrice(
  { setup }: Billing,
  { currency, amounts }: SetupWish,
  offer: keyof typeof OFFERS,
  meter_id: string | undefined,
  steps: SetupStep[],
): Promise<AccountPrice> {
  const { lookup_key, product_name } = OFFERS[offer]
  const found = await setup.findPrice({ lookup_key })
  const price =
    found ??
    (await setup.createPrice({
      lookup_key,
      product_name,
      currency,
      amount: amounts[offer],
      ...(meter_id === undefined ? { tier: 'premium' } : { meter_id }),
    }))
  steps.push({ did: found === undefined ? 'made' : 'found', what: `price ${offer}`, id: price.id })
  return price
}

async function ensureMeter({ setup }: Billing, kind: UsageKind, steps: SetupStep[]): Promise<string> {
  const { event_name } = METERS[kind]
  const found = (await setup.listMeters()).find((one) => one.event_name === event_name && one.active)
  const meter = found ?? (await setup.createMeter(METERS[kind]))
  steps.push({ did: found === undefined ? 'made' : 'found', what: `meter ${kind}`, id: meter.id })
  return meter.id
}

async function ensureEndpoint(
  { setup }: Billing,
  { publicUrl }: SetupWish,
  steps: SetupStep[],
): Promise<{ secret: string | undefined; outdated: readonly string[] }> {
  const url = webhookUrl(publicUrl)
  const ours = (await setup.listEndpoints()).filter((one) => one.url === url)
  // The version of an endpoint is fixed when it is made.
  const current = ours.find(({ api_version }) => api_version === setup.apiVersion)
  const outdated = ours.filter((one) => one.api_version !== setup.apiVersion).map(({ id }) => id)
  if (current === undefined) {
    const { id, secret } = await setup.createEndpoint(url, HANDLED_EVENTS)
    steps.push({ did: 'made', what: 'webhook endpoint', id })
    return { secret, outdated }
  }
  if (!isRight(current)) await setup.updateEndpoint(current.id, HANDLED_EVENTS)
  steps.push({ did: isRight(current) ? 'found' : 'changed', what: 'webhook endpoint', id: current.id })
  return { secret: undefined, outdated }
}

function isRight({ enabled, events }: AccountEndpoint): boolean {
  return enabled && [...events].sort().join() === [...HANDLED_EVENTS].sort().join()
}
