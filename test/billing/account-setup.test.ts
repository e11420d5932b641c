import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkBilling } from '../../src/actions/check-billing.ts'
import { setupStripe } from '../../src/actions/setup-stripe.ts'
import { createStripe, STRIPE_API_VERSION } from '../../src/adapters/stripe.ts'
import { HANDLED_EVENTS } from '../../src/domain/billing-events.ts'
import type { ProjectConfig } from '../../src/domain/project.ts'
import { AMOUNTS, type BillingStage, createBillingStage } from './stage.ts'

let stage: BillingStage
beforeEach(async () => {
  stage = await createBillingStage()
})
afterEach(() => stage.close())

const wish = () => ({ publicUrl: stage.url, currency: 'usd', amounts: AMOUNTS })
const endpoints = async () => (await stage.stripe.webhookEndpoints.list()).data

/** What doctor says, by name, without what is in order. */
async function faults(
  change: Partial<ProjectConfig> = {},
  probe = async (_: string) => 400 as number | undefined,
) {
  const config = { ...stage.app.config, ...change }
  const checks = await checkBilling({ billing: stage.billing, config, probe })
  for (const one of checks) if (one.state === 'FAIL' && one.name !== 'stripe') expect(one.fix).toBeTruthy()
  return checks
    .filter(({ state }) => state !== 'ok')
    .map(({ state, name, message }) => `${state} ${name}: ${message}`)
}

describe('xswarm stripe setup', () => {
  it('made what is sold, and an endpoint with exactly the events and the version that we handle', async () => {
    const [endpoint, another] = await endpoints()
    expect(another).toBeUndefined()
    expect(endpoint).toMatchObject({
      url: `${stage.url}/webhooks/stripe`,
      api_version: STRIPE_API_VERSION,
      status: 'enabled',
    })
    expect([...(endpoint?.enabled_events ?? [])].sort()).toEqual([...HANDLED_EVENTS].sort())
    const premium = await stage.stripe.prices.retrieve(stage.prices.premium)
    expect(premium).toMatchObject({
      unit_amount: 2000,
      metadata: { xswarm_tier: 'premium' },
      recurring: { interval: 'month' },
    })
  })

  it('run again makes nothing', async () => {
    const again = await setupStripe({ billing: stage.billing }, wish())
    expect(new Set(again.steps.map(({ did }) => did))).toEqual(new Set(['found']))
    expect(again).toMatchObject({ prices: stage.prices, webhookSecret: undefined, outdated: [] })
    expect((await stage.stripe.products.list()).data.length).toBe(3)
    expect((await endpoints()).length).toBe(1)
  })

  it('switches an endpoint on again and gives it the events that it lacks', async () => {
    const [endpoint] = await endpoints()
    await stage.stripe.webhookEndpoints.update(endpoint?.id ?? '', {
      disabled: true,
      enabled_events: ['invoice.paid'],
    })
    const { steps } = await setupStripe({ billing: stage.billing }, wish())
    expect(steps[0]).toMatchObject({ did: 'changed', id: endpoint?.id })
    expect(await faults()).toEqual([])
  })

  it('with prices below a cent says them exactly', async () => {
    const fresh = await createBillingStage()
    await fresh.stripe.prices.update(fresh.prices.voice, { active: false })
    const { prices } = await setupStripe(
      { billing: fresh.billing },
      { publicUrl: fresh.url, currency: 'usd', amounts: { ...AMOUNTS, voice: '0.85' } },
    )
    const price = await fresh.stripe.prices.retrieve(prices.voice)
    expect(String(price.unit_amount_decimal)).toBe('0.85')
    await fresh.close()
  })
})

