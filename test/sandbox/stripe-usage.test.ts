import type Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buy, createShop, DAY, type Shop } from './stripe-shop.ts'
import { closeStages, createStage, type Stage } from './stripe-stage.ts'

let stage: Stage
let shop: Shop
let customer: string
let subscription: string
beforeEach(async () => {
  stage = await createStage()
  shop = await createShop(stage)
  const bought = await buy(stage, shop)
  customer = bought.customer
  subscription = bought.subscription
})
afterEach(closeStages)

function report(
  identifier: string,
  value: string,
  more: Partial<Stripe.Billing.MeterEventCreateParams> = {},
) {
  return stage.stripe.billing.meterEvents.create({
    event_name: 'voice_minutes',
    identifier,
    payload: { stripe_customer_id: customer, value },
    ...more,
  })
}

describe('usage', () => {
  it('of a period stands on the invoice that ends it, once', async () => {
    await report('call-1', '7')
    await report('call-2', '5')
    await stage.sandbox.advance(32 * DAY)
    await report('call-3', '100')
    const [invoice] = (await stage.stripe.invoices.list({ subscription })).data
    const line = invoice?.lines.data.find((one) => one.pricing?.price_details?.price === shop.voice.id)
    expect([line?.quantity, line?.amount, invoice?.total]).toEqual([12, 24, 1024])
    await stage.sandbox.advance(31 * DAY)
    expect((await stage.stripe.invoices.list({ subscription })).data[0]?.total).toBe(1200)
  })

  it('is billed to the end of a subscription that was planned to end', async () => {
    await report('call-1', '10')
    await stage.stripe.subscriptions.update(subscription, { cancel_at_period_end: true })
    await stage.sandbox.advance(33 * DAY)
    const [invoice] = (await stage.stripe.invoices.list({ subscription })).data
    expect([invoice?.total, invoice?.status]).toEqual([20, 'paid'])
  })

  it('is known by its identifier for 24 hours', async () => {
    await report('call-1', '1')
    await expect(report('call-1', '1')).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('An event already exists with identifier call-1'),
    })
    await stage.sandbox.advance(DAY + 60_000)
    await report('call-1', '1')
    const now = Math.floor(stage.sandbox.now() / 60_000) * 60
    const [summary] = (
      await stage.stripe.billing.meters.listEventSummaries(shop.meter.id, {
        customer,
        start_time: now - 3 * 86_400,
        end_time: now + 60,
      })
    ).data
    expect(summary?.aggregated_value).toBe(2)
    const [before] = (
      await stage.stripe.billing.meters.listEventSummaries(shop.meter.id, {
        customer,
        start_time: now - 3 * 86_400,
        end_time: now - 120,
      })
    ).data
    expect(before?.aggregated_value).toBe(1)
  })

  it('too long ago or in the future is refused', async () => {
    const now = Math.floor(stage.sandbox.now() / 1000)
    await expect(report('old', '1', { timestamp: now - 36 * 86_400 })).rejects.toMatchObject({
      param: 'timestamp',
    })
    await expect(report('new', '1', { timestamp: now + 400 })).rejects.toMatchObject({ param: 'timestamp' })
    await report('both', '1', { timestamp: now - 34 * 86_400 })
    await report('edge', '1', { timestamp: now + 200 })
  })

  it('of nobody or of nothing is accepted, told later in a thin event, and never billed', async () => {
    await stage.sandbox.advance(0)
    stage.inbox.clear()
    await report('lost', '1', { payload: { stripe_customer_id: 'cus_nobody', value: '9' } })
    await report('odd', 'many')
    await report('nothing', '1', { event_name: 'faxes' })
    await report('fine', '1')
    await stage.sandbox.advance(0)
    const thin = stage.inbox.received.map(({ body, signature }) =>
      stage.stripe.parseEventNotification(body, signature, stage.sandbox.webhookSecret),
    )
    expect(thin.map(({ type }) => type)).toEqual([
      'v1.billing.meter.error_report_triggered',
      'v1.billing.meter.error_report_triggered',
      'v1.billing.meter.no_meter_found',
    ])
    const [first] = thin
    if (first?.type !== 'v1.billing.meter.error_report_triggered') throw new Error('another event')
    expect((await first.fetchRelatedObject()).id).toBe(shop.meter.id)
    const [error] = (await first.fetchEvent()).data.reason.error_types
    expect([error?.code, error?.sample_errors[0]?.request.identifier]).toEqual([
      'meter_event_customer_not_found',
      'lost',
    ])
    const [received] = stage.inbox.received
    expect(() =>
      stage.stripe.webhooks.constructEvent(
        String(received?.body),
        String(received?.signature),
        stage.sandbox.webhookSecret,
      ),
    ).toThrow()
    await stage.sandbox.advance(32 * DAY)
    expect((await stage.stripe.invoices.list({ subscription })).data[0]?.total).toBe(1002)
  })
})
