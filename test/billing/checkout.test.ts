import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { changeEmail } from '../../src/actions/change-email.ts'
import { closeAccount } from '../../src/actions/close-account.ts'
import { openPortal } from '../../src/actions/open-portal.ts'
import { requestEmailChange } from '../../src/actions/request-email-change.ts'
import { setTier } from '../../src/actions/set-tier.ts'
import { startCheckout } from '../../src/actions/start-checkout.ts'
import { syncJob } from '../../src/domain/billing-events.ts'
import { createSession } from '../../src/domain/sessions.ts'
import { ask } from '../http/service.ts'
import { control, pay, subscribe } from './person.ts'
import { type BillingStage, createBillingStage } from './stage.ts'

let stage: BillingStage
beforeEach(async () => {
  stage = await createBillingStage()
})
afterEach(() => stage.close())

const buy = (id: string) => startCheckout(stage.app, id, { tier: 'premium' })
const customers = async () => (await stage.stripe.customers.list()).data
const open = async () => (await stage.stripe.checkout.sessions.list({ status: 'open' })).data

async function tokenOf(id: string): Promise<Record<string, string>> {
  const asked = { user_id: id, kind: 'device', name: 'a speaker', address_hash: 'x' } as const
  const { token, session } = createSession(asked, stage.app.ids, stage.clock.now())
  await stage.database.write({ statements: [stage.app.sessions.open(session)] })
  return { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
}

describe('starting Checkout', () => {
  it('saves the customer before anybody is sent away, with our name on everything', async () => {
    const { id } = await stage.createPerson()
    await buy(id)
    const [customer] = await customers()
    expect(customer).toMatchObject({ email: 'alice@example.com', metadata: { xswarm_user_id: id } })
    expect((await stage.user(id)).stripe_customer_id).toBe(customer?.id)
    const [session] = await open()
    expect(session).toMatchObject({
      client_reference_id: id,
      customer: customer?.id,
      metadata: { xswarm_user_id: id },
      success_url: `${stage.url}/billing/done?session_id={CHECKOUT_SESSION_ID}`,
    })
  })

  it('many times at once makes one customer and one page', async () => {
    const { id } = await stage.createPerson()
    const pages = await Promise.allSettled(Array.from({ length: 6 }, () => buy(id)))
    const urls = pages.flatMap((page) => (page.status === 'fulfilled' ? [page.value.url] : []))
    expect(new Set(urls).size).toBe(1)
    expect((await customers()).length).toBe(1)
    expect((await open()).length).toBe(1)
  })

  it('after an answer that was lost finds the same customer and page', async () => {
    const { id } = await stage.createPerson()
    await control(stage, 'misbehave', { lostAnswers: 1 })
    const { url } = await buy(id)
    expect((await buy(id)).url).toBe(url)
    expect((await customers()).length).toBe(1)
    expect((await open()).length).toBe(1)
  })

  it('sells the metered prices of what is switched on only', async () => {
    const features = { voice_enabled: true, sms_enabled: false, stripe_enabled: true }
    const { id } = await stage.createPerson()
    const app = { ...stage.app, config: { ...stage.app.config, features } }
    await startCheckout(app, id, { tier: 'premium' })
    const [session] = await open()
    const items = await stage.stripe.checkout.sessions.listLineItems(session?.id ?? '')
    expect(items.data.map(({ price }) => price?.id).sort()).toEqual(
      [stage.prices.premium, stage.prices.voice].sort(),
    )
  })

  it('sends somebody who pays already to the portal, also before we know of it', async () => {
    const { id } = await stage.createPerson()
    const { url } = await buy(id)
    await pay(url)
    expect((await stage.user(id)).subscription_tier).toBe('free')
    expect((await buy(id)).url).toContain('/p/session/')
    await stage.settle()
    expect((await buy(id)).url).toContain('/p/session/')
    expect(await open()).toEqual([])
  })

  it('sells nothing to somebody who was given it', async () => {
    const { id } = await stage.createPerson()
    await setTier(stage.app, id, 'premium')
    await expect(buy(id)).rejects.toMatchObject({ code: 'conflict' })
    expect(await customers()).toEqual([])
  })

  it('makes a new customer for somebody whose customer was deleted', async () => {
    const alice = await subscribe(stage)
    await stage.stripe.customers.del(alice.stripe_customer_id ?? '')
    // Before any news of it, and again after.
    expect((await buy(alice.id)).url).toContain('/c/pay/')
    await stage.settle()
    const { url } = await buy(alice.id)
    await pay(url)
    await stage.settle()
    const again = await stage.user(alice.id)
    expect(again.subscription_tier).toBe('premium')
    expect(again.stripe_customer_id).not.toBe(alice.stripe_customer_id)
    expect((await customers()).length).toBe(1)
  })

  it('names a price that the account does not have as our fault', async () => {
    const { id } = await stage.createPerson()
    const stripe = { prices: { premium: 'price_1234567890' } }
    const app = { ...stage.app, config: { ...stage.app.config, stripe } }
    await expect(startCheckout(app, id, { tier: 'premium' })).rejects.toMatchObject({ code: 'misconfigured' })
    const none = { ...stage.app, config: { ...stage.app.config, stripe: { prices: {} } } }
    await expect(startCheckout(none, id, { tier: 'premium' })).rejects.toMatchObject({
      code: 'misconfigured',
    })
  })
})

describe('over HTTP', () => {
  const post = async (path: string, headers: Record<string, string>, body?: unknown) =>
    ask(stage, path, {
      method: 'POST',
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })

  it('whoever is signed in gets a page to pay, then the portal, and may cancel and resume', async () => {
    const { id } = await stage.createPerson()
    const headers = await tokenOf(id)
    const bought = await post('/api/billing/checkout', headers, { tier: 'premium' })
    expect(bought).toMatchObject({ status: 200, body: { url: expect.stringContaining('/c/pay/') } })
    await pay(bought.body.url)
    await stage.settle()
    const { 'Content-Type': _, ...bare } = headers
    expect((await post('/api/billing/portal', bare)).body.url).toContain('/p/session/')
    expect((await post('/api/billing/cancel', bare)).body).toMatchObject({
      ends_at: expect.stringMatching(/^2026-12/),
    })
    expect((await post('/api/billing/resume', bare)).body).toMatchObject({ status: 'active', ends_at: null })
  })

  it.each([
    ['/api/billing/checkout', { tier: 'gold' }, 422],
    ['/api/billing/checkout', { tier: 'free' }, 422],
    ['/api/billing/checkout', {}, 422],
    ['/api/billing/checkout', { tier: 'premium', price: 'price_1' }, 422],
    ['/api/billing/checkout', { tier: ['premium'] }, 422],
    ['/api/billing/portal', undefined, 409],
    ['/api/billing/cancel', undefined, 409],
    ['/api/billing/resume', undefined, 409],
  ])('%s with %j is answered %i to somebody without a subscription', async (path, body, status) => {
    const { id } = await stage.createPerson()
    const { 'Content-Type': type, ...bare } = await tokenOf(id)
    const headers = body === undefined ? bare : { ...bare, 'Content-Type': String(type) }
    expect((await post(path, headers, body)).status).toBe(status)
    expect(await customers()).toEqual([])
  })

  it('says when Stripe is away, and nothing is half done', async () => {
    const { id } = await stage.createPerson()
    const headers = await tokenOf(id)
    await control(stage, 'misbehave', { fail: { status: 429 } })
    const told = await post('/api/billing/checkout', headers, { tier: 'premium' })
    expect(told.status).toBe(503)
    expect(told.body.detail).toMatch(/Stripe cannot be reached.*Nothing was charged/)
    await control(stage, 'misbehave', {})
    expect((await post('/api/billing/checkout', headers, { tier: 'premium' })).status).toBe(200)
    expect((await customers()).length).toBe(1)
  })
})

describe('two pages that are both paid', () => {
  it('end as one subscription, the newer refunded, with one entry in the audit log', async () => {
    const { id } = await stage.createPerson()
    const { url } = await buy(id)
    const { stripe_customer_id: customer } = await stage.user(id)
    const other = await stage.stripe.checkout.sessions.create({
      mode: 'subscription',
      customer: customer ?? '',
      line_items: [{ price: stage.prices.premium, quantity: 1 }],
      subscription_data: { metadata: { xswarm_user_id: id } },
      success_url: stage.url,
    })
    await pay(url)
    await stage.pass(2_000)
    await pay(other.url ?? '')
    await stage.settle()
    const living = (await stage.stripe.subscriptions.list({ customer: customer ?? '' })).data
    expect(living.map((one) => one.id)).toEqual([(await stage.user(id)).stripe_subscription_id])
    const refunds = (await stage.stripe.refunds.list()).data
    expect(refunds).toMatchObject([{ amount: 2000, reason: 'duplicate' }])
    // Again, as after a crash in the middle.
    await stage.database.write({
      statements: [
        stage.app.jobs.enqueue(syncJob(customer ?? '')),
        stage.app.jobs.enqueue({
          name: 'end-duplicate',
          key: 'again',
          payload: {
            subscription_id:
              (await stage.stripe.subscriptions.list({ status: 'canceled' })).data[0]?.id ?? '',
            customer_id: customer ?? '',
            refund: true,
          },
        }),
      ],
    })
    await stage.settle()
    expect((await stage.stripe.refunds.list()).data.length).toBe(1)
    const entries = (await stage.app.audit.list({ limit: 50 })).filter(
      ({ action }) => action === 'billing.duplicate-ended',
    )
    expect(entries).toMatchObject([{ actor: 'system', user_id: id, detail: { refunded: true } }])
    expect((await stage.user(id)).subscription_tier).toBe('premium')
  })
})

describe('changing the address', () => {
  it('tells Stripe, so that receipts go to the new one', async () => {
    const alice = await subscribe(stage)
    const { minutes } = await requestEmailChange(stage.app, alice, { email: 'new@example.com' })
    expect(minutes).toBeGreaterThan(0)
    await stage.work()
    const code = stage.mailbox.list()[0]?.subject.match(/\d{6}/)?.[0]
    await changeEmail(stage.app, alice, { email: 'new@example.com', code })
    await stage.settle()
    expect(await customers()).toMatchObject([{ email: 'new@example.com' }])
  })
})

describe('closing an account', () => {
  it('ends the subscription and takes the person out of Stripe', async () => {
    const alice = await subscribe(stage)
    const receipt = await closeAccount(stage.app, alice.id, `user:${alice.id}`)
    expect(receipt.removed).toMatchObject({ subscriptions: 1 })
    await stage.settle()
    expect(await customers()).toEqual([])
    const [ended] = (await stage.stripe.subscriptions.list({ status: 'all' })).data
    expect(ended?.status).toBe('canceled')
    expect(await stage.sql('SELECT * FROM subscriptions')).toEqual([])
    expect((await stage.app.audit.list({ limit: 1 }))[0]).toMatchObject({
      action: 'billing.customer-deleted',
    })
  })
})

it('the portal of somebody whose customer is gone says so', async () => {
  const alice = await subscribe(stage)
  await stage.stripe.customers.del(alice.stripe_customer_id ?? '')
  await expect(openPortal(stage.app, alice)).rejects.toMatchObject({ code: 'conflict' })
})
