import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { changeSubscription } from '../../src/actions/change-subscription.ts'
import { startCheckout } from '../../src/actions/start-checkout.ts'
import { CARDS, changeCard, mailsTo, onPortal, pay, send, subscribe } from './person.ts'
import { type BillingStage, createBillingStage, DAY } from './stage.ts'

let stage: BillingStage
beforeEach(async () => {
  stage = await createBillingStage()
})
afterEach(() => stage.close())

const email = 'alice@example.com'
const mirror = (id: string) => stage.app.subscriptions.listForUser(id)

describe('subscribing', () => {
  it('makes somebody premium, with customer, subscription, mirror, change and mail', async () => {
    const alice = await subscribe(stage)
    expect(alice).toMatchObject({
      subscription_tier: 'premium',
      stripe_customer_id: expect.stringMatching(/^cus_/),
      stripe_subscription_id: expect.stringMatching(/^sub_/),
    })
    expect(await mirror(alice.id)).toMatchObject([
      { id: alice.stripe_subscription_id, status: 'active', tier: 'premium', ends_at: null },
    ])
    const [change] = await stage.app.changes.listNewest(alice.id, 1)
    expect(change?.changed).toEqual(['subscription_tier', 'stripe_subscription_id'])
    expect(mailsTo(stage, email)).toEqual(['Your xSwarm is premium now'])
    const [subscription] = (await stage.stripe.subscriptions.list()).data
    expect(subscription?.metadata).toEqual({ xswarm_user_id: alice.id })
    const prices = subscription?.items.data.map(({ price }) => price.id)
    expect(prices?.sort()).toEqual(Object.values(stage.prices).sort())
  })

  it('that is declined or abandoned changes nothing, and the same page is offered again', async () => {
    const { id } = await stage.createPerson(email)
    const { url } = await startCheckout(stage.app, id, { tier: 'premium' })
    const declined = await send(url, { card: CARDS.declined, action: 'pay' })
    expect(await declined.text()).toMatch(/declined/)
    await stage.settle()
    expect(await stage.user(id)).toMatchObject({ subscription_tier: 'free', stripe_subscription_id: null })
    expect((await startCheckout(stage.app, id, { tier: 'premium' })).url).toBe(url)
    await pay(url)
    await stage.settle()
    expect((await stage.user(id)).subscription_tier).toBe('premium')
  })
})