describe('doctor', () => {
  it('finds nothing after setup', async () => expect(await faults()).toEqual([]))

  it('finds each planted misconfiguration', async () => {
    const { stripe } = stage.app.config
    const [endpoint] = await endpoints()
    const id = endpoint?.id ?? ''
    const prices = (change: object) => ({ stripe: { ...stripe, prices: { ...stripe.prices, ...change } } })
    const server = (public_url: string) => ({ server: { ...stage.app.config.server, public_url } })

    expect(await faults({ stripe: { prices: {} } })).toEqual([
      'FAIL stripe.prices.premium: is not set',
      expect.stringMatching(/^warn stripe.prices.voice: is not set/),
      expect.stringMatching(/^warn stripe.prices.sms: is not set/),
    ])
    expect(await faults(prices({ premium: 'price_1234567890' }))).toEqual([
      expect.stringMatching(/^FAIL stripe.prices.premium: there is no such price/),
    ])
    expect(await faults(prices({ premium: stripe.prices.voice }))).toEqual([
      expect.stringMatching(/^FAIL stripe.prices.premium: is metered/),
    ])
    expect(await faults(prices({ voice: stripe.prices.sms }))).toEqual([
      expect.stringMatching(/^FAIL stripe.prices.voice: does not count the events xswarm_voice_minutes/),
    ])
    expect(await faults(prices({ sms: stripe.prices.premium }))).toEqual([
      expect.stringMatching(/^FAIL stripe.prices.sms: is not metered/),
    ])
    expect(await faults(server('https://elsewhere.example'))).toEqual([
      expect.stringMatching(
        /^FAIL stripe webhook: no webhook endpoint at https:\/\/elsewhere.example\/webhooks\/stripe; there is/,
      ),
    ])
    expect(await faults({}, async () => 307)).toEqual([expect.stringMatching(/FAIL .*redirects \(307\)/)])
    expect(await faults({}, async () => 404)).toEqual([expect.stringMatching(/FAIL .*answers 404/)])
    expect(await faults({}, async () => undefined)).toEqual([
      expect.stringMatching(/^warn .*cannot be reached/),
    ])

    await stage.stripe.webhookEndpoints.update(id, { disabled: true })
    expect(await faults()).toEqual([`FAIL stripe webhook ${id}: is disabled, so no event arrives`])
    await stage.stripe.webhookEndpoints.update(id, {
      disabled: false,
      enabled_events: ['invoice.paid', 'invoice.created'],
    })
    expect(await faults()).toEqual([
      expect.stringMatching(/does not send checkout.session.completed/),
      expect.stringMatching(/sends events that nobody handles/),
    ])
    await stage.stripe.webhookEndpoints.update(id, { enabled_events: [...HANDLED_EVENTS] })
    const twin = await stage.billing.setup.createEndpoint(endpoint?.url ?? '', HANDLED_EVENTS)
    expect(await faults()).toEqual([expect.stringMatching(/2 endpoints .* 2 times/)])
    await stage.stripe.webhookEndpoints.del(twin.id)
    await stage.stripe.webhookEndpoints.del(id)
    await stage.stripe.webhookEndpoints.create({
      url: endpoint?.url ?? '',
      enabled_events: [...HANDLED_EVENTS],
    })
    const version = await faults()
    expect(version.every((line) => /sends the version/.test(line))).toBe(true)
    await stage.stripe.prices.update(stage.prices.premium, { active: false })
    expect((await faults())[0]).toMatch(/^FAIL stripe.prices.premium: is archived/)
  })

  it('says which mode the key is of when the price is of the other', async () => {
    const setup = {
      ...stage.billing.setup,
      findPrice: async (by: Parameters<typeof stage.billing.setup.findPrice>[0]) => {
        const price = await stage.billing.setup.findPrice(by)
        return price && { ...price, livemode: true }
      },
    }
    const checks = await checkBilling({
      billing: { ...stage.billing, setup },
      config: stage.app.config,
      probe: async () => 400,
    })
    expect(checks[0]).toMatchObject({ state: 'FAIL', message: 'is of the other mode than the key' })
  })

  it('with a wrong key or without one says so in one line', async () => {
    const wrong = createStripe({
      secretKey: `sk_${'test'}_wrong`,
      webhookSecrets: [],
      apiBase: stage.sandbox.url,
      clock: stage.clock,
      retriesMax: 0,
    })
    const { config } = stage.app
    const probe = async () => 400
    expect(await checkBilling({ billing: wrong, config, probe })).toMatchObject([
      { state: 'FAIL', name: 'stripe' },
    ])
    expect(await checkBilling({ billing: undefined, config, probe })).toMatchObject([
      { state: 'FAIL', message: expect.stringContaining('STRIPE_SECRET_KEY') },
    ])
  })
})

it('the version we speak is the one whose types the SDK has', async () => {
  const { Stripe } = await import('stripe')
  expect(Stripe.API_VERSION).toBe(STRIPE_API_VERSION)
})
