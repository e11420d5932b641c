import { afterEach, describe, expect, it } from 'vitest'
import { changeSubscription } from '../../src/actions/change-subscription.ts'
import { setTier } from '../../src/actions/set-tier.ts'
import { startCheckout } from '../../src/actions/start-checkout.ts'
import { sweepBilling } from '../../src/actions/sweep-billing.ts'
import { createBillingQueries } from '../../src/database/billing.ts'
import type { Statement } from '../../src/domain/ports.ts'
import { CARDS, control, pay, subscribe } from './person.ts'
import { type BillingStage, createBillingStage } from './stage.ts'

const MINUTE = 60_000
let stage: BillingStage
afterEach(() => stage.close())

async function sweep(): Promise<void> {
  await sweepBilling(stage.app)
  await stage.work()
}

async function buy(email?: string): Promise<string> {
  const { id } = await stage.createPerson(email)
  await pay((await startCheckout(stage.app, id, { tier: 'premium' })).url, CARDS.good)
  return id
}

const tierOf = async (id: string) => (await stage.user(id)).subscription_tier

describe('when no webhook ever arrives', () => {
  it('whoever paid is premium with the next sweep, and the operator hears of lost events', async () => {
    stage = await createBillingStage({
      deaf: true,
      config: { email: { domain: 'xswarm.ai', alerts_to: 'ops@example.com' } },
    })
    await sweep()
    const id = await buy()
    await stage.pass(10 * MINUTE)
    expect(await tierOf(id)).toBe('free')
    await sweep()
    expect(await tierOf(id)).toBe('premium')
    const events = await stage.sql('SELECT DISTINCT origin FROM webhook_events')
    expect(events).toEqual([{ origin: 'sweep' }])
    expect(
      stage.logged.some(({ level, message }) => level === 'error' && /never arrived/.test(message)),
    ).toBe(true)
    await stage.work()
    expect(
      stage.mailbox.list().some(({ to, text }) => to === 'ops@example.com' && /never arrived/.test(text)),
    ).toBe(true)
    // Nothing is left to be found.
    const { length } = stage.logged
    await sweep()
    expect(stage.logged.slice(length).filter(({ level }) => level === 'error')).toEqual([])
  })

  it('whoever ended is free again, also when the events are long forgotten', async () => {
    stage = await createBillingStage({ deaf: true })
    await sweep()
    const id = await buy()
    await sweep()
    await stage.work()
    expect(await tierOf(id)).toBe('premium')
    await stage.stripe.subscriptions.cancel((await stage.user(id)).stripe_subscription_id ?? '')
    const events = { ...stage.billing, listEvents: async () => ({ items: [], next: undefined }) }
    await sweepBilling({ ...stage.app, billing: events })
    await stage.work()
    expect(await stage.user(id)).toMatchObject({ subscription_tier: 'free', stripe_subscription_id: null })
  })

  it('a cancellation that nobody told of is found by its end', async () => {
    stage = await createBillingStage({ deaf: true })
    const id = await buy()
    await sweep()
    const user = await stage.user(id)
    await stage.stripe.subscriptions.update(user.stripe_subscription_id ?? '', { cancel_at_period_end: true })
    await sweep()
    expect((await stage.app.subscriptions.listForUser(id))[0]?.ends_at).toBeGreaterThan(0)
    await changeSubscription(stage.app, user, 'resume')
    await sweep()
    expect((await stage.app.subscriptions.listForUser(id))[0]?.ends_at).toBeNull()
  })

  it('events that are on their way just now are left to their webhook', async () => {
    stage = await createBillingStage({ deaf: true })
    await sweep()
    await buy()
    await sweepBilling(stage.app)
    expect(await stage.sql('SELECT * FROM webhook_events')).toEqual([])
  })
})

describe('a tier that is not what is paid', () => {
  it.each([
    ['free', 'premium'],
    ['premium', 'free'],
  ] as const)('of a user whose row was changed by hand to %s is put right', async (wrong, right) => {
    stage = await createBillingStage()
    const alice = await subscribe(stage)
    if (right === 'free') {
      await stage.stripe.subscriptions.cancel(alice.stripe_subscription_id ?? '')
      await stage.settle()
    }
    await stage.sql('UPDATE users SET subscription_tier = ? WHERE id = ?', wrong, alice.id)
    await sweep()
    expect(await tierOf(alice.id)).toBe(right)
  })

  it('that was given by hand is never lowered', async () => {
    stage = await createBillingStage()
    const { id } = await stage.createPerson()
    await setTier(stage.app, id, 'premium')
    await sweep()
    expect(await tierOf(id)).toBe('premium')
  })
})

