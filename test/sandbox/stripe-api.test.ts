import Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buy, createShop, DAY, type Shop } from './stripe-shop.ts'
import { closeStages, createStage, type Stage, sdkFor } from './stripe-stage.ts'

let stage: Stage
let shop: Shop
beforeAll(async () => {
  stage = await createStage()
  shop = await createShop(stage)
})
afterAll(closeStages)

function ask(path: string, headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> {
  return fetch(stage.sandbox.url + path, { ...init, headers })
}
const bearer = () => ({ Authorization: `Bearer ${stage.sandbox.secretKey}` })

describe('who may ask', () => {
  it('whoever has the key, as Bearer or as Basic', async () => {
    const basic = `Basic ${Buffer.from(`${stage.sandbox.secretKey}:`).toString('base64')}`
    expect((await ask('/v1/balance', bearer())).status).toBe(200)
    expect((await ask('/v1/balance', { Authorization: basic })).status).toBe(200)
  })

  it('nobody else: 401 without repeating the key', async () => {
    const wrong = `sk_${'test'}_${'w'.repeat(24)}`
    for (const headers of [{}, { Authorization: 'Bearer' }, { Authorization: `Bearer ${wrong}` }]) {
      const response = await ask('/v1/balance', headers as Record<string, string>)
      expect(response.status).toBe(401)
      const text = await response.text()
      expect(text).not.toContain(wrong)
      expect(text).not.toContain(stage.sandbox.secretKey)
    }
    const other = sdkFor({ ...stage.sandbox, secretKey: wrong })
    await expect(other.balance.retrieve()).rejects.toBeInstanceOf(Stripe.errors.StripeAuthenticationError)
  })

  it('every answer says its version and its request', async () => {
    const { lastResponse } = await stage.stripe.customers.create({})
    expect(lastResponse.apiVersion).toBe(Stripe.API_VERSION)
    expect(lastResponse.requestId).toMatch(/^req_\w{14}$/)
    const refused = await ask('/v1/nowhere', bearer())
    expect(refused.headers.get('request-id')).toMatch(/^req_/)
    expect(refused.headers.get('stripe-version')).toBe(Stripe.API_VERSION)
  })

  it('only in the release train whose shapes it has', async () => {
    const status = async (version: string) =>
      (await ask('/v1/balance', { ...bearer(), 'Stripe-Version': version })).status
    expect(await status('2026-12-01.endive')).toBe(200)
    expect(await status('2025-03-31.basil')).toBe(400)
    expect(await status('2020-08-27')).toBe(400)
  })
})

describe('lists', () => {
  it('go page by page from the newest to the oldest, in both directions', async () => {
    const { stripe } = stage
    const made: string[] = []
    for (let index = 0; index < 25; index++) {
      made.unshift((await stripe.customers.create({ email: 'page@example.com' })).id)
    }
    const all: string[] = []
    for await (const { id } of stripe.customers.list({ email: 'page@example.com', limit: 10 })) all.push(id)
    expect(all).toEqual(made)
    const first = await stripe.customers.list({ email: 'page@example.com' })
    expect([first.data.length, first.has_more, first.url]).toEqual([10, true, '/v1/customers'])
    const back = await stripe.customers.list({
      email: 'page@example.com',
      ending_before: String(made[12]),
      limit: 5,
    })
    expect(back.data.map(({ id }) => id)).toEqual(made.slice(7, 12))
    expect(back.has_more).toBe(true)
    const last = await stripe.customers.list({ email: 'page@example.com', starting_after: String(made[24]) })
    expect([last.data, last.has_more]).toEqual([[], false])
  })

  it('of subscriptions leave the canceled ones out unless asked, over more than one page', async () => {
    const { stripe } = stage
    const { customer, subscription } = await buy(stage, shop)
    await stripe.subscriptions.cancel(subscription)
    const second = (await buy(stage, shop, { customer })).subscription
    const list = async (params: Stripe.SubscriptionListParams) =>
      (await stripe.subscriptions.list({ customer, ...params })).data.map(({ id }) => id)
    expect(await list({})).toEqual([second])
    expect(await list({ status: 'all' })).toEqual([second, subscription])
    expect(await list({ status: 'canceled' })).toEqual([subscription])
    expect(await list({ status: 'ended' })).toEqual([subscription])
    expect(await list({ price: shop.premium.id })).toEqual([second])
    expect(await list({ price: shop.yearly.id })).toEqual([])
    const all: string[] = []
    for await (const { id } of stripe.subscriptions.list({ customer, status: 'all', limit: 1 })) all.push(id)
    expect(all).toEqual([second, subscription])
  })

  it('of events can be narrowed by type and time', async () => {
    const { stripe } = stage
    const { created } = await stripe.products.create({ name: 'Seen' })
    const types = async (params: Stripe.EventListParams) => [
      ...new Set((await stripe.events.list({ limit: 100, ...params })).data.map(({ type }) => type)),
    ]
    expect(await types({ type: 'product.created' })).toEqual(['product.created'])
    expect((await types({ type: 'price.*' })).every((type) => type.startsWith('price.'))).toBe(true)
    expect((await types({ types: ['product.created', 'price.created'] })).toSorted()).toEqual([
      'price.created',
      'product.created',
    ])
    expect(await types({ created: { gt: created + 60 } })).toEqual([])
    const [newest] = (await stripe.events.list({ type: 'product.created', created: { gte: created } })).data
    expect((await stripe.events.retrieve(String(newest?.id))).data.object).toMatchObject({ name: 'Seen' })
  })
})

describe('searching', () => {
  it('finds customers by email and metadata', async () => {
    const { stripe } = stage
    const carol = await stripe.customers.create({ email: 'Carol@example.com', metadata: { user_id: 'u 7' } })
    const find = async (query: string) => (await stripe.customers.search({ query })).data.map(({ id }) => id)
    expect(await find('email:"carol@example.com"')).toEqual([carol.id])
    expect(await find('metadata["user_id"]:"u 7"')).toEqual([carol.id])
    expect(await find('email~"carol" AND metadata["user_id"]:"u 7"')).toEqual([carol.id])
    expect(await find('email:"carol@example.com" AND -email~"carol"')).toEqual([])
    expect(await find('email:"nobody@example.com" OR email:"carol@example.com"')).toEqual([carol.id])
  })
})

describe('expanding', () => {
  it('puts objects in the place of ids, four levels deep and in lists', async () => {
    const { stripe } = stage
    const { session, customer } = await buy(stage, shop)
    const whole = await stripe.checkout.sessions.retrieve(session.id, {
      expand: ['subscription.latest_invoice.payments', 'customer', 'line_items'],
    })
    const subscription = whole.subscription as Stripe.Subscription
    const invoice = subscription.latest_invoice as Stripe.Invoice
    expect((whole.customer as Stripe.Customer).id).toBe(customer)
    expect(invoice.payments?.data[0]?.status).toBe('paid')
    expect(whole.line_items?.data.map(({ price }) => price?.id)).toEqual([shop.premium.id, shop.voice.id])
    const listed = await stripe.subscriptions
      .list({ customer, expand: ['data.items.data.price.product'] })
      .catch((error: Stripe.errors.StripeError) => error.message)
    expect(listed).toContain('more than 4 levels')
    const prices = await stripe.prices.list({ expand: ['data.product'], limit: 1 })
    expect(prices.data[0]?.product).toMatchObject({ object: 'product', name: 'Premium' })
  })
})

describe('an idempotency key', () => {
  it('answers the same for 24 hours and does it once', async () => {
    const { stripe } = stage
    const idempotencyKey = 'customer-of-user-1'
    const first = await stripe.customers.create({ name: 'Once' }, { idempotencyKey })
    const second = await stripe.customers.create({ name: 'Once' }, { idempotencyKey })
    expect(second.id).toBe(first.id)
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true')
    expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined()
    expect(second.lastResponse.headers['original-request']).toBe(first.lastResponse.requestId)
    await stage.sandbox.advance(DAY + 1000)
    expect((await stripe.customers.create({ name: 'Once' }, { idempotencyKey })).id).not.toBe(first.id)
  })

  it('is forgotten after 24 hours also when nobody moves the clock', async () => {
    let now = Date.now()
    const { stripe } = await createStage({ clock: { now: () => now } })
    const create = async () => (await stripe.customers.create({}, { idempotencyKey: 'day' })).id
    const first = await create()
    now += DAY - 60_000
    expect(await create()).toBe(first)
    now += 120_000
    expect(await create()).not.toBe(first)
  })

  it('is refused for other parameters and another address', async () => {
    const { stripe } = stage
    const idempotencyKey = 'mismatch'
    await stripe.customers.create({ name: 'A' }, { idempotencyKey })
    for (const work of [
      () => stripe.customers.create({ name: 'B' }, { idempotencyKey }),
      () => stripe.products.create({ name: 'A' }, { idempotencyKey }),
    ]) {
      const error = await work().catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(Stripe.errors.StripeIdempotencyError)
      expect(error).toMatchObject({ statusCode: 400, type: 'StripeIdempotencyError' })
    }
  })

  it('remembers a refusal that was carried out, not one of a malformed request', async () => {
    const { stripe } = stage
    const wrong = { name: 'A', colour: 'red' } as Stripe.CustomerCreateParams
    await expect(stripe.customers.create(wrong, { idempotencyKey: 'late' })).rejects.toThrow('colour')
    await stripe.customers.create({ name: 'A' }, { idempotencyKey: 'late' })

    const { customer } = await buy(stage, shop)
    const [charge] = (await stripe.charges.list({ customer })).data
    const refund = () =>
      stripe.refunds.create({ charge: String(charge?.id), amount: 2000 }, { idempotencyKey: 'over' })
    const [first, second] = [await refund().catch((e) => e), await refund().catch((e) => e)]
    expect([first.statusCode, second.statusCode]).toEqual([400, 400])
    expect(second.headers['idempotent-replayed']).toBe('true')
  })
})

describe('objects', () => {
  it('products, prices and meters are found again by what setup looks for', async () => {
    const { stripe } = stage
    const product = await stripe.products.create({
      name: 'SMS',
      id: 'xswarm_sms',
      metadata: { app: 'xswarm' },
    })
    await expect(stripe.products.create({ name: 'SMS', id: 'xswarm_sms' })).rejects.toMatchObject({
      code: 'resource_already_exists',
    })
    const price = await stripe.prices.create({
      currency: 'usd',
      product: product.id,
      unit_amount: 100,
      lookup_key: 'xswarm_sms',
      recurring: { interval: 'month' },
    })
    expect((await stripe.prices.list({ lookup_keys: ['xswarm_sms'] })).data.map(({ id }) => id)).toEqual([
      price.id,
    ])
    expect((await stripe.prices.list({ product: product.id, active: true })).data).toHaveLength(1)
    await stripe.prices.update(price.id, { active: false })
    expect((await stripe.prices.list({ product: product.id, active: true })).data).toEqual([])
    await expect(stripe.products.del(product.id)).rejects.toMatchObject({ statusCode: 400 })
    expect((await stripe.billing.meters.list({ status: 'active' })).data[0]?.event_name).toBe('voice_minutes')
    await expect(
      stripe.billing.meters.create({
        display_name: 'Again',
        event_name: 'voice_minutes',
        default_aggregation: { formula: 'sum' },
      }),
    ).rejects.toMatchObject({ statusCode: 400 })
  })

  it('metadata is merged, and an empty value unsets its key', async () => {
    const { stripe } = stage
    const { id } = await stripe.customers.create({ metadata: { a: '1', b: '2' }, phone: '+15551234567' })
    const updated = await stripe.customers.update(id, { metadata: { a: '', c: '3' }, phone: '' })
    expect([updated.metadata, updated.phone]).toEqual([{ b: '2', c: '3' }, null])
    expect((await stripe.customers.update(id, { metadata: '' })).metadata).toEqual({})
  })

  it('amounts in parts of a cent come back as decimals', async () => {
    const price = await stage.stripe.prices.create({
      currency: 'usd',
      product_data: { name: 'Parts' },
      unit_amount_decimal: Stripe.Decimal.from('1.25'),
    })
    expect([price.unit_amount, String(price.unit_amount_decimal)]).toEqual([null, '1.25'])
  })
})