describe('a subscription', () => {
  it('renews month by month', async () => {
    const alice = await subscribe(stage)
    for (let month = 0; month < 3; month++) {
      await stage.pass(31 * DAY)
      await stage.settle()
      expect((await stage.user(alice.id)).subscription_tier).toBe('premium')
    }
    const [one] = await mirror(alice.id)
    expect(one?.period_end).toBeGreaterThan(stage.clock.now())
    expect(mailsTo(stage, email)).toEqual(['Your xSwarm is premium now'])
  })

  it('that cannot be charged keeps its tier for the grace, says so once, and recovers', async () => {
    const alice = await subscribe(stage)
    await changeCard(stage, alice, 'declined')
    await stage.pass(31 * DAY)
    await stage.settle()
    const [failing] = await mirror(alice.id)
    expect(failing).toMatchObject({ status: 'past_due', payment_url: expect.stringContaining('http') })
    expect((await stage.user(alice.id)).subscription_tier).toBe('premium')
    await stage.pass(4 * DAY)
    await stage.settle()
    expect(mailsTo(stage, email)).toEqual([
      'Your xSwarm is premium now',
      'Your payment for xSwarm did not go through',
    ])
    await changeCard(stage, alice, 'good')
    await stage.pass(5 * DAY)
    await stage.settle()
    expect(await mirror(alice.id)).toMatchObject([
      { status: 'active', past_due_since: null, payment_url: null },
    ])
    expect((await stage.user(alice.id)).subscription_tier).toBe('premium')
    expect(mailsTo(stage, email).length).toBe(2)
  })

  it('loses its tier when the grace is over, although Stripe says nothing at that moment', async () => {
    const alice = await subscribe(stage)
    await changeCard(stage, alice, 'declined')
    await stage.pass(31 * DAY)
    await stage.settle()
    const [{ past_due_since } = { past_due_since: 0 }] = await mirror(alice.id)
    const left = (past_due_since ?? 0) + 7 * DAY - stage.clock.now()
    stage.clock.advance(left - 1_000)
    await stage.work()
    expect((await stage.user(alice.id)).subscription_tier).toBe('premium')
    stage.clock.advance(1_000)
    await stage.work()
    expect(await stage.user(alice.id)).toMatchObject({
      subscription_tier: 'free',
      stripe_subscription_id: alice.stripe_subscription_id,
    })
  })

  it('that fails for good ends, and the person is told', async () => {
    const alice = await subscribe(stage)
    await changeCard(stage, alice, 'declined')
    for (let week = 0; week < 9; week++) {
      await stage.pass(7 * DAY)
      await stage.settle()
    }
    expect(await stage.user(alice.id)).toMatchObject({
      subscription_tier: 'free',
      stripe_subscription_id: null,
    })
    expect(await mirror(alice.id)).toMatchObject([{ status: 'canceled' }])
  })

  it.each(['api', 'portal'] as const)(
    'cancelled by %s keeps its tier until the end, then ends',
    async (by) => {
      const alice = await subscribe(stage)
      if (by === 'api') await changeSubscription(stage.app, alice, 'cancel')
      else
        await onPortal(stage, alice, { action: 'cancel', subscription: alice.stripe_subscription_id ?? '' })
      await stage.settle()
      const [cancelled] = await mirror(alice.id)
      expect(cancelled?.ends_at).toBe(cancelled?.period_end)
      expect((await stage.user(alice.id)).subscription_tier).toBe('premium')
      await stage.pass(32 * DAY)
      await stage.settle()
      expect(await stage.user(alice.id)).toMatchObject({
        subscription_tier: 'free',
        stripe_subscription_id: null,
      })
      expect(mailsTo(stage, email)).toEqual([
        'Your xSwarm is premium now',
        'Your xSwarm subscription is cancelled',
        'Your xSwarm subscription has ended',
      ])
    },
  )

  it.each(['api', 'portal'] as const)('cancelled by %s is taken back by the api and goes on', async (by) => {
    const alice = await subscribe(stage)
    if (by === 'api') await changeSubscription(stage.app, alice, 'cancel')
    else await onPortal(stage, alice, { action: 'cancel', subscription: alice.stripe_subscription_id ?? '' })
    await stage.settle()
    expect((await changeSubscription(stage.app, alice, 'resume')).ends_at).toBeNull()
    expect((await changeSubscription(stage.app, alice, 'resume')).ends_at).toBeNull()
    await stage.settle()
    await stage.pass(32 * DAY)
    await stage.settle()
    expect(await mirror(alice.id)).toMatchObject([{ status: 'active', ends_at: null }])
    expect((await stage.user(alice.id)).subscription_tier).toBe('premium')
  })

  it('cancelled at once ends at once', async () => {
    const alice = await subscribe(stage)
    await stage.stripe.subscriptions.cancel(alice.stripe_subscription_id ?? '')
    await stage.settle()
    expect(await stage.user(alice.id)).toMatchObject({
      subscription_tier: 'free',
      stripe_subscription_id: null,
    })
  })

  it('moved to a yearly price of the tier stays premium; to a price that nobody knows it does not', async () => {
    const alice = await subscribe(stage)
    const id = alice.stripe_subscription_id ?? ''
    const { items } = await stage.stripe.subscriptions.retrieve(id)
    const item = items.data.find(({ price }) => price.id === stage.prices.premium)?.id ?? ''
    const other = async (metadata: Record<string, string>, amount: number) => {
      const product = await stage.stripe.products.create({ name: 'another' })
      const price = await stage.stripe.prices.create({
        product: product.id,
        currency: 'usd',
        unit_amount: amount,
        recurring: { interval: 'month' },
        metadata,
      })
      await stage.stripe.subscriptions.update(id, { items: [{ id: item, price: price.id }] })
      await stage.settle()
    }
    await other({ xswarm_tier: 'premium' }, 3000)
    expect((await stage.user(alice.id)).subscription_tier).toBe('premium')
    await other({}, 100)
    expect((await stage.user(alice.id)).subscription_tier).toBe('free')
    expect(stage.logged.some(({ message }) => message.includes('prices are none of config.toml'))).toBe(true)
  })
})
