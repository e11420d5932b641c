import type Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buy, CARDS, control, createShop, DAY, HOUR, post, type Shop, usePortal } from './stripe-shop.ts'
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
  await stage.sandbox.advance(0)
  stage.inbox.clear()
})
afterEach(closeStages)

function open(more: Partial<Stripe.BillingPortal.SessionCreateParams> = {}) {
  return stage.stripe.billingPortal.sessions.create({
    customer,
    return_url: 'http://localhost:8787/account',
    ...more,
  })
}

async function page(url: string): Promise<string> {
  return (await fetch(url)).text()
}

describe('the billing portal', () => {
  it('shows the subscription, the card, the invoices and the way back', async () => {
    const text = await page((await open()).url)
    const parts = [
      'SANDBOX',
      'Renews on',
      'visa ending in 4242',
      'SANDBOX-0001',
      'http://localhost:8787/account',
    ]
    for (const part of parts) expect(text).toContain(part)
  })

  it('plans the end, says when, and takes it back', async () => {
    const { url } = await open()
    await post(url, { action: 'cancel', subscription })
    expect(await page(url)).toContain('Ends on')
    await post(url, { action: 'resume', subscription })
    expect(await page(url)).toContain('Renews on')
  })

  it('takes another card for the customer and the subscription, and refuses a declined one', async () => {
    const refused = await usePortal(stage, customer, { action: 'card', card: CARDS.declined })
    expect([refused.status, await refused.text()]).toEqual([402, expect.stringContaining('declined')])
    await stage.sandbox.advance(0)
    stage.inbox.clear()
    expect((await usePortal(stage, customer, { action: 'card', card: CARDS.failsLater })).status).toBe(303)
    await stage.sandbox.advance(0)
    expect(stage.inbox.types().toSorted()).toEqual([
      'billing_portal.session.created',
      'customer.subscription.updated',
      'customer.updated',
      'payment_method.attached',
      'payment_method.detached',
      'setup_intent.created',
      'setup_intent.succeeded',
    ])
    const [method] = (await stage.stripe.customers.listPaymentMethods(customer)).data
    expect(method?.card?.last4).toBe('0341')
    const now = await stage.stripe.subscriptions.retrieve(subscription)
    expect(now.default_payment_method).toBe(method?.id)
    await stage.sandbox.advance(33 * DAY)
    expect((await stage.stripe.subscriptions.retrieve(subscription)).status).toBe('past_due')
  })

  it('does only what its configuration allows', async () => {
    const { id } = await stage.stripe.billingPortal.configurations.create({
      features: { subscription_cancel: { enabled: true, mode: 'immediately' } },
    })
    const { url } = await open({ configuration: id })
    expect(await page(url)).not.toContain('Another card')
    expect((await post(url, { action: 'card', card: CARDS.pays })).status).toBe(422)
    await post(url, { action: 'cancel', subscription })
    expect((await stage.stripe.subscriptions.retrieve(subscription)).status).toBe('canceled')
    const list = await stage.stripe.billingPortal.configurations.list({ is_default: true })
    expect(list.data.map(({ is_default }) => is_default)).toEqual([true])
  })

  it('leads straight to one thing when asked, and back afterwards', async () => {
    const session = await open({
      flow_data: {
        type: 'payment_method_update',
        after_completion: {
          type: 'redirect',
          redirect: { return_url: 'http://localhost:8787/account?card' },
        },
      },
    })
    const text = await page(session.url)
    expect([text.includes('Another card'), text.includes('Cancel subscription')]).toEqual([true, false])
    const answer = await post(session.url, { action: 'card', card: CARDS.pays })
    expect(answer.headers.get('location')).toBe('http://localhost:8787/account?card')
  })

  it('is nobody else’s: not after an hour, not for another customer’s subscription', async () => {
    const { url } = await open()
    const other = await buy(stage, shop)
    expect((await post(url, { action: 'cancel', subscription: other.subscription })).status).toBe(422)
    await stage.sandbox.advance(HOUR + 1000)
    expect((await fetch(url)).status).toBe(404)
    expect((await post(url, { action: 'cancel', subscription })).status).toBe(404)
    expect((await fetch(`${stage.sandbox.url}/p/session/test_guess`)).status).toBe(404)
  })
})

describe('the control page', () => {
  it('shows what there is and moves it, for a browser with pages', async () => {
    const text = await page(`${stage.sandbox.url}/_sandbox`)
    for (const part of [
      'alice@example.com',
      'active',
      'SANDBOX-0001',
      'checkout.session.completed',
      '+ 31d',
    ]) {
      expect(text).toContain(part)
    }
    const browser = { Accept: 'text/html', 'Sec-Fetch-Site': 'same-origin' }
    const body = new URLSearchParams({ by: '31d' })
    const url = `${stage.sandbox.url}/_sandbox/advance`
    const moved = await fetch(url, { method: 'POST', body, headers: browser, redirect: 'manual' })
    expect([moved.status, moved.headers.get('location')]).toEqual([303, '/_sandbox'])
    expect(await page(`${stage.sandbox.url}/_sandbox`)).toContain('31 days ahead')
    const wrong = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ by: 'x' }),
      headers: browser,
      redirect: 'manual',
    })
    expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('such as 31d')])
  })

  it('tells programs its state, without a secret', async () => {
    const answer = await control(stage.sandbox.url, 'state', {})
    const text = await answer.text()
    expect(JSON.parse(text)).toMatchObject({
      subscriptions: [{ id: subscription }],
      customers: [{ id: customer }],
      waiting_deliveries: [],
      misbehaviour: {},
    })
    expect(text).not.toContain(stage.sandbox.secretKey)
    expect(text).not.toContain(stage.sandbox.webhookSecret)
  })

  it('changes settings and refuses those it has not', async () => {
    const change = (body: object) => control(stage.sandbox.url, 'settings', body)
    expect(await (await change({ retryDays: '1, 2', upcomingDays: 3 })).json()).toMatchObject({
      retryDays: [1, 2],
      upcomingDays: 3,
    })
    for (const wrong of [{ afterRetries: 'shrug' }, { retryDays: 'soon' }, { colour: 'red' }]) {
      expect((await change(wrong)).status).toBe(422)
    }
    expect((await control(stage.sandbox.url, 'card', { customer: 'cus_no', card: 'good' })).status).toBe(404)
    expect((await control(stage.sandbox.url, 'card', { customer, card: 'gold' })).status).toBe(422)
    expect((await control(stage.sandbox.url, 'resend', { event: 'evt_no' })).status).toBe(404)
    expect((await control(stage.sandbox.url, 'dispute', { customer: 'cus_no' })).status).toBe(404)
    expect((await fetch(`${stage.sandbox.url}/_sandbox/nothing`)).status).toBe(404)
  })

  it('is deaf to other sites and to foreign names', async () => {
    const url = `${stage.sandbox.url}/_sandbox/advance`
    const body = new URLSearchParams({ by: '31d' })
    const foreign = { Origin: 'https://evil.example' }
    expect((await fetch(url, { method: 'POST', body, headers: foreign })).status).toBe(403)
    const now = stage.sandbox.now()
    expect(now - Date.now()).toBeLessThan(1000)
  })
})
