import type Stripe from 'stripe'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buy, control, createShop, DAY, type Shop } from './stripe-shop.ts'
import { closeStages, createStage, type Stage } from './stripe-stage.ts'

let stage: Stage
let shop: Shop
let customer: string
let subscription: string
beforeAll(async () => {
  stage = await createStage()
  shop = await createShop(stage)
})
beforeEach(async () => {
  const bought = await buy(stage, shop)
  customer = bought.customer
  subscription = bought.subscription
  await stage.sandbox.advance(0)
  stage.inbox.clear()
})
afterAll(closeStages)

async function firstItem(): Promise<Stripe.SubscriptionItem> {
  const [item] = (await stage.stripe.subscriptions.retrieve(subscription)).items.data
  if (item === undefined) throw new Error('no item')
  return item
}

async function heard(): Promise<string[]> {
  await stage.sandbox.advance(0)
  const types = stage.inbox.types()
  stage.inbox.clear()
  return types.toSorted()
}

describe('a plan change', () => {
  it('waits for the next invoice, with what is given back and what is asked for', async () => {
    const item = await firstItem()
    await stage.sandbox.advance(10 * DAY)
    stage.inbox.clear()
    const changed = await stage.stripe.subscriptions.update(subscription, {
      items: [{ id: item.id, price: shop.pro.id }],
    })
    expect(changed.items.data[0]?.price.id).toBe(shop.pro.id)
    expect(await heard()).toEqual([
      'customer.subscription.updated',
      'invoiceitem.created',
      'invoiceitem.created',
    ])
    const pending = (await stage.stripe.invoiceItems.list({ customer, pending: true })).data
    const [asked, back] = pending.map(({ amount }) => amount)
    expect(back).toBeLessThan(-600)
    expect(back).toBeGreaterThan(-1000)
    expect(Math.abs((asked ?? 0) + 3 * (back ?? 0))).toBeLessThan(5)

    await stage.sandbox.advance(25 * DAY)
    const [invoice] = (await stage.stripe.invoices.list({ subscription })).data
    const prorated = invoice?.lines.data.filter((line) => line.parent?.subscription_item_details?.proration)
    expect(prorated).toHaveLength(2)
    expect(invoice?.total).toBe(3000 + (asked ?? 0) + (back ?? 0))
    expect(invoice?.status).toBe('paid')
  })

  it('says in its event what the items were before', async () => {
    const item = await firstItem()
    await stage.stripe.subscriptionItems.update(item.id, { price: shop.pro.id, proration_behavior: 'none' })
    await stage.sandbox.advance(0)
    const { event } =
      stage.inbox.received.find(({ event: { type } }) => type === 'customer.subscription.updated') ?? {}
    const before = event?.data.previous_attributes as { items: { data: Stripe.SubscriptionItem[] } }
    expect(Object.keys(before)).toEqual(['items'])
    expect(before.items.data[0]?.price.id).toBe(shop.premium.id)
  })

  it('is billed at once when asked, and at another interval the period begins anew', async () => {
    const item = await firstItem()
    await stage.stripe.subscriptions.update(subscription, {
      items: [{ id: item.id, price: shop.pro.id }],
      proration_behavior: 'always_invoice',
    })
    const [invoice] = (await stage.stripe.invoices.list({ subscription })).data
    expect([invoice?.billing_reason, invoice?.status]).toEqual(['subscription_update', 'paid'])
    const [, metered] = (await stage.stripe.subscriptions.retrieve(subscription)).items.data
    await stage.sandbox.advance(DAY)
    const moved = await stage.stripe.subscriptions.update(subscription, {
      items: [
        { id: item.id, price: shop.yearly.id },
        { id: String(metered?.id), deleted: true },
      ],
    })
    const [only] = moved.items.data
    expect(moved.items.data).toHaveLength(1)
    expect(moved.billing_cycle_anchor).toBe(only?.current_period_start)
    expect((only?.current_period_end ?? 0) - (only?.current_period_start ?? 0)).toBeGreaterThanOrEqual(
      365 * 86_400,
    )
  })

  it('is taken back as a whole when it must be paid and cannot be', async () => {
    const item = await firstItem()
    await control(stage.sandbox.url, 'card', { customer, card: 'declined' })
    await heard()
    await expect(
      stage.stripe.subscriptions.update(subscription, {
        items: [{ id: item.id, price: shop.pro.id }],
        proration_behavior: 'always_invoice',
        payment_behavior: 'error_if_incomplete',
      }),
    ).rejects.toMatchObject({ statusCode: 402, code: 'card_declined' })
    expect((await firstItem()).price.id).toBe(shop.premium.id)
    expect(await heard()).toEqual([])
  })
})

