import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CARDS, createShop, DAY, HOUR, pay, post, type Shop } from './stripe-shop.ts'
import { closeStages, createStage, type Stage } from './stripe-stage.ts'

let stage: Stage
let shop: Shop
beforeAll(async () => {
  stage = await createStage()
  shop = await createShop(stage)
})
afterAll(closeStages)

function create(more: Partial<Stripe.Checkout.SessionCreateParams> = {}): Promise<Stripe.Checkout.Session> {
  return stage.stripe.checkout.sessions.create({
    mode: 'subscription',
    success_url: 'http://localhost:8787/account?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://localhost:8787/account?left',
    line_items: [{ price: shop.premium.id, quantity: 1 }],
    ...more,
  })
}

function retrieve(id: string): Promise<Stripe.Checkout.Session> {
  return stage.stripe.checkout.sessions.retrieve(id)
}

describe('the Checkout page', () => {
  it('shows what is bought, is marked as a sandbox, and runs nothing inline', async () => {
    const session = await create()
    const response = await fetch(String(session.url))
    const text = await response.text()
    for (const part of ['SANDBOX', 'Subscribe to Premium', '$10.00', 'Back without paying']) {
      expect(text).toContain(part)
    }
    const policy = String(response.headers.get('content-security-policy'))
    expect(policy).not.toContain('unsafe')
    expect(policy).toContain("form-action 'self' http://localhost:8787;")
    expect(text).not.toMatch(/<script|\son\w+=|style="/)
    for (const [, href] of text.matchAll(/<link[^>]+href="([^"]+)"/g)) {
      expect((await fetch(new URL(String(href), stage.sandbox.url))).status).toBe(200)
    }
  })

  it('paid: leads to success_url with the id of the session, which is complete', async () => {
    const session = await create({ client_reference_id: 'user-9', metadata: { user_id: 'user-9' } })
    const answer = await post(String(session.url), {
      action: 'pay',
      card: CARDS.pays,
      email: 'dora@example.com',
    })
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      `http://localhost:8787/account?session=${session.id}`,
    ])
    const done = await retrieve(session.id)
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      client_reference_id: 'user-9',
      metadata: { user_id: 'user-9' },
      customer_details: { email: 'dora@example.com' },
      url: null,
    })
    const subscription = await stage.stripe.subscriptions.retrieve(String(done.subscription))
    // What is said of the session is not said of the subscription.
    expect([subscription.metadata, subscription.customer]).toEqual([{}, done.customer])
    expect(((await stage.stripe.customers.retrieve(String(done.customer))) as Stripe.Customer).email).toBe(
      'dora@example.com',
    )
  })

  it('paid twice by a double click: one subscription', async () => {
    const { id: customer } = await stage.stripe.customers.create({})
    const session = await create({ customer })
    const answers = await Promise.all([pay(session, CARDS.pays), pay(session, CARDS.pays)])
    expect(answers.map(({ status }) => status)).toEqual([303, 303])
    expect((await stage.stripe.subscriptions.list({ customer })).data).toHaveLength(1)
    expect(await (await fetch(String(session.url))).text()).toContain('done here')
  })

  it('two open pages both paid: two subscriptions of one customer', async () => {
    const { id: customer } = await stage.stripe.customers.create({})
    const [first, second] = [await create({ customer }), await create({ customer })]
    await pay(first, CARDS.pays)
    await pay(second, CARDS.pays)
    expect((await stage.stripe.subscriptions.list({ customer })).data).toHaveLength(2)
  })

  it('declined: says so, nothing is subscribed, and another card can pay', async () => {
    const { id: customer } = await stage.stripe.customers.create({})
    const session = await create({ customer })
    await stage.sandbox.advance(0)
    stage.inbox.clear()
    const refused = await pay(session, CARDS.poor)
    expect([refused.status, await refused.text()]).toEqual([
      402,
      expect.stringContaining('insufficient funds'),
    ])
    await stage.sandbox.advance(0)
    expect(stage.inbox.types()).toEqual([
      'payment_intent.created',
      'charge.failed',
      'payment_intent.payment_failed',
    ])
    expect((await stage.stripe.subscriptions.list({ customer, status: 'all' })).data).toEqual([])
    expect((await retrieve(session.id)).status).toBe('open')
    await pay(session, CARDS.pays)
    const intents = await stage.stripe.paymentIntents.list({ customer })
    expect(intents.data.map(({ status }) => status)).toEqual(['succeeded'])
    const charges = await stage.stripe.charges.list({ payment_intent: String(intents.data[0]?.id) })
    expect(charges.data.map(({ status, failure_code }) => [status, failure_code])).toEqual([
      ['succeeded', null],
      ['failed', 'card_declined'],
    ])
  })

  it('with a card that asks for authentication: pays after it, and asks again after a refusal', async () => {
    const session = await create({ customer_email: 'eve@example.com' })
    const url = String(session.url)
    expect((await pay(session, CARDS.asks)).headers.get('location')).toBe(new URL(url).pathname)
    expect(await (await fetch(url)).text()).toContain('3-D Secure')
    expect((await post(url, { action: 'refuse' })).status).toBe(402)
    expect(await (await fetch(url)).text()).toContain('Pay $10.00')
    await pay(session, CARDS.asks)
    expect((await post(url, { action: 'authenticate' })).status).toBe(303)
    expect((await retrieve(session.id)).payment_status).toBe('paid')
  })

  it('abandoned: it expires after a day, with an event', async () => {
    const session = await create()
    await stage.sandbox.advance(DAY + HOUR)
    expect((await retrieve(session.id)).status).toBe('expired')
    const told = stage.inbox.received.filter(
      ({ event: { data } }) => (data.object as { id: string }).id === session.id,
    )
    expect(told.map(({ event }) => event.type)).toEqual(['checkout.session.expired'])
    expect((await pay(session, CARDS.pays)).status).toBe(410)
    await expect(stage.stripe.checkout.sessions.expire(session.id)).rejects.toMatchObject({ statusCode: 400 })
  })

  it('ended by the shop: nobody can pay any more', async () => {
    const session = await create()
    expect((await stage.stripe.checkout.sessions.expire(session.id)).status).toBe('expired')
    expect(await (await fetch(`${stage.sandbox.url}/c/pay/${session.id}`)).text()).toContain('has expired')
    expect((await pay({ url: `${stage.sandbox.url}/c/pay/${session.id}` }, CARDS.pays)).status).toBe(410)
  })

  it('in setup mode: saves a card and makes no subscription', async () => {
    const { id: customer } = await stage.stripe.customers.create({})
    const session = await stage.stripe.checkout.sessions.create({
      mode: 'setup',
      currency: 'usd',
      customer,
      success_url: 'https://example.com/saved',
    })
    await pay(session, CARDS.pays)
    const done = await stage.stripe.checkout.sessions.retrieve(session.id, { expand: ['setup_intent'] })
    expect([done.status, done.subscription, (done.setup_intent as Stripe.SetupIntent).status]).toEqual([
      'complete',
      null,
      'succeeded',
    ])
    expect((await stage.stripe.customers.listPaymentMethods(customer)).data).toHaveLength(1)
  })

  it('sessions can be listed by customer, subscription and status', async () => {
    const { id: customer } = await stage.stripe.customers.create({})
    const [paid, open] = [await create({ customer }), await create({ customer })]
    await pay(paid, CARDS.pays)
    const subscription = String((await retrieve(paid.id)).subscription)
    const list = async (params: Stripe.Checkout.SessionListParams) =>
      (await stage.stripe.checkout.sessions.list(params)).data.map(({ id }) => id)
    expect(await list({ customer })).toEqual([open.id, paid.id])
    expect(await list({ customer, status: 'open' })).toEqual([open.id])
    expect(await list({ subscription })).toEqual([paid.id])
    expect((await stage.stripe.checkout.sessions.listLineItems(paid.id)).data[0]?.price?.id).toBe(
      shop.premium.id,
    )
  })

  it('of nobody is not found, and another site cannot press its buttons', async () => {
    expect((await fetch(`${stage.sandbox.url}/c/pay/cs_test_nobody`)).status).toBe(404)
    const session = await create({ customer_email: 'fred@example.com' })
    const foreign: Record<string, string>[] = [
      { Origin: 'https://evil.example' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: stage.sandbox.url },
    ]
    for (const headers of foreign) {
      const body = new URLSearchParams({ action: 'pay', card: CARDS.pays })
      const answer = await fetch(String(session.url), { method: 'POST', body, headers, redirect: 'manual' })
      expect(answer.status).toBe(403)
    }
    expect((await post(String(session.url), { action: 'pay', card: '1' })).status).toBe(422)
    expect((await retrieve(session.id)).status).toBe('open')
  })
})
