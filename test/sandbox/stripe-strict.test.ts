import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buy, createShop, type Shop } from './stripe-shop.ts'
import { closeStages, createStage, type Stage } from './stripe-stage.ts'

let stage: Stage
let shop: Shop
let ids: Record<string, string>
beforeAll(async () => {
  stage = await createStage()
  shop = await createShop(stage)
  const { customer, subscription } = await buy(stage, shop)
  const other = await stage.stripe.customers.create({ payment_method: 'pm_card_visa' })
  const [method] = (await stage.stripe.paymentMethods.list({ customer: other.id })).data
  ids = {
    CUSTOMER: customer,
    SUBSCRIPTION: subscription,
    PREMIUM: shop.premium.id,
    YEARLY: shop.yearly.id,
    VOICE: shop.voice.id,
    FOREIGN_CARD: String(method?.id),
  }
})
afterAll(closeStages)

interface Refused {
  readonly error: { type: string; code?: string; param?: string; message: string }
}

/** Sends the bytes as they are: what the SDK would never send must be refused too. */
async function send(method: string, path: string, body = ''): Promise<{ status: number; body: Refused }> {
  const filled = (text: string) => text.replaceAll(/[A-Z_]{4,}/g, (name) => ids[name] ?? name)
  const response = await fetch(stage.sandbox.url + filled(path), {
    method,
    headers: {
      Authorization: `Bearer ${stage.sandbox.secretKey}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    ...(method === 'POST' ? { body: filled(body) } : {}),
  })
  return { status: response.status, body: (await response.json()) as Refused }
}

type Case = readonly [
  method: string,
  path: string,
  body: string,
  code: string | undefined,
  param: string | undefined,
]

const CHECKOUT = 'mode=subscription&success_url=https://example.com'
const ONE = 'line_items[0][price]=PREMIUM&line_items[0][quantity]=1'
const METER = 'display_name=a&event_name=e&default_aggregation[formula]=sum'

/** Each is refused with 400 and says which parameter is wrong. */
const corpus: readonly Case[] = [
  ['POST', '/v1/customers', 'colour=red', 'parameter_unknown', 'colour'],
  ['POST', '/v1/customers', 'email=a', 'email_invalid', 'email'],
  ['POST', '/v1/customers', 'email[a]=b', undefined, 'email'],
  ['POST', '/v1/customers', 'metadata=a', undefined, 'metadata'],
  ['POST', '/v1/customers', `metadata[${'k'.repeat(41)}]=v`, undefined, `metadata[${'k'.repeat(41)}]`],
  ['POST', '/v1/customers', `metadata[k]=${'v'.repeat(501)}`, undefined, 'metadata[k]'],
  ['POST', '/v1/customers', `name=${'n'.repeat(257)}`, undefined, 'name'],
  [
    'POST',
    '/v1/customers',
    'invoice_settings[footer_colour]=x',
    'parameter_unknown',
    'invoice_settings[footer_colour]',
  ],
  ['POST', '/v1/customers', 'payment_method=pm_card_nobody', 'resource_missing', 'payment_method'],
  ['POST', '/v1/customers', '__proto__[a]=b', 'parameter_unknown', '__proto__'],
  ['POST', '/v1/customers', 'a=1&a[b]=2', undefined, 'a[b]'],
  ['GET', '/v1/customers?limit=0', '', 'parameter_invalid_integer', 'limit'],
  ['GET', '/v1/customers?limit=101', '', 'parameter_invalid_integer', 'limit'],
  ['GET', '/v1/customers?limit=ten', '', 'parameter_invalid_integer', 'limit'],
  ['GET', '/v1/customers?starting_after=cus_nobody', '', 'resource_missing', 'starting_after'],
  ['GET', '/v1/customers?starting_after=CUSTOMER&ending_before=CUSTOMER', '', undefined, undefined],
  ['GET', '/v1/customers?created[since]=1', '', 'parameter_unknown', 'created[since]'],
  ['GET', '/v1/customers/CUSTOMER?expand[]=email', '', undefined, 'expand'],
  ['GET', '/v1/customers/CUSTOMER?expand[]=nothing', '', undefined, 'expand'],
  ['GET', '/v1/customers/CUSTOMER?expand[]=a.b.c.d.e', '', undefined, 'expand'],
  ['GET', '/v1/customers/search?query=alice', '', undefined, 'query'],
  ['GET', '/v1/customers/search', '', 'parameter_missing', 'query'],
  ['POST', '/v1/products', '', 'parameter_missing', 'name'],
  ['POST', '/v1/products', 'name=', 'parameter_invalid_empty', 'name'],
  ['POST', '/v1/products', 'name=a&active=yes', undefined, 'active'],
  ['POST', '/v1/prices', 'currency=usd&unit_amount=100', undefined, 'product'],
  ['POST', '/v1/prices', 'currency=usd&product=prod_no&unit_amount=1', 'resource_missing', 'product'],
  ['POST', '/v1/prices', 'currency=usd&product_data[name]=a', 'parameter_missing', 'unit_amount'],
  [
    'POST',
    '/v1/prices',
    'currency=usd&product_data[name]=a&unit_amount=-1',
    'parameter_invalid_integer',
    'unit_amount',
  ],
  [
    'POST',
    '/v1/prices',
    'currency=usd&product_data[name]=a&unit_amount_decimal=1e3',
    undefined,
    'unit_amount_decimal',
  ],
  [
    'POST',
    '/v1/prices',
    'currency=usd&product_data[name]=a&unit_amount=1&recurring[interval]=monthly',
    undefined,
    'recurring[interval]',
  ],
  [
    'POST',
    '/v1/prices',
    'currency=usd&product_data[name]=a&unit_amount=1&recurring[interval]=month&recurring[usage_type]=metered',
    undefined,
    'recurring[meter]',
  ],
  [
    'POST',
    '/v1/prices',
    'currency=usd&product_data[name]=a&unit_amount=1&recurring[interval]=month&recurring[aggregate_usage]=sum',
    'parameter_unknown',
    'recurring[aggregate_usage]',
  ],
  [
    'POST',
    '/v1/billing/meters',
    METER.replace('=sum', '=average'),
    undefined,
    'default_aggregation[formula]',
  ],
  ['POST', '/v1/billing/meter_events', 'payload[value]=1', 'parameter_missing', 'event_name'],
  ['POST', '/v1/billing/meter_events', 'event_name=voice_minutes', 'parameter_missing', 'payload'],
  ['POST', '/v1/checkout/sessions', ONE, 'parameter_missing', 'mode'],
  ['POST', '/v1/checkout/sessions', `mode=subscription&${ONE}`, 'parameter_missing', 'success_url'],
  ['POST', '/v1/checkout/sessions', CHECKOUT, 'parameter_missing', 'line_items'],
  [
    'POST',
    '/v1/checkout/sessions',
    `${CHECKOUT}&${ONE}&payment_method_types[0]=card`,
    'parameter_unknown',
    'payment_method_types',
  ],
  ['POST', '/v1/checkout/sessions', `${CHECKOUT}&${ONE}&ui_mode=hosted`, undefined, 'ui_mode'],
  ['POST', '/v1/checkout/sessions', `${CHECKOUT}&${ONE}&cancel_url=example.com`, 'url_invalid', 'cancel_url'],
  [
    'POST',
    '/v1/checkout/sessions',
    `${CHECKOUT}&${ONE}&cancel_url=javascript:alert(1)`,
    'url_invalid',
    'cancel_url',
  ],
  ['POST', '/v1/checkout/sessions', `${CHECKOUT}&${ONE}&customer=cus_nobody`, 'resource_missing', 'customer'],
  [
    'POST',
    '/v1/checkout/sessions',
    `${CHECKOUT}&${ONE}&customer=CUSTOMER&customer_email=a@example.com`,
    undefined,
    undefined,
  ],
  [
    'POST',
    '/v1/checkout/sessions',
    `${CHECKOUT}&${ONE}&client_reference_id=${'x'.repeat(201)}`,
    undefined,
    'client_reference_id',
  ],
  ['POST', '/v1/checkout/sessions', `${CHECKOUT}&${ONE}&expires_at=1`, undefined, 'expires_at'],
  [
    'POST',
    '/v1/checkout/sessions',
    `${CHECKOUT}&line_items[0][price]=PREMIUM`,
    undefined,
    'line_items[0][quantity]',
  ],
  [
    'POST',
    '/v1/checkout/sessions',
    `${CHECKOUT}&line_items[0][price]=VOICE&line_items[0][quantity]=1`,
    undefined,
    'line_items[0][quantity]',
  ],
  [
    'POST',
    '/v1/checkout/sessions',
    `${CHECKOUT}&line_items[0][price]=price_no&line_items[0][quantity]=1`,
    'resource_missing',
    'line_items[0][price]',
  ],
  ['POST', '/v1/checkout/sessions', `${CHECKOUT}&line_items[1]=a`, undefined, 'line_items[0]'],
  [
    'POST',
    '/v1/checkout/sessions',
    `${CHECKOUT}&${ONE}&line_items[1][price]=YEARLY&line_items[1][quantity]=1`,
    undefined,
    undefined,
  ],
  [
    'POST',
    '/v1/checkout/sessions',
    `${CHECKOUT}&${ONE}&subscription_data[trial_end]=5`,
    undefined,
    'subscription_data[trial_end]',
  ],
  ['POST', '/v1/billing_portal/sessions', '', 'parameter_missing', 'customer'],
  [
    'POST',
    '/v1/billing_portal/sessions',
    'customer=CUSTOMER&configuration=bpc_no',
    'resource_missing',
    'configuration',
  ],
  ['POST', '/v1/subscriptions', 'customer=CUSTOMER', 'parameter_missing', 'items'],
  [
    'POST',
    '/v1/subscriptions',
    'customer=CUSTOMER&items[0][plan]=PREMIUM',
    'parameter_unknown',
    'items[0][plan]',
  ],
  [
    'POST',
    '/v1/subscriptions',
    'customer=CUSTOMER&items[0][price]=PREMIUM&coupon=A',
    'parameter_unknown',
    'coupon',
  ],
  [
    'POST',
    '/v1/subscriptions',
    'customer=CUSTOMER&items[0][price]=PREMIUM&default_payment_method=FOREIGN_CARD',
    'resource_missing',
    'default_payment_method',
  ],
  ['POST', '/v1/subscriptions/SUBSCRIPTION', 'cancel_at=5', undefined, 'cancel_at'],
  ['POST', '/v1/subscriptions/SUBSCRIPTION', 'cancel_at=5&cancel_at_period_end=true', undefined, undefined],
  [
    'POST',
    '/v1/subscriptions/SUBSCRIPTION',
    'items[0][id]=si_no&items[0][price]=YEARLY',
    'resource_missing',
    undefined,
  ],
  ['POST', '/v1/subscriptions/SUBSCRIPTION', 'proration_behavior=maybe', undefined, 'proration_behavior'],
  ['GET', '/v1/subscriptions?status=alive', '', undefined, 'status'],
  ['GET', '/v1/subscriptions?customer=cus_nobody', '', 'resource_missing', 'customer'],
  ['GET', '/v1/subscription_items', '', 'parameter_missing', 'subscription'],
  ['POST', '/v1/refunds', '', undefined, undefined],
  ['POST', '/v1/refunds', 'charge=ch_no', 'resource_missing', 'charge'],
  ['POST', '/v1/refunds', 'payment_intent=pi_no&amount=0', 'parameter_invalid_integer', 'amount'],
  ['POST', '/v1/webhook_endpoints', 'enabled_events[0]=*', 'parameter_missing', 'url'],
  ['POST', '/v1/webhook_endpoints', 'url=https://example.com', 'parameter_missing', 'enabled_events'],
  [
    'POST',
    '/v1/webhook_endpoints',
    'url=https://example.com&enabled_events[]=customer.subscription.update',
    undefined,
    'enabled_events[0]',
  ],
  [
    'POST',
    '/v1/webhook_endpoints',
    'url=https://example.com&enabled_events[]=*&api_version=latest',
    undefined,
    'api_version',
  ],
  ['GET', '/v1/events?type=a&types[]=b', '', undefined, undefined],
]

describe('strictness', () => {
  it.each(corpus)('%s %s %s is refused', async (method, path, body, code, param) => {
    const answer = await send(method, path, body)
    const { error } = answer.body
    expect({ status: answer.status, type: error?.type, code: error?.code, param: error?.param }).toEqual({
      status: 400,
      type: 'invalid_request_error',
      code,
      param,
    })
    expect(error.message.length).toBeGreaterThan(10)
  })

  it('what is refused changes nothing and tells nobody', async () => {
    await stage.sandbox.advance(0)
    const before = [stage.inbox.received.length, await count()]
    for (const [method, path, body] of corpus) await send(method, path, body)
    await stage.sandbox.advance(0)
    expect([stage.inbox.received.length, await count()]).toEqual(before)
  })

  const missing = [
    'customers/cus_no',
    'subscriptions/sub_no',
    'invoices/in_no',
    'products/prod_no',
    'prices/price_no',
    'checkout/sessions/cs_no',
    'events/evt_no',
    'charges/ch_no',
    'payment_intents/pi_no',
    'payment_methods/pm_no',
    'refunds/re_no',
    'disputes/du_no',
    'webhook_endpoints/we_no',
    'billing/meters/mtr_no',
    'subscription_items/si_no',
    'billing_portal/configurations/bpc_no',
  ]
  it.each(missing)('GET /v1/%s is 404 resource_missing', async (path) => {
    const answer = await send('GET', `/v1/${path}`)
    expect(answer.status).toBe(404)
    expect(answer.body.error).toMatchObject({
      type: 'invalid_request_error',
      code: 'resource_missing',
      param: 'id',
      message: expect.stringMatching(/^No such [\w. ]+: '\w+'$/i),
    })
  })

  it('an address that the API has not is 404 and says so', async () => {
    const answer = await send('GET', '/v1/unicorns')
    expect([answer.status, answer.body.error.message]).toEqual([
      404,
      expect.stringContaining('Unrecognized request URL (GET: /v1/unicorns)'),
    ])
  })

  it('JSON is refused where forms are spoken', async () => {
    const response = await fetch(`${stage.sandbox.url}/v1/customers`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${stage.sandbox.secretKey}`, 'Content-Type': 'application/json' },
      body: '{"email":"a@example.com"}',
    })
    expect(response.status).toBe(400)
  })
})

async function count(): Promise<number> {
  const { stripe } = stage
  const lists = await Promise.all([
    stripe.customers.list({ limit: 100 }),
    stripe.products.list({ limit: 100 }),
    stripe.prices.list({ limit: 100 }),
    stripe.webhookEndpoints.list({ limit: 100 }),
    stripe.checkout.sessions.list({ limit: 100 }),
    stripe.invoiceItems.list({ limit: 100 }),
  ])
  return lists.reduce((sum, { data }) => sum + data.length, 0)
}