describe('what is not ours', () => {
  it('a customer and subscription of another product in the same account change nobody', async () => {
    stage = await createBillingStage()
    const alice = await subscribe(stage)
    const { data } = await stage.stripe.paymentMethods.list({ customer: alice.stripe_customer_id ?? '' })
    expect(data.length).toBe(1)
    const stranger = await stage.stripe.customers.create({ email: 'stranger@example.com' })
    await stage.stripe.subscriptions.create({
      customer: stranger.id,
      items: [{ price: stage.prices.premium }],
      trial_period_days: 30,
    })
    await stage.settle()
    await sweep()
    const before = await stage.sql('SELECT id, subscription_tier FROM users ORDER BY id')
    expect(before).toEqual([{ id: alice.id, subscription_tier: 'premium' }])
    expect((await stage.sql('SELECT count(*) AS total FROM subscriptions'))[0]).toEqual({ total: 1 })
  })

  it('a subscription that was made in the dashboard for one of our customers counts', async () => {
    stage = await createBillingStage()
    const { id } = await stage.createPerson()
    await startCheckout(stage.app, id, { tier: 'premium' })
    const { stripe_customer_id: customer } = await stage.user(id)
    await stage.stripe.subscriptions.create({
      customer: customer ?? '',
      items: [{ price: stage.prices.premium }],
      trial_period_days: 30,
    })
    await stage.settle()
    expect(await tierOf(id)).toBe('premium')
  })

  it('a customer that two users claim changes neither', async () => {
    stage = await createBillingStage()
    const alice = await subscribe(stage)
    const bob = await stage.createPerson('bob@example.com')
    await stage.sql('UPDATE users SET stripe_customer_id = ? WHERE id = ?', alice.stripe_customer_id, bob.id)
    await stage.stripe.subscriptions.cancel(alice.stripe_subscription_id ?? '')
    await stage.sandbox.advance(0)
    const failures = await stage.work()
    expect(failures).toMatchObject([{ code: 'misconfigured' }])
    expect([await tierOf(alice.id), await tierOf(bob.id)]).toEqual(['premium', 'free'])
  })
})

it('while Stripe is away the sweep leaves everything as it is, and no dead letter', async () => {
  stage = await createBillingStage()
  const alice = await subscribe(stage)
  await sweep()
  const until = await stage.app.events.sweptUntil()
  await control(stage, 'misbehave', { fail: { status: 429 } })
  stage.clock.advance(10 * MINUTE)
  await sweepBilling(stage.app)
  expect(await stage.app.events.sweptUntil()).toBe(until)
  expect(await tierOf(alice.id)).toBe('premium')
})

it('no look of the sweep or of an account walks a whole table', async () => {
  stage = await createBillingStage()
  const alice = await stage.createPerson()
  const { database } = stage
  const plans: string[] = []
  const explain = async (query: Statement) => {
    const rows = await database.read({ ...query, sql: `EXPLAIN QUERY PLAN ${query.sql}` })
    plans.push(...rows.map(({ detail }) => String(detail)))
  }
  const queries = createBillingQueries({
    ...database,
    read: async (query) => {
      await explain(query)
      return database.read(query)
    },
    readFirst: async (query) => {
      await explain(query)
      return database.readFirst(query)
    },
  })
  const { subscriptions, events, usage } = queries
  await subscriptions.findDoubtful(0, 10)
  await subscriptions.findOwners('cus_1')
  await subscriptions.find('sub_1')
  await subscriptions.findMany(['sub_1'])
  await subscriptions.listForCustomer('cus_1')
  await subscriptions.listForUser('user-1')
  await subscriptions.listLiving({ limit: 5 })
  await events.findKnown(['evt_1'])
  await usage.totals('user-1', '2026-11')
  await usage.find('voice:CA1')
  await queries.readAccountFacts(alice, 0)
  expect(plans.length).toBeGreaterThan(12)
  const tables =
    /^SCAN (?:s|u|users|subscriptions|webhook_events|usage|usage_totals|jobs)\b(?! USING INDEX (?:idx_subscriptions_living|idx_users_billed))/
  expect(plans.filter((plan) => tables.test(plan))).toEqual([])
  expect(plans).toContain('SEARCH webhook_events USING PRIMARY KEY (provider=? AND event_id=?)')
})

it('without Stripe the sweep does nothing', async () => {
  stage = await createBillingStage()
  await sweepBilling({ ...stage.app, billing: undefined })
  expect(await stage.app.events.sweptUntil()).toBeUndefined()
})
