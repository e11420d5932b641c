import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { corpus } from './stripe-corpus.ts'
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
