import Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createStripe } from '../../src/adapters/stripe.ts'
import { ask, createTestService, type TestService } from '../http/service.ts'

const NEW = `whsec_${'n'.repeat(32)}`
const OLD = `whsec_${'o'.repeat(32)}`
const sdk = new Stripe('sk_test_x')

let parts: TestService
let now = 0
beforeEach(async () => {
  const secrets = [NEW, OLD]
  const billing = createStripe({ secretKey: 'sk_test_x', webhookSecrets: secrets, clock: { now: () => now } })
  parts = await createTestService({ billing })
  now = parts.clock.now()
})
afterEach(() => parts.close())

let events = 0
function event(given: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: `evt_1Test${++events}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: Math.floor(now / 1000),
    livemode: false,
    type: 'customer.subscription.updated',
    data: { object: { id: 'sub_1', object: 'subscription', customer: 'cus_1abc' } },
    ...given,
  }
}

interface Delivery {
  readonly secret?: string
  /** Seconds from now. */
  readonly age?: number
  readonly headers?: Record<string, string>
}

function bring(body: unknown, { secret = NEW, age = 0, headers = {} }: Delivery = {}) {
  const payload = typeof body === 'string' ? body : JSON.stringify(body)
  const timestamp = Math.floor(now / 1000) - age
  const signature = sdk.webhooks.generateTestHeaderString({ payload, secret, timestamp })
  return ask(parts, '/webhooks/stripe', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Stripe-Signature': signature, ...headers },
    body: payload,
  })
}

const stored = () => parts.sql('SELECT event_id, type, customer_id, origin FROM webhook_events')
const jobs = () => parts.sql('SELECT name, key, payload, wanted FROM jobs')

describe('an event that Stripe signed', () => {
  it('is stored with the job for its customer in one write, and then answered', async () => {
    const sent = event()
    expect(await bring(sent)).toMatchObject({ status: 200, body: { received: true } })
    expect(await stored()).toEqual([
      { event_id: sent.id, type: sent.type, customer_id: 'cus_1abc', origin: 'webhook' },
    ])
    expect(await jobs()).toEqual([
      { name: 'sync-subscription', key: 'cus_1abc', payload: '{"customer_id":"cus_1abc"}', wanted: 1 },
    ])
  })

  it('brought fifty times is stored once and asks for nothing more', async () => {
    const sent = event()
    const answers = await Promise.all(Array.from({ length: 50 }, () => bring(sent)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect((await stored()).length).toBe(1)
    expect(await jobs()).toMatchObject([{ wanted: 1 }])
  })

  it('is accepted with either secret while one is being replaced, and with both signatures', async () => {
    expect((await bring(event(), { secret: NEW })).status).toBe(200)
    expect((await bring(event(), { secret: OLD })).status).toBe(200)
    const payload = JSON.stringify(event())
    const timestamp = Math.floor(now / 1000)
    const sign = (secret: string) => sdk.webhooks.generateTestHeaderString({ payload, secret, timestamp })
    const both = `${sign('whsec_foreign')},${sign(OLD).split(',')[1]}`
    expect((await bring(payload, { headers: { 'Stripe-Signature': both } })).status).toBe(200)
  })

  it('says only whose state to fetch: what else it claims is not kept', async () => {
    const lie = {
      id: 'sub_1',
      object: 'subscription',
      customer: 'cus_1abc',
      status: 'active',
      metadata: { xswarm_user_id: 'me' },
    }
    await bring(event({ data: { object: lie } }))
    expect(JSON.stringify([await stored(), await jobs()])).not.toMatch(/active|xswarm_user_id/)
  })

  it.each([
    [
      'checkout.session.completed',
      { object: 'checkout.session', customer: 'cus_1abc', subscription: null },
      1,
    ],
    ['invoice.paid', { object: 'invoice', customer: { id: 'cus_1abc', object: 'customer' } }, 1],
    ['customer.deleted', { object: 'customer', id: 'cus_1abc', deleted: true }, 1],
    ['charge.refunded', { object: 'charge', customer: 'cus_1abc' }, 1],
    ['charge.dispute.created', { object: 'dispute', id: 'du_1abc', charge: 'ch_1' }, 1],
    ['checkout.session.completed', { object: 'checkout.session', customer: null }, 0],
    ['price.updated', { object: 'price', id: 'price_1' }, 0],
    ['invoice.created', { object: 'invoice', customer: 'cus_1abc' }, 0],
    ['customer.subscription.updated', { object: 'subscription', customer: 7 }, 0],
    ['customer.subscription.updated', { object: 'subscription', customer: "cus_1'; DROP TABLE users" }, 0],
    ['customer.subscription.updated', null, 0],
    ['charge.dispute.created', { object: 'dispute', id: 'x' }, 0],
  ])('%s about %j makes %i job', async (type, object, count) => {
    expect((await bring(event({ type, data: { object } }))).status).toBe(200)
    expect((await stored()).length).toBe(1)
    expect((await jobs()).length).toBe(count)
  })

  it('whose customer has a name that was broken before it came to Stripe is taken as it was signed', async () => {
    const object = { object: 'customer', id: 'cus_1abc', name: 'Jos\uFFFD' }
    expect((await bring(event({ type: 'customer.deleted', data: { object } }))).status).toBe(200)
  })

  it('thirty days late still asks for the state of today', async () => {
    const created = Math.floor(now / 1000) - 30 * 86_400
    expect((await bring(event({ created }))).status).toBe(200)
    expect((await jobs()).length).toBe(1)
  })

  it('of the other mode of Stripe is stored and not looked at', async () => {
    expect((await bring(event({ livemode: true }))).status).toBe(200)
    expect(await jobs()).toEqual([])
  })

  it('in the words of another version is done, and the operator is told', async () => {
    const alerted = await createTestService({
      billing: parts.app.billing,
      config: { email: { domain: 'xswarm.ai', alerts_to: 'ops@example.com' } },
    } as Parameters<typeof createTestService>[0])
    const old = parts
    parts = alerted
    await bring(event({ api_version: '2026-08-26.dahlia' }))
    await bring(event({ api_version: '2026-08-26.dahlia' }))
    const made = await parts.sql('SELECT name, key FROM jobs ORDER BY name')
    expect(made).toEqual([
      { name: 'send-mail', key: 'billing-alert-api-version' },
      { name: 'sync-subscription', key: 'cus_1abc' },
    ])
    await old.close()
  })

  it('that is thin tells of usage that Stripe could not use', async () => {
    const thin = {
      id: 'evt_test_65Thin',
      object: 'v2.core.event',
      type: 'v1.billing.meter.error_report_triggered',
      created: new Date(now).toISOString(),
      livemode: false,
      related_object: { id: 'mtr_1', type: 'billing.meter', url: '/v1/billing/meters/mtr_1' },
    }
    expect((await bring(thin)).status).toBe(200)
    expect(await stored()).toMatchObject([{ event_id: 'evt_test_65Thin', customer_id: null }])
    expect(parts.logged.some(({ level, message }) => level === 'error' && /usage/.test(message))).toBe(true)
    expect((await bring(thin, { secret: 'whsec_wrong' })).status).toBe(400)
  })

  it('is kept for 35 days', async () => {
    await bring(event())
    const forget = () => parts.database.write({ statements: [parts.app.events.forgetOld(parts.clock.now())] })
    parts.clock.advance(35 * 86_400_000 - 1)
    await forget()
    expect((await stored()).length).toBe(1)
    parts.clock.advance(1)
    await forget()
    expect(await stored()).toEqual([])
  })
})

describe('what is refused leaves no row', () => {
  const refused: [string, number, (sent: string) => ReturnType<typeof bring>][] = [
    ['the wrong secret', 400, (sent) => bring(sent, { secret: 'whsec_wrong' })],
    ['301 seconds of age', 400, (sent) => bring(sent, { age: 301 })],
    ['a time 301 seconds ahead', 400, (sent) => bring(sent, { age: -301 })],
    ['no signature', 400, (sent) => bring(sent, { headers: { 'Stripe-Signature': '' } })],
    ['a signature of nonsense', 400, (sent) => bring(sent, { headers: { 'Stripe-Signature': 't=1,v1=zz' } })],
    ['a signature without a time', 400, (sent) => bring(sent, { headers: { 'Stripe-Signature': 'v1=00' } })],
    ['a signed text that is no JSON', 400, () => bring('{"id":')],
    ['a signed JSON that is no event', 400, () => bring('[]')],
    ['a signed null', 400, () => bring('null')],
    ['a signed event without a name', 400, () => bring(event({ id: 7 }))],
    ['a signed event with a strange name', 400, () => bring(event({ id: `evt_${'x'.repeat(500)}` }))],
    ['an empty body', 400, () => bring('')],
    ['another content type', 415, (sent) => bring(sent, { headers: { 'Content-Type': 'text/plain' } })],
    ['more than 256 KiB', 413, () => bring(event({ padding: 'x'.repeat(256 * 1024) }))],
  ]
  it.each(refused)('%s', async (_, status, send) => {
    expect((await send(JSON.stringify(event()))).status).toBe(status)
    expect(await stored()).toEqual([])
    expect(await jobs()).toEqual([])
  })

  it('a body that was changed by one byte', async () => {
    const payload = JSON.stringify(event())
    const timestamp = Math.floor(now / 1000)
    const signature = sdk.webhooks.generateTestHeaderString({ payload, secret: NEW, timestamp })
    const changed = payload.replace('cus_1abc', 'cus_1abd')
    const answer = await bring(changed, { headers: { 'Stripe-Signature': signature } })
    expect(answer).toMatchObject({ status: 400, body: { type: 'urn:xswarm:problem:bad-signature' } })
    expect(await stored()).toEqual([])
  })

  it('at the edge of the tolerance it is still accepted', async () => {
    expect((await bring(event(), { age: 300 })).status).toBe(200)
    expect((await bring(event(), { age: -300 })).status).toBe(200)
  })

  it('256 KiB of event are accepted', async () => {
    expect((await bring(event({ padding: 'x'.repeat(255 * 1024) }))).status).toBe(200)
  })
})

describe('what cannot be stored', () => {
  it('is answered 503, so that Stripe brings it again', async () => {
    await parts.sql('ALTER TABLE webhook_events RENAME TO gone')
    expect((await bring(event())).status).toBeGreaterThanOrEqual(500)
    await parts.sql('ALTER TABLE gone RENAME TO webhook_events')
    expect((await bring(event())).status).toBe(200)
  })

  it('for want of a secret is our fault and not the sender’s', async () => {
    const billing = createStripe({ secretKey: 'sk_test_x', webhookSecrets: [], clock: { now: () => now } })
    const without = await createTestService({ billing })
    const old = parts
    parts = without
    expect((await bring(event())).status).toBe(500)
    await old.close()
  })
})

describe('features.stripe_enabled = false', () => {
  it('leaves no route, no schema and no key that is asked for', async () => {
    const off = await createTestService()
    const none = ['/api/billing/checkout', '/api/billing/portal', '/webhooks/stripe', '/billing/done']
    for (const path of none) expect((await off.service.request(path, { method: 'POST' })).status).toBe(404)
    const document = await (await off.service.request('/openapi.json')).text()
    expect(document).not.toMatch(/billing\/|webhooks\/stripe/)
    await off.close()
  })
})
