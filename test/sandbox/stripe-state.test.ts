import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { startStripeSandbox } from '../../src/sandbox/stripe/start.ts'
import { buy, CARDS, createShop, DAY, pay } from './stripe-shop.ts'
import { closeStages, createStage, sdkFor } from './stripe-stage.ts'

afterEach(closeStages)

describe('the state', () => {
  it('is the same after a restart: objects, keys, clock, timers and what was on its way', async () => {
    const stage = await createStage()
    const shop = await createShop(stage)
    const { customer, subscription } = await buy(stage, shop)
    await stage.sandbox.advance(5 * DAY)
    const idempotencyKey = 'kept'
    const made = await stage.stripe.customers.create({ name: 'Kept' }, { idempotencyKey })
    const open = await stage.stripe.checkout.sessions.create({
      mode: 'subscription',
      customer,
      success_url: 'https://example.com/done',
      line_items: [{ price: shop.pro.id, quantity: 1 }],
    })
    stage.inbox.answer(500)
    await stage.stripe.products.create({ name: 'On its way' })
    await stage.sandbox.advance(0)
    const before = { ...(await stage.stripe.subscriptions.retrieve(subscription)), lastResponse: undefined }
    const clock = stage.sandbox.now()

    const again = await stage.restart()
    stage.inbox.answer(200)
    stage.inbox.clear()
    expect([again.sandbox.secretKey, again.sandbox.webhookSecret]).toEqual([
      stage.sandbox.secretKey,
      stage.sandbox.webhookSecret,
    ])
    expect(again.sandbox.now()).toBeGreaterThanOrEqual(clock)
    const after = { ...(await again.stripe.subscriptions.retrieve(subscription)), lastResponse: undefined }
    expect(after).toEqual(before)
    expect((await again.stripe.customers.create({ name: 'Kept' }, { idempotencyKey })).id).toBe(made.id)
    expect((await again.stripe.webhookEndpoints.list()).data).toHaveLength(1)
    await again.sandbox.advance(DAY)
    expect(stage.inbox.types()).toContain('product.created')
    const expired = await again.stripe.checkout.sessions.retrieve(open.id)
    expect(expired.status).toBe('expired')
    await again.sandbox.advance(31 * DAY)
    expect((await again.stripe.invoices.list({ subscription })).data).toHaveLength(2)
  })

  it('holds everything that was answered, at the moment of the answer', async () => {
    const stage = await createStage()
    const ids: string[] = []
    for (let index = 0; index < 20; index++) ids.push((await stage.stripe.customers.create({})).id)
    // As if the process had died now: the file is read as it lies there.
    const copy = `${stage.statePath}.copy`
    writeFileSync(copy, readFileSync(stage.statePath))
    const other = await startStripeSandbox({ statePath: copy })
    const found = await sdkFor(other).customers.list({ limit: 100 })
    await other.close()
    expect(found.data.map(({ id }) => id).toReversed()).toEqual(ids)
  })

  it('leaves out a last line that was cut off, and is exact about the rest', async () => {
    const stage = await createStage()
    await stage.stripe.customers.create({ name: 'Whole' })
    await stage.sandbox.close()
    appendFileSync(stage.statePath, '[["customer","cus_half",{"id":"cus_ha')
    const again = await stage.restart()
    expect((await again.stripe.customers.list()).data.map(({ name }) => name)).toEqual(['Whole'])
  })

  it('of a file that is not ours is refused with a sentence', async () => {
    const stage = await createStage()
    await stage.sandbox.close()
    writeFileSync(stage.statePath, 'not json\nat all\n')
    await expect(startStripeSandbox({ statePath: stage.statePath })).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('Line 1'),
    })
  })

  it('is for the owner only and shrinks at the next start', async () => {
    const stage = await createStage()
    const { id } = await stage.stripe.customers.create({})
    for (let index = 0; index < 50; index++) await stage.stripe.customers.update(id, { name: `n${index}` })
    await stage.sandbox.close()
    const before = statSync(stage.statePath)
    if (process.platform !== 'win32') expect(before.mode & 0o077).toBe(0)
    const again = await stage.restart()
    await again.sandbox.advance(40 * DAY)
    await again.sandbox.close()
    const small = await stage.restart()
    expect(statSync(stage.statePath).size).toBeLessThan(before.size / 10)
    expect(existsSync(`${stage.statePath}.next`)).toBe(false)
    expect((await small.stripe.customers.list()).data[0]?.name).toBe('n49')
  })

  it('without a file lives as long as the sandbox', async () => {
    const sandbox = await startStripeSandbox({})
    await sdkFor(sandbox).customers.create({})
    await sandbox.close()
    await sandbox.close()
  })

  it('two sandboxes at one port: the second says so', async () => {
    const first = await startStripeSandbox({})
    const port = Number(new URL(first.url).port)
    await expect(startStripeSandbox({ port })).rejects.toMatchObject({ code: 'misconfigured' })
    await first.close()
  })
})

describe('a restart in the middle', () => {
  it('of a year that passed without the sandbox makes up for every renewal in order', async () => {
    let now = Date.UTC(2026, 0, 31, 12)
    const stage = await createStage({ clock: { now: () => now } })
    const shop = await createShop(stage)
    const { subscription } = await buy(stage, shop)
    now += 145 * DAY
    const again = await stage.restart()
    await again.sandbox.advance(0)
    const invoices = (await again.stripe.invoices.list({ subscription, limit: 100 })).data
    expect(
      invoices.map(({ created }) => new Date(created * 1000).toISOString().slice(0, 10)).toReversed(),
    ).toEqual(['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31'])
    expect(invoices.every(({ status }) => status === 'paid')).toBe(true)
  })

  it('a payment page that was open can still be paid', async () => {
    const stage = await createStage()
    const shop = await createShop(stage)
    const session = await stage.stripe.checkout.sessions.create({
      mode: 'subscription',
      customer_email: 'late@example.com',
      success_url: 'https://example.com/done',
      line_items: [{ price: shop.premium.id, quantity: 1 }],
    })
    const again = await stage.restart()
    const url = `${again.sandbox.url}${new URL(String(session.url)).pathname}`
    expect((await pay({ url }, CARDS.pays)).status).toBe(303)
    expect((await again.stripe.checkout.sessions.retrieve(session.id)).status).toBe('complete')
  })
})
