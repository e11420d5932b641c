import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startCheckout } from '../../src/actions/start-checkout.ts'
import { createStripe } from '../../src/adapters/stripe.ts'
import type { BilledCustomer } from '../../src/domain/billing.ts'
import { syncJob } from '../../src/domain/billing-events.ts'
import { runJob } from '../../src/worker/jobs.ts'
import { control, mailsTo, pay, subscribe } from './person.ts'
import { type BillingStage, createBillingStage, DAY } from './stage.ts'

let stage: BillingStage
beforeEach(async () => {
  stage = await createBillingStage()
})
afterEach(() => stage.close())

const tierOf = async (id: string) => (await stage.user(id)).subscription_tier
const ask = (customer: string | null) =>
  stage.database.write({ statements: [stage.app.jobs.enqueue(syncJob(customer ?? ''))] })

describe('two workers that hold one customer after each other', () => {
  it('never write an older answer of Stripe over a newer one', async () => {
    const alice = await subscribe(stage)
    const customer = alice.stripe_customer_id ?? ''
    await ask(customer)
    const [first] = await stage.app.jobs.claim('first', 1_000, 1)
    if (first === undefined) throw new Error('nothing to claim')
    // The first one hears of a cancellation for later, and then is slow for longer than its lease.
    await stage.billing.cancelAtPeriodEnd(alice.stripe_subscription_id ?? '')
    const old = await stage.billing.readCustomer(customer)
    let answer = (_: BilledCustomer) => {}
    const slow = {
      ...stage.billing,
      readCustomer: () => new Promise<BilledCustomer>((resolve) => (answer = resolve)),
    }
    const late = runJob({ ...stage.app, billing: slow }, first)
    const outcome = late.then(
      () => 'written',
      (error: { code: string }) => error.code,
    )
    await stage.stripe.subscriptions.cancel(alice.stripe_subscription_id ?? '')
    stage.clock.advance(2_000)
    await stage.settle()
    expect(await tierOf(alice.id)).toBe('free')
    answer(old)
    expect(await outcome).toBe('conflict')
    expect(await tierOf(alice.id)).toBe('free')
  })

  it('an event that comes while the job runs makes it run once more', async () => {
    const alice = await subscribe(stage)
    const customer = alice.stripe_customer_id ?? ''
    await ask(customer)
    const [job] = await stage.app.jobs.claim('first', 20_000, 1)
    if (job === undefined) throw new Error('nothing to claim')
    await runJob(stage.app, job)
    await stage.stripe.subscriptions.cancel(alice.stripe_subscription_id ?? '')
    await stage.sandbox.advance(0)
    await stage.app.jobs.finish(job)
    await stage.work()
    expect(await tierOf(alice.id)).toBe('free')
  })

  it('a change of settings in between is neither lost nor in the way', async () => {
    const { id } = await stage.createPerson()
    await pay((await startCheckout(stage.app, id, { tier: 'premium' })).url)
    await stage.sandbox.advance(0)
    let asked = 0
    const billing = {
      ...stage.billing,
      readCustomer: async (customer: string) => {
        if (asked++ === 0) await stage.sql("UPDATE users SET persona = 'jarvis' WHERE id = ?", id)
        return stage.billing.readCustomer(customer)
      },
    }
    for (const job of await stage.app.jobs.claim('w', 20_000, 5)) {
      await runJob({ ...stage.app, billing }, job)
      await stage.app.jobs.finish(job)
    }
    expect(await stage.user(id)).toMatchObject({ persona: 'jarvis', subscription_tier: 'premium' })
    expect(asked).toBe(2)
  })
})

