import type Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buy, createShop, DAY, HOUR, type Shop, setCard, usePortal } from './stripe-shop.ts'
import { closeStages, createStage, type Stage } from './stripe-stage.ts'

let stage: Stage
let shop: Shop
// A stage for each: what others bought renews on the same clock.
beforeEach(async () => {
  stage = await createStage()
  shop = await createShop(stage)
  await stage.sandbox.advance(0)
  stage.inbox.clear()
})
afterEach(closeStages)

/** The types that arrived since the last look, as a set: Stripe promises no order. */
async function heard(advanceMs = 0): Promise<string[]> {
  await stage.sandbox.advance(advanceMs)
  const types = stage.inbox.types()
  stage.inbox.clear()
  return types.toSorted()
}

async function retrieve(id: string): Promise<Stripe.Subscription> {
  return stage.stripe.subscriptions.retrieve(id)
}

async function bought(): Promise<{ customer: string; subscription: string }> {
  const result = await buy(stage, shop)
  await heard()
  return result
}

const PAID = [
  'charge.succeeded',
  'invoice.finalized',
  'invoice.paid',
  'invoice.payment_succeeded',
  'invoice.updated',
  'invoice_payment.paid',
  'payment_intent.created',
  'payment_intent.succeeded',
]
const FAILED = ['charge.failed', 'invoice.payment_failed', 'invoice.updated', 'payment_intent.payment_failed']

