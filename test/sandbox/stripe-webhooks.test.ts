import Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RETRIES_MS } from '../../src/sandbox/stripe/deliveries.ts'
import { control, DAY, HOUR } from './stripe-shop.ts'
import {
  closeStages,
  createInbox,
  createStage,
  type Inbox,
  type Received,
  type Stage,
} from './stripe-stage.ts'

let stage: Stage
const inboxes: Inbox[] = []
beforeEach(async () => {
  stage = await createStage()
})
afterEach(async () => {
  await closeStages()
  for (const inbox of inboxes.splice(0)) await inbox.close()
})

async function another(): Promise<Inbox> {
  const inbox = await createInbox()
  inboxes.push(inbox)
  return inbox
}

function verify({ body, signature }: Received, secret: string): Stripe.Event {
  return stage.stripe.webhooks.constructEvent(body, signature, secret)
}

describe('a webhook', () => {
  it('is signed so that constructEvent accepts it, and nothing else', async () => {
    const product = await stage.stripe.products.create({ name: 'Signed' }, { idempotencyKey: 'why' })
    await stage.sandbox.advance(0)
    const [received] = stage.inbox.received
    if (received === undefined) throw new Error('nothing arrived')
    const event = verify(received, stage.sandbox.webhookSecret)
    expect(event).toMatchObject({
      object: 'event',
      type: 'product.created',
      api_version: Stripe.API_VERSION,
      livemode: false,
      data: { object: { id: product.id } },
      request: { id: product.lastResponse.requestId, idempotency_key: 'why' },
    })
    expect(() => verify(received, `wh${'sec'}_other`)).toThrow(/signature/)
    const forged = { ...received, body: received.body.replace('Signed', 'Forged') }
    expect(() => verify(forged, stage.sandbox.webhookSecret)).toThrow(/signature/)
  })

  it('is signed at the time of the machine, however far ahead the sandbox is', async () => {
    await stage.sandbox.advance(100 * DAY)
    stage.inbox.clear()
    await stage.stripe.products.create({ name: 'Later' })
    await stage.sandbox.advance(0)
    const [received] = stage.inbox.received
    if (received === undefined) throw new Error('nothing arrived')
    const event = verify(received, stage.sandbox.webhookSecret) // the SDK's tolerance is five minutes
    expect(event.created * 1000).toBeGreaterThan(Date.now() + 99 * DAY)
    const signedAt = Number(/t=(\d+)/.exec(received.signature)?.[1])
    expect(Math.abs(signedAt - Date.now() / 1000)).toBeLessThan(60)
  })

  it('goes to every endpoint that wants it, with its own secret and version', async () => {
    const [wants, wantsNot] = [await another(), await another()]
    const made = await stage.stripe.webhookEndpoints.create({
      url: wants.url,
      enabled_events: ['product.created', 'product.updated'],
      api_version: '2025-03-31.basil',
    })
    const other = await stage.stripe.webhookEndpoints.create({
      url: wantsNot.url,
      enabled_events: ['invoice.paid'],
    })
    await stage.stripe.products.create({ name: 'For two' })
    await stage.sandbox.advance(0)
    expect([stage.inbox.types(), wants.types(), wantsNot.types()]).toEqual([
      ['product.created'],
      ['product.created'],
      [],
    ])
    const [first] = wants.received
    if (first === undefined) throw new Error('nothing arrived')
    expect(verify(first, String(made.secret)).api_version).toBe('2025-03-31.basil')
    expect(() => verify(first, String(other.secret))).toThrow()

    expect(made.secret).toMatch(/^whsec_/)
    expect((await stage.stripe.webhookEndpoints.retrieve(made.id)).secret).toBeUndefined()
    await stage.stripe.webhookEndpoints.update(made.id, { disabled: true })
    await stage.stripe.webhookEndpoints.del(other.id)
    await stage.stripe.products.create({ name: 'For one' })
    await stage.sandbox.advance(0)
    expect(wants.received).toHaveLength(1)
    expect((await stage.stripe.webhookEndpoints.list()).data.map(({ status }) => status)).toEqual([
      'disabled',
      'enabled',
    ])
  })

  it('counts as received by 2xx only; a redirect is a failure', async () => {
    for (const status of [400, 307, 500, 204]) {
      stage.inbox.answer(status)
      const { id } = await stage.stripe.products.create({ name: `Answer ${status}` })
      await stage.sandbox.advance(0)
      const { data } = await stage.stripe.events.list({ type: 'product.created' })
      const event = data.find(({ data: { object } }) => (object as Stripe.Product).id === id)
      expect([status, event?.pending_webhooks]).toEqual([status, status === 204 ? 0 : 1])
    }
    expect((await stage.stripe.events.list({ delivery_success: true })).data).toHaveLength(1)
  })

  it('is sent again later and later for three days, and then given up', async () => {
    stage.inbox.answer(503)
    await stage.stripe.products.create({ name: 'Nobody is home' })
    await stage.sandbox.advance(0)
    const began = stage.sandbox.now()
    const seen = [stage.inbox.received.length]
    for (const wait of RETRIES_MS) {
      await stage.sandbox.advance(wait + 1000)
      seen.push(stage.inbox.received.length)
    }
    expect(seen).toEqual(seen.map((_, index) => index + 1))
    expect(stage.sandbox.now() - began).toBeGreaterThan(2.5 * DAY)
    await stage.sandbox.advance(7 * DAY)
    expect(stage.inbox.received).toHaveLength(RETRIES_MS.length + 1)
    expect(new Set(stage.inbox.received.map(({ event }) => event.id)).size).toBe(1)
  })

  it('arrives with its next try once somebody is home again', async () => {
    stage.inbox.answer(500)
    await stage.stripe.products.create({ name: 'Later' })
    await stage.sandbox.advance(30 * 60_000)
    stage.inbox.answer(200)
    stage.inbox.clear()
    await stage.sandbox.advance(HOUR)
    expect(stage.inbox.types()).toEqual(['product.created'])
    await stage.sandbox.advance(3 * DAY)
    expect(stage.inbox.received).toHaveLength(1)
    const [event] = (await stage.stripe.events.list({})).data
    expect(event?.pending_webhooks).toBe(0)
  })

  it('is sent again on demand', async () => {
    await stage.stripe.products.create({ name: 'Twice' })
    await stage.sandbox.advance(0)
    const [event] = (await stage.stripe.events.list({})).data
    expect((await control(stage.sandbox.url, 'resend', { event: event?.id })).status).toBe(200)
    await stage.sandbox.advance(0)
    expect(stage.inbox.received.map(({ event: { id } }) => id)).toEqual([event?.id, event?.id])
  })
})

describe('events', () => {
  it('are forgotten after thirty days', async () => {
    await stage.stripe.products.create({ name: 'Old' })
    const [event] = (await stage.stripe.events.list({})).data
    await stage.sandbox.advance(29 * DAY)
    expect((await stage.stripe.events.list({})).data).toHaveLength(1)
    await stage.sandbox.advance(2 * DAY)
    expect((await stage.stripe.events.list({})).data).toEqual([])
    await expect(stage.stripe.events.retrieve(String(event?.id))).rejects.toMatchObject({ statusCode: 404 })
  })
})
