import Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MisbehaveOptions } from '../../src/sandbox/stripe/sandbox.ts'
import { buy, control, createShop, HOUR, type Shop } from './stripe-shop.ts'
import { closeStages, createStage, type Stage, sdkFor } from './stripe-stage.ts'

let stage: Stage
let shop: Shop
beforeEach(async () => {
  stage = await createStage()
  shop = await createShop(stage)
  await stage.sandbox.advance(0)
  stage.inbox.clear()
})
afterEach(closeStages)

/** The events of a purchase, as they arrived. */
async function purchase(options: MisbehaveOptions): Promise<string[]> {
  const { id: customer } = await stage.stripe.customers.create({})
  await stage.sandbox.advance(0)
  stage.inbox.clear()
  stage.sandbox.misbehave(options)
  await buy(stage, shop, { customer })
  await stage.sandbox.advance(0)
  const types = stage.inbox.types()
  stage.inbox.clear()
  return types
}

describe('asked to misbehave, it', () => {
  it('delivers every event several times', async () => {
    const types = await purchase({ duplicates: 2 })
    const once = await purchase({})
    expect(types.toSorted()).toEqual(once.flatMap((type) => [type, type, type]).toSorted())
  })

  it('delivers in another order, the same for the same seed', async () => {
    const straight = await purchase({})
    const a = await purchase({ order: 'random', seed: 7 })
    const b = await purchase({ order: 'random', seed: 7 })
    const c = await purchase({ order: 'random', seed: 8 })
    expect(a.toSorted()).toEqual(straight.toSorted())
    expect(a).not.toEqual(straight)
    expect(b).toEqual(a)
    expect(c).not.toEqual(a)
  })

  it('gives all events the same second', async () => {
    stage.sandbox.misbehave({ sameSecond: true })
    await buy(stage, shop)
    await stage.sandbox.advance(31 * 24 * HOUR)
    const seconds = new Set(stage.inbox.received.map(({ event }) => event.created))
    expect([seconds.size, stage.inbox.received.length > 15]).toEqual([1, true])
  })

  it('delivers late, on its own clock', async () => {
    expect(await purchase({ delayMs: HOUR })).toEqual([])
    await stage.sandbox.advance(HOUR - 60_000)
    expect(stage.inbox.received).toEqual([])
    await stage.sandbox.advance(120_000)
    expect(stage.inbox.types()).toContain('checkout.session.completed')
  })

  it('never delivers some events, but lists them', async () => {
    expect(await purchase({ dropEvents: 1000 })).toEqual([])
    await stage.sandbox.advance(100 * HOUR)
    expect(stage.inbox.types()).not.toContain('checkout.session.completed')
    expect((await stage.stripe.events.list({ type: 'checkout.session.completed' })).data).toHaveLength(1)
  })

  it('loses an answer after the work is done; the same key finds it done', async () => {
    stage.sandbox.misbehave({ lostAnswers: 1 })
    // Without a key of the caller's the SDK makes one of its own and sends the request again by itself.
    const retried = await stage.stripe.customers.create({ email: 'lost@example.com' })
    expect(retried.lastResponse.headers['idempotent-replayed']).toBe('true')
    expect((await stage.stripe.customers.list({ email: 'lost@example.com' })).data).toHaveLength(1)

    stage.sandbox.misbehave({ lostAnswers: 2 })
    const create = () => stage.stripe.customers.create({ email: 'gone@example.com' }, { idempotencyKey: 'k' })
    await expect(create()).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError)
    const found = await create()
    expect(
      (await stage.stripe.customers.list({ email: 'gone@example.com' })).data.map(({ id }) => id),
    ).toEqual([found.id])
  })

  it('refuses so many requests with 429 or 5xx, and does nothing of them', async () => {
    const create = () => stage.stripe.customers.create({ email: 'busy@example.com' })
    stage.sandbox.misbehave({ fail: { status: 429, count: 2 } })
    await expect(create()).rejects.toBeInstanceOf(Stripe.errors.StripeRateLimitError)
    await expect(create()).rejects.toMatchObject({ statusCode: 429, code: 'rate_limit' })
    await create()
    stage.sandbox.misbehave({ fail: { status: 503, count: 1 } })
    await expect(create()).rejects.toBeInstanceOf(Stripe.errors.StripeAPIError)
    stage.sandbox.misbehave({ fail: { status: 500, count: 1 } })
    const patient = sdkFor(stage.sandbox, { maxNetworkRetries: 1 })
    await patient.customers.create({ email: 'busy@example.com' })
    expect((await stage.stripe.customers.list({ email: 'busy@example.com' })).data).toHaveLength(2)
  })

  it('refuses for a time, on the clock of the machine', async () => {
    let now = Date.now()
    const timed = await createStage({ clock: { now: () => now } })
    timed.sandbox.misbehave({ fail: { status: 500, forMs: 1000 } })
    await expect(timed.stripe.balance.retrieve()).rejects.toMatchObject({ statusCode: 500 })
    now += 1000
    await timed.stripe.balance.retrieve()
  })

  it('is asked over HTTP too, and told what is wrong with the question', async () => {
    const ask = (body: object) => control(stage.sandbox.url, 'misbehave', body)
    const answer = await ask({ duplicates: 3, order: 'random', seed: 5, fail: { status: 500, count: 1 } })
    expect(await answer.json()).toEqual({
      misbehaviour: { duplicates: 3, order: 'random', seed: 5, fail: { status: 500, count: 1 } },
    })
    for (const wrong of [
      { duplicates: -1 },
      { duplicates: 'many' },
      { order: 'backwards' },
      { fail: 500 },
      { fail: { status: 200 } },
      { explode: true },
    ]) {
      expect((await ask(wrong)).status).toBe(422)
    }
    expect(await (await ask({})).json()).toEqual({ misbehaviour: {} })
    await stage.stripe.balance.retrieve()
  })
})