describe('what is heard when somebody', () => {
  it('subscribes: the subscription is born active and no update follows', async () => {
    const { subscription } = await buy(stage, shop)
    await stage.sandbox.advance(0)
    const created = stage.inbox.received.filter(({ event }) => event.type === 'customer.subscription.created')
    expect(created.map(({ event }) => (event.data.object as Stripe.Subscription).status)).toEqual(['active'])
    expect(await heard()).toEqual(
      [
        'checkout.session.completed',
        'customer.created',
        'customer.subscription.created',
        'invoice.created',
        'payment_method.attached',
        ...PAID,
      ].toSorted(),
    )
    const { items, metadata, status } = await retrieve(subscription)
    expect({ status, metadata }).toEqual({ status: 'active', metadata: { user_id: 'user-1' } })
    expect(items.data.map(({ quantity }) => quantity)).toEqual([1, undefined])
  })

  it('renews: the period moves at once and the invoice is paid an hour later', async () => {
    const { subscription } = await bought()
    const before = (await retrieve(subscription)).items.data[0]
    expect(await heard(before === undefined ? 0 : untilSeconds(before.current_period_end))).toEqual([
      'customer.subscription.updated',
      'invoice.created',
      'invoice.upcoming',
    ])
    const { items, latest_invoice } = await retrieve(subscription)
    expect(items.data[0]?.current_period_start).toBe(before?.current_period_end)
    const draft = await stage.stripe.invoices.retrieve(String(latest_invoice))
    expect([draft.status, draft.billing_reason]).toEqual(['draft', 'subscription_cycle'])
    expect(await heard(HOUR + 1000)).toEqual(PAID)
  })

  it('cannot pay a renewal, and recovers with another card', async () => {
    const { customer, subscription } = await bought()
    await setCard(stage, customer, 'declined')
    await heard(28 * DAY)
    await heard(4 * DAY)
    expect((await retrieve(subscription)).status).toBe('past_due')
    const [open] = (await stage.stripe.invoices.list({ customer, status: 'open' })).data
    expect(open?.attempt_count).toBe(1)
    expect(open?.next_payment_attempt).toBeGreaterThan(stage.sandbox.now() / 1000 - 1)
    expect((await stage.stripe.customers.retrieve(customer)) as Stripe.Customer).toMatchObject({
      delinquent: true,
    })
    expect(await heard(3 * DAY)).toEqual(FAILED)

    await setCard(stage, customer, 'good')
    await heard()
    expect(await heard(6 * DAY)).toEqual(
      [
        'charge.succeeded',
        'customer.subscription.updated',
        'customer.updated',
        'invoice.paid',
        'invoice.payment_succeeded',
        'invoice.updated',
        'invoice_payment.paid',
        'payment_intent.succeeded',
      ].toSorted(),
    )
    expect((await retrieve(subscription)).status).toBe('active')
  })

  it('never pays again: after the last try the subscription is deleted for payment_failed', async () => {
    const { customer, subscription } = await bought()
    await setCard(stage, customer, 'declined')
    await heard(60 * DAY)
    const over = await retrieve(subscription)
    expect([over.status, over.cancellation_details?.reason]).toEqual(['canceled', 'payment_failed'])
    expect(over.ended_at).not.toBeNull()
    const [invoice] = (await stage.stripe.invoices.list({ customer })).data
    expect([invoice?.status, invoice?.attempt_count, invoice?.next_payment_attempt]).toEqual([
      'open',
      4,
      null,
    ])
  })

  it('cancels at the end of the period through the API: both fields say so, then one deleted', async () => {
    const { subscription } = await bought()
    const planned = await stage.stripe.subscriptions.update(subscription, { cancel_at_period_end: true })
    const end = planned.items.data[0]?.current_period_end
    expect([planned.cancel_at_period_end, planned.cancel_at, planned.status]).toEqual([true, end, 'active'])
    expect(await heard()).toEqual(['customer.subscription.updated'])
    expect(await heard(32 * DAY)).toEqual(['customer.subscription.deleted'])
    const over = await retrieve(subscription)
    expect([over.status, over.ended_at, over.cancel_at]).toEqual(['canceled', end, end])
  })

  it('cancels in the portal: only cancel_at says so', async () => {
    const { customer, subscription } = await bought()
    expect((await usePortal(stage, customer, { action: 'cancel', subscription })).status).toBe(303)
    const planned = await retrieve(subscription)
    expect([planned.cancel_at_period_end, planned.cancel_at]).toEqual([
      false,
      planned.items.data[0]?.current_period_end,
    ])
    expect(await heard()).toEqual(['billing_portal.session.created', 'customer.subscription.updated'])
  })

  it('resumes: both fields are clear again, by whatever way it was planned', async () => {
    const { customer, subscription } = await bought()
    const clear = { cancel_at: null, cancel_at_period_end: false, canceled_at: null }
    await stage.stripe.subscriptions.update(subscription, { cancel_at_period_end: true })
    expect(
      await stage.stripe.subscriptions.update(subscription, { cancel_at_period_end: false }),
    ).toMatchObject(clear)
    await usePortal(stage, customer, { action: 'cancel', subscription })
    // What the portal planned is not taken back by a field that is false already.
    const same = await stage.stripe.subscriptions.update(subscription, { cancel_at_period_end: false })
    expect(same.cancel_at).not.toBeNull()
    expect(await stage.stripe.subscriptions.update(subscription, { cancel_at: '' })).toMatchObject(clear)
    await usePortal(stage, customer, { action: 'cancel', subscription })
    await usePortal(stage, customer, { action: 'resume', subscription })
    expect(await retrieve(subscription)).toMatchObject(clear)
    await heard(33 * DAY)
    expect((await retrieve(subscription)).status).toBe('active')
  })

  it('is cancelled at once: one deleted, no updated, nothing left of a plan', async () => {
    const { subscription } = await bought()
    await stage.stripe.subscriptions.update(subscription, { cancel_at_period_end: true })
    await heard()
    const over = await stage.stripe.subscriptions.cancel(subscription, {
      cancellation_details: { comment: 'too dear' },
    })
    expect(over).toMatchObject({ status: 'canceled', cancel_at: null, cancel_at_period_end: false })
    expect(over.cancellation_details).toMatchObject({ comment: 'too dear', reason: 'cancellation_requested' })
    expect(await heard()).toEqual(['customer.subscription.deleted'])
    await expect(stage.stripe.subscriptions.cancel(subscription)).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    })
  })
})

function untilSeconds(at: number): number {
  return at * 1000 - stage.sandbox.now()
}
