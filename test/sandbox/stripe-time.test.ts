import type Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buy, CARDS, control, createShop, DAY, HOUR, post, type Shop, setCard } from './stripe-shop.ts'
import { closeStages, createStage, type Stage } from './stripe-stage.ts'

let stage: Stage
let shop: Shop
beforeEach(async () => {
  stage = await createStage()
  shop = await createShop(stage)
  stage.inbox.clear()
})
afterEach(closeStages)

async function createPayer(card = 'pm_card_visa'): Promise<string> {
  const { stripe } = stage
  const customer = await stripe.customers.create({
    email: 'bob@example.com',
    payment_method: card,
  })
  const [method] = (await stripe.paymentMethods.list({ customer: customer.id })).data
  await stripe.customers.update(customer.id, {
    invoice_settings: { default_payment_method: String(method?.id) },
  })
  return customer.id
}

describe('as time passes', () => {
  it('a year of renewals keeps the day of the month, and each happens at its own time', async () => {
    const { subscription } = await buy(stage, shop)
    const { billing_cycle_anchor } = await stage.stripe.subscriptions.retrieve(subscription)
    await stage.sandbox.advance(366 * DAY)
    const invoices = await stage.stripe.invoices.list({ subscription, limit: 100 })
    expect(invoices.data).toHaveLength(13)
    expect(invoices.data.every(({ status }) => status === 'paid')).toBe(true)
    const anchor = new Date(billing_cycle_anchor * 1000)
    for (const [index, { created }] of invoices.data.toReversed().entries()) {
      const expected = Date.UTC(
        anchor.getUTCFullYear(),
        anchor.getUTCMonth() + index,
        Math.min(anchor.getUTCDate(), 28),
      )
      const at = new Date(created * 1000)
      expect(at.getUTCMonth()).toBe(new Date(expected).getUTCMonth())
      // The first is made by the purchase itself, which may end in the second after the one it began in.
      if (index === 0) expect(created).toBeGreaterThanOrEqual(billing_cycle_anchor)
      else expect(created % 86_400).toBe(billing_cycle_anchor % 86_400)
    }
  })

  it('events arrive in the order of their times', async () => {
    await buy(stage, shop)
    await stage.sandbox.advance(100 * DAY)
    const times = stage.inbox.received.map(({ event }) => event.created)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(80 * 86_400)
  })

  it('a trial costs nothing, announces its end, and then pays', async () => {
    const { subscription, session } = await buy(stage, shop, { days: 14 })
    expect([session.payment_status, session.amount_total]).toEqual(['no_payment_required', 0])
    const trial = await stage.stripe.subscriptions.retrieve(subscription)
    expect([trial.status, trial.items.data[0]?.current_period_end]).toEqual(['trialing', trial.trial_end])
    await stage.sandbox.advance(12 * DAY)
    expect(stage.inbox.types()).toContain('customer.subscription.trial_will_end')
    await stage.sandbox.advance(3 * DAY)
    const begun = await stage.stripe.subscriptions.retrieve(subscription, { expand: ['latest_invoice'] })
    expect([begun.status, (begun.latest_invoice as Stripe.Invoice).amount_paid]).toEqual(['active', 1000])
  })

  it('a trial without a card ends as it was told to', async () => {
    const customer = (await stage.stripe.customers.create({})).id
    const statuses = []
    for (const missing_payment_method of ['cancel', 'pause', 'create_invoice'] as const) {
      const { id } = await stage.stripe.subscriptions.create({
        customer,
        items: [{ price: shop.premium.id }],
        trial_period_days: 7,
        trial_settings: { end_behavior: { missing_payment_method } },
      })
      await stage.sandbox.advance(8 * DAY)
      statuses.push((await stage.stripe.subscriptions.retrieve(id)).status)
    }
    expect(statuses).toEqual(['canceled', 'paused', 'past_due'])
  })

  it('a paused subscription neither renews nor ends until it is resumed and paid', async () => {
    const { subscription } = await buy(stage, shop)
    await stage.stripe.subscriptions.pause(subscription)
    await stage.sandbox.advance(90 * DAY)
    expect((await stage.stripe.invoices.list({ subscription })).data).toHaveLength(1)
    const resumed = await stage.stripe.subscriptions.resume(subscription)
    expect(resumed.status).toBe('active')
    expect(resumed.billing_cycle_anchor).toBeGreaterThan(stage.sandbox.now() / 1000 - 60)
    await stage.sandbox.advance(0)
    expect(stage.inbox.types()).toEqual(
      expect.arrayContaining(['customer.subscription.paused', 'customer.subscription.resumed']),
    )
    await expect(stage.stripe.subscriptions.resume(subscription)).rejects.toMatchObject({ statusCode: 400 })
  })

  it('a first payment that fails leaves it incomplete, expired after 23 hours without a deleted', async () => {
    const customer = await createPayer('pm_card_chargeCustomerFail')
    const { id, status } = await stage.stripe.subscriptions.create({
      customer,
      items: [{ price: shop.premium.id }],
    })
    expect(status).toBe('incomplete')
    await stage.sandbox.advance(22 * HOUR)
    expect((await stage.stripe.subscriptions.retrieve(id)).status).toBe('incomplete')
    await stage.sandbox.advance(2 * HOUR)
    expect((await stage.stripe.subscriptions.retrieve(id)).status).toBe('incomplete_expired')
    expect(stage.inbox.types()).not.toContain('customer.subscription.deleted')
    expect((await stage.stripe.invoices.list({ subscription: id })).data[0]?.status).toBe('void')
  })

  it('an incomplete one becomes active when its invoice is paid', async () => {
    const customer = await createPayer()
    const made = await stage.stripe.subscriptions.create({
      customer,
      items: [{ price: shop.premium.id }],
      payment_behavior: 'default_incomplete',
      expand: ['latest_invoice.confirmation_secret'],
    })
    const invoice = made.latest_invoice as Stripe.Invoice
    expect([made.status, invoice.status]).toEqual(['incomplete', 'open'])
    expect(invoice.confirmation_secret?.client_secret).toMatch(/^pi_.+_secret_/)
    await stage.stripe.invoices.pay(String(invoice.id))
    expect((await stage.stripe.subscriptions.retrieve(made.id)).status).toBe('active')
    await expect(
      stage.stripe.subscriptions.create({
        customer: await createPayer('pm_card_chargeCustomerFail'),
        items: [{ price: shop.premium.id }],
        payment_behavior: 'error_if_incomplete',
      }),
    ).rejects.toMatchObject({ statusCode: 402 })
    expect((await stage.stripe.subscriptions.list({ status: 'all' })).data).toHaveLength(1)
  })

  it('a payment that is asked for and declined leaves its traces', async () => {
    const { customer } = await buy(stage, shop)
    await setCard(stage, customer, 'declined')
    await stage.sandbox.advance(32 * DAY)
    const [open] = (await stage.stripe.invoices.list({ customer, status: 'open' })).data
    await expect(stage.stripe.invoices.pay(String(open?.id))).rejects.toMatchObject({
      type: 'StripeCardError',
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'generic_decline',
    })
    const after = await stage.stripe.invoices.retrieve(String(open?.id))
    expect(after.attempt_count).toBe((open?.attempt_count ?? 0) + 1)
    const charges = await stage.stripe.charges.list({ customer })
    expect(charges.data.map(({ status }) => status)).toEqual(['failed', 'failed', 'succeeded'])
  })

  it('after the last try the account decides: unpaid, and its renewals stay drafts', async () => {
    await control(stage.sandbox.url, 'settings', { afterRetries: 'unpaid', retryDays: [1] })
    const { customer, subscription } = await buy(stage, shop)
    await setCard(stage, customer, 'declined')
    await stage.sandbox.advance(33 * DAY)
    expect((await stage.stripe.subscriptions.retrieve(subscription)).status).toBe('unpaid')
    await stage.sandbox.advance(31 * DAY)
    const [newest, open] = (await stage.stripe.invoices.list({ subscription })).data
    expect([newest?.status, newest?.auto_advance, open?.status]).toEqual(['draft', false, 'open'])
    await setCard(stage, customer, 'good')
    await stage.stripe.invoices.pay(String(newest?.id))
    expect((await stage.stripe.subscriptions.retrieve(subscription)).status).toBe('active')
  })

  it('the page behind hosted_invoice_url pays what is due', async () => {
    const { customer, subscription } = await buy(stage, shop)
    await setCard(stage, customer, 'declined')
    await stage.sandbox.advance(32 * DAY)
    const [open] = (await stage.stripe.invoices.list({ customer, status: 'open' })).data
    const url = String(open?.hosted_invoice_url)
    expect(await (await fetch(url)).text()).toContain('Pay $10.00')
    expect((await post(url, { action: 'pay', card: CARDS.failsLater })).status).toBe(402)
    expect((await post(url, { action: 'pay', card: CARDS.pays })).status).toBe(303)
    expect((await stage.stripe.subscriptions.retrieve(subscription)).status).toBe('active')
  })

  it('the clock never goes back, and moves by the words of a person', async () => {
    const before = stage.sandbox.now()
    const answer = await control(stage.sandbox.url, 'advance', { by: '2d' })
    const { now } = (await answer.json()) as { now: string }
    expect(Date.parse(now) - before).toBeGreaterThanOrEqual(2 * DAY)
    for (const by of ['yesterday', '-1d', '', '99999w']) {
      expect((await control(stage.sandbox.url, 'advance', { by })).status).toBe(422)
    }
  })
})
