import type { Stripe } from 'stripe'
import type { AccountEndpoint, AccountPrice, BillingSetup, NewPrice } from '../domain/billing.ts'
import { isMissing, TIER_KEY } from './stripe-subscriptions.ts'

type Look = <T>(run: (stripe: Stripe) => Promise<T>) => Promise<T>

/** What `xswarm stripe setup` and `doctor` do in the account. */
export function createSetup(look: Look, change: Look, apiVersion: string): BillingSetup {
  return {
    apiVersion,
    findPrice: (by) =>
      look((stripe) => ('id' in by ? readPrice(stripe, by.id) : searchPrice(stripe, by.lookup_key))),
    createPrice: (price) => change((stripe) => createPrice(stripe, price)),
    listMeters: () =>
      look(async (stripe) => {
        const meters = []
        for await (const { id, event_name, status } of stripe.billing.meters.list({ limit: 100 }))
          meters.push({ id, event_name, active: status === 'active' })
        return meters
      }),
    createMeter: ({ event_name, display_name }) =>
      change(async (stripe) => {
        const { id } = await stripe.billing.meters.create({
          event_name,
          display_name,
          default_aggregation: { formula: 'sum' },
        })
        return { id, event_name, active: true }
      }),
    listEndpoints: () =>
      look(async (stripe) => {
        const endpoints: AccountEndpoint[] = []
        for await (const one of stripe.webhookEndpoints.list({ limit: 100 })) endpoints.push(toEndpoint(one))
        return endpoints
      }),
    createEndpoint: (url, events) =>
      change(async (stripe) => {
        const made = await stripe.webhookEndpoints.create({
          url,
          // The names are those of HANDLED_EVENTS; a wrong one Stripe refuses.
          enabled_events: events as Stripe.WebhookEndpointCreateParams.EnabledEvent[],
          api_version: apiVersion as Stripe.WebhookEndpointCreateParams.ApiVersion,
          description: 'xswarm',
        })
        return { ...toEndpoint(made), secret: made.secret ?? '' }
      }),
    updateEndpoint: (id, events) =>
      change(async (stripe) =>
        toEndpoint(
          await stripe.webhookEndpoints.update(id, {
            enabled_events: events as Stripe.WebhookEndpointUpdateParams.EnabledEvent[],
            disabled: false,
          }),
        ),
      ),
    hasPortal: () =>
      look(async (stripe) => {
        const { data } = await stripe.billingPortal.configurations.list({
          is_default: true,
          active: true,
          limit: 1,
        })
        return data.length > 0
      }),
  }
}

async function readPrice(stripe: Stripe, id: string): Promise<AccountPrice | undefined> {
  try {
    return toPrice(await stripe.prices.retrieve(id))
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function searchPrice(stripe: Stripe, lookup_key: string): Promise<AccountPrice | undefined> {
  const { data } = await stripe.prices.list({ lookup_keys: [lookup_key], active: true, limit: 1 })
  const [price] = data
  return price === undefined ? undefined : toPrice(price)
}

/** With its product: one of each, told apart by the lookup key. */
async function createPrice(stripe: Stripe, price: NewPrice): Promise<AccountPrice> {
  const { lookup_key, product_name, currency, amount, tier, meter_id } = price
  const metadata = tier === undefined ? {} : { [TIER_KEY]: tier }
  const product = await stripe.products.create(
    { name: product_name, metadata },
    { idempotencyKey: `product-${lookup_key}-${currency}-${amount}` },
  )
  const made = await stripe.prices.create(
    {
      product: product.id,
      currency,
      lookup_key,
      transfer_lookup_key: true,
      metadata,
      ...(meter_id === undefined ? { unit_amount: Number(amount) } : amountOf(amount)),
      recurring: {
        interval: 'month',
        ...(meter_id !== undefined && { usage_type: 'metered' as const, meter: meter_id }),
      },
    },
    { idempotencyKey: `price-${lookup_key}-${product.id}` },
  )
  return toPrice(made)
}

/** A minute may cost less than a cent, which only the decimal form can say. */
function amountOf(amount: string): Pick<Stripe.PriceCreateParams, 'unit_amount' | 'unit_amount_decimal'> {
  return /^\d+$/.test(amount)
    ? { unit_amount: Number(amount) }
    : { unit_amount_decimal: amount as unknown as Stripe.Decimal }
}

function toPrice(price: Stripe.Price): AccountPrice {
  const {
    id,
    lookup_key,
    active,
    currency,
    unit_amount,
    unit_amount_decimal,
    recurring,
    metadata,
    livemode,
  } = price
  return {
    id,
    lookup_key,
    active,
    currency,
    amount:
      unit_amount_decimal === null
        ? unit_amount === null
          ? null
          : String(unit_amount)
        : String(unit_amount_decimal),
    interval: recurring?.interval ?? null,
    tier: metadata[TIER_KEY] ?? null,
    meter_id: recurring?.meter ?? null,
    livemode,
  }
}

function toEndpoint(one: Stripe.WebhookEndpoint): AccountEndpoint {
  const { id, url, status, api_version, enabled_events, livemode } = one
  return { id, url, enabled: status === 'enabled', api_version, events: enabled_events, livemode }
}