describe('what is taken back', () => {
  it('a refund of the newest payment is found through the invoice, and leaves the subscription alone', async () => {
    const { latest_invoice } = await stage.stripe.subscriptions.retrieve(subscription, {
      expand: ['latest_invoice.payments'],
    })
    const payments = (latest_invoice as Stripe.Invoice).payments?.data ?? []
    const listed = await stage.stripe.invoicePayments.list({ invoice: (latest_invoice as Stripe.Invoice).id })
    expect(listed.data.map(({ id }) => id)).toEqual(payments.map(({ id }) => id))
    const payment_intent = String(payments[0]?.payment.payment_intent)
    const refund = await stage.stripe.refunds.create({ payment_intent, reason: 'duplicate' })
    expect([refund.status, refund.amount]).toEqual(['succeeded', 1000])
    expect(await heard()).toEqual([
      'charge.refund.updated',
      'charge.refunded',
      'refund.created',
      'refund.updated',
    ])
    expect((await stage.stripe.subscriptions.retrieve(subscription)).status).toBe('active')
    await expect(stage.stripe.refunds.create({ payment_intent })).rejects.toMatchObject({
      statusCode: 400,
      code: 'charge_already_refunded',
    })
    const charge = await stage.stripe.charges.retrieve(String(refund.charge), { expand: ['refunds'] })
    expect([charge.refunded, charge.refunds?.data[0]?.id]).toEqual([true, refund.id])
  })

  it('more than was paid is refused', async () => {
    const [charge] = (await stage.stripe.charges.list({ customer })).data
    await stage.stripe.refunds.create({ charge: String(charge?.id), amount: 400 })
    await expect(
      stage.stripe.refunds.create({ charge: String(charge?.id), amount: 700 }),
    ).rejects.toMatchObject({
      statusCode: 400,
      param: 'amount',
    })
  })

  it('a dispute is opened and decided by the control routes', async () => {
    const opened = (await (
      await control(stage.sandbox.url, 'dispute', { customer })
    ).json()) as Stripe.Dispute
    expect(await heard()).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
      'charge.updated',
    ])
    expect((await stage.stripe.disputes.retrieve(opened.id)).status).toBe('needs_response')
    await control(stage.sandbox.url, 'dispute/close', { dispute: opened.id, status: 'lost' })
    expect(await heard()).toEqual(['charge.dispute.closed'])
    expect((await stage.stripe.disputes.list({ charge: String(opened.charge) })).data[0]?.status).toBe('lost')
  })

  it('a deleted customer takes their subscriptions along and leaves a tombstone', async () => {
    const second = await buy(stage, shop, { customer })
    await heard()
    expect(await stage.stripe.customers.del(customer)).toEqual(
      expect.objectContaining({ id: customer, deleted: true }),
    )
    expect(await heard()).toEqual([
      'customer.deleted',
      'customer.subscription.deleted',
      'customer.subscription.deleted',
    ])
    expect((await stage.stripe.customers.retrieve(customer)).deleted).toBe(true)
    const all = await stage.stripe.subscriptions.list({ customer, status: 'all' })
    expect(all.data.map(({ id, status }) => [id, status])).toEqual([
      [second.subscription, 'canceled'],
      [subscription, 'canceled'],
    ])
    await expect(stage.stripe.customers.update(customer, { name: 'A' })).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    })
    await stage.sandbox.advance(40 * DAY) // nothing of theirs becomes due any more
  })
})