describe('Stripe down for an hour', () => {
  it.each([
    ['429', { fail: { status: 429 } }],
    ['503', { fail: { status: 503 } }],
  ])('with %s loses nothing, lowers nobody, and catches up', async (_, misbehaviour) => {
    const alice = await subscribe(stage)
    const { id } = await stage.createPerson('bob@example.com')
    const { url } = await startCheckout(stage.app, id, { tier: 'premium' })
    await pay(url)
    await stage.stripe.subscriptions.cancel(alice.stripe_subscription_id ?? '')
    await control(stage, 'misbehave', misbehaviour)
    await stage.sandbox.advance(0)
    const failures = await stage.work()
    expect(failures.length).toBeGreaterThanOrEqual(2)
    expect(new Set(failures.map((error) => (error as { code: string }).code))).toEqual(
      new Set(['unavailable']),
    )
    expect([await tierOf(alice.id), await tierOf(id)]).toEqual(['premium', 'free'])
    stage.clock.advance(60 * 60_000)
    await control(stage, 'misbehave', {})
    await stage.settle()
    expect([await tierOf(alice.id), await tierOf(id)]).toEqual(['free', 'premium'])
  })

  it('cut off in the middle of everything heals, and nobody has two of anything', async () => {
    const { id } = await stage.createPerson()
    await control(stage, 'misbehave', {
      lostAnswers: 3,
      duplicates: 2,
      order: 'random',
      sameSecond: true,
      seed: 7,
    })
    let url: string | undefined
    for (let attempt = 0; attempt < 5 && url === undefined; attempt++)
      url = (await startCheckout(stage.app, id, { tier: 'premium' }).catch(() => undefined))?.url
    await pay(url ?? '')
    await stage.settle()
    stage.clock.advance(60_000)
    await control(stage, 'misbehave', {})
    await stage.settle()
    expect(await tierOf(id)).toBe('premium')
    expect((await stage.stripe.customers.list()).data.length).toBe(1)
    expect((await stage.stripe.subscriptions.list()).data.length).toBe(1)
    expect(mailsTo(stage, 'alice@example.com')).toEqual(['Your xSwarm is premium now'])
  })

  it('a server that is not there at all is away and not a fault of ours', async () => {
    const gone = createStripe({
      secretKey: stage.sandbox.secretKey,
      webhookSecrets: [],
      apiBase: 'http://127.0.0.1:9',
      clock: stage.clock,
      retriesMax: 0,
    })
    await expect(gone.readCustomer('cus_1')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(gone.cancelNow('sub_1')).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('a wrong key', () => {
  it('is said to the operator without the key, and lowers nobody', async () => {
    const alice = await subscribe(stage)
    const secretKey = `sk_${'test'}_${'z'.repeat(24)}`
    const wrong = createStripe({
      secretKey,
      webhookSecrets: [],
      apiBase: stage.sandbox.url,
      clock: stage.clock,
      retriesMax: 0,
    })
    const error = await wrong.readCustomer(alice.stripe_customer_id ?? '').catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'misconfigured' })
    const { inspect } = await import('node:util')
    expect(inspect(error, { depth: 10 })).not.toContain(secretKey)
    await ask(alice.stripe_customer_id)
    const [job] = await stage.app.jobs.claim('w', 20_000, 1)
    if (job === undefined) throw new Error('nothing to claim')
    await expect(runJob({ ...stage.app, billing: wrong }, job)).rejects.toMatchObject({
      code: 'misconfigured',
    })
    expect(await tierOf(alice.id)).toBe('premium')
  })
})

describe('an event for a user who was removed', () => {
  it('changes nobody', async () => {
    const alice = await subscribe(stage)
    await stage.sql('DELETE FROM users WHERE id = ?', alice.id)
    await stage.pass(31 * DAY)
    await stage.settle()
    expect(await stage.sql('SELECT * FROM subscriptions')).toEqual([])
    expect(await stage.sql("SELECT * FROM jobs WHERE state = 'failed'")).toEqual([])
  })
})

describe('policies', () => {
  it('a refund alone changes nothing: the subscription decides', async () => {
    const alice = await subscribe(stage)
    const { data } = await stage.stripe.charges.list()
    await stage.stripe.refunds.create({ charge: data[0]?.id ?? '' })
    await stage.settle()
    expect(await tierOf(alice.id)).toBe('premium')
  })

  it('an open dispute changes nothing and is told; a lost one ends the subscription; a won one does not', async () => {
    const alice = await subscribe(stage)
    const bob = await subscribe(stage, 'bob@example.com')
    const disputes: string[] = []
    for (const { stripe_customer_id: customer } of [alice, bob]) {
      const { id } = (await control(stage, 'dispute', { customer })) as { id: string }
      disputes.push(id)
    }
    await stage.settle()
    expect([await tierOf(alice.id), await tierOf(bob.id)]).toEqual(['premium', 'premium'])
    await control(stage, 'dispute/close', { dispute: disputes[0], status: 'lost' })
    await control(stage, 'dispute/close', { dispute: disputes[1], status: 'won' })
    await stage.settle()
    expect([await tierOf(alice.id), await tierOf(bob.id)]).toEqual(['free', 'premium'])
    const entries = (await stage.app.audit.list({ user_id: alice.id, limit: 20 })).map(
      ({ detail }) => detail.status,
    )
    expect(entries.sort()).toEqual(['lost', 'needs_response'])
    expect((await stage.stripe.refunds.list()).data).toEqual([])
  })

  it('a customer that is deleted at Stripe is free, and may subscribe again', async () => {
    const alice = await subscribe(stage)
    await stage.stripe.customers.del(alice.stripe_customer_id ?? '')
    await stage.settle()
    expect(await stage.user(alice.id)).toMatchObject({
      subscription_tier: 'free',
      stripe_customer_id: null,
      stripe_subscription_id: null,
    })
    expect(mailsTo(stage, 'alice@example.com').at(-1)).toBe('Your xSwarm subscription has ended')
  })
})
