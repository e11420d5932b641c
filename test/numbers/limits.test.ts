import { afterEach, describe, expect, test } from 'vitest'
import { defaultConfig } from '../app.ts'
import { createNumberWorld, DAY_MS, inventoryOf, MINUTE_MS, type NumberWorld } from './world.ts'

let world: NumberWorld
afterEach(() => world.close())

let calls = 0
const begin = async (numbers: Partial<ReturnType<typeof defaultConfig>['numbers']> = {}) => {
  const defaults = defaultConfig()
  calls = 0
  world = await createNumberWorld({
    betweenTwilio: (real) => ({
      ...real,
      search(limit) {
        calls += 1
        return real.search(limit)
      },
    }),
    config: {
      numbers: { ...defaults.numbers, ...numbers },
      email: { ...defaults.email, alerts_to: 'ops@example.com' },
    },
  })
}
const alerts = () =>
  world.mailbox
    .list()
    .filter(({ to }) => to === 'ops@example.com')
    .map(({ text }) => text)

describe('the spend breaker', () => {
  test('of the hour lets so many through, tells the operator once, and goes on by itself', async () => {
    await begin({ purchases_per_hour_max: 2 })
    for (const user of ['a', 'b', 'c', 'd']) await world.addUser(user)
    await world.sweep(30 * MINUTE_MS)
    expect(await inventoryOf(world)).toHaveLength(2)
    expect(alerts()).toHaveLength(1)
    expect(alerts()[0]).toContain('purchases_per_hour_max')
    expect(await world.app.numbers.spending(world.clock.now())).toMatchObject({ lastHour: 2 })
    expect(await world.app.jobs.list({ state: 'failed', limit: 5 })).toEqual([])
    await world.work(60 * MINUTE_MS)
    expect(await inventoryOf(world)).toHaveLength(4)
  })

  test('of a user stops whoever comes and goes, and nobody else', async () => {
    await begin({ purchases_per_user_max: 1, grace_days: 0 })
    await world.addUser('alice')
    await world.sweep()
    await world.setTier('alice', 'free')
    await world.work()
    world.clock.advance(1)
    await world.sweep(5 * MINUTE_MS)
    await world.setTier('alice', 'premium')
    await world.addUser('bob')
    await world.sweep(3 * 60 * MINUTE_MS)
    expect(await world.numberOf('alice')).toBeNull()
    expect(await world.numberOf('bob')).not.toBeNull()
    expect(await inventoryOf(world)).toHaveLength(1)
    await world.work(30 * DAY_MS)
    expect(await world.numberOf('alice')).not.toBeNull()
  })

  test('at zero buys nothing at all', async () => {
    await begin({ purchases_per_hour_max: 0 })
    await world.addUser('alice')
    await world.sweep(3 * 60 * MINUTE_MS)
    expect(await inventoryOf(world)).toEqual([])
  })
})

describe('Twilio refusing the account', () => {
  test('stops everybody after one call, tells the operator once, uses up no attempt, and goes on when it is right again', async () => {
    await begin()
    for (const user of ['a', 'b', 'c']) await world.addUser(user)
    world.sandbox.misbehave({ wrongAuth: true })
    await world.sweep(4 * MINUTE_MS)
    expect(calls).toBe(1)
    await world.work(12 * 60 * MINUTE_MS)
    // One looks every five minutes, however many wait.
    expect(calls).toBeLessThanOrEqual(12 * 12 + 1)
    expect(alerts()).toHaveLength(1)
    expect(alerts()[0]).toContain('TWILIO_AUTH_TOKEN')
    expect(await world.app.jobs.list({ state: 'failed', limit: 5 })).toEqual([])
    const waiting = await world.app.jobs.list({ state: 'waiting', limit: 10 })
    expect(Math.max(...waiting.map(({ attempts }) => attempts))).toBeLessThanOrEqual(1)
    world.sandbox.behave()
    await world.work(10 * MINUTE_MS)
    expect(await inventoryOf(world)).toHaveLength(3)
    expect(await world.app.numbers.findPause()).toBeUndefined()
  })

  test('with a trial account one number is bought, and the rest is given up with the reason', async () => {
    await begin()
    await world.sandbox.changeAccount({ type: 'Trial' })
    await world.addUser('alice')
    await world.addUser('bob')
    await world.sweep(60 * MINUTE_MS)
    expect(await inventoryOf(world)).toHaveLength(1)
    const [failed] = await world.app.jobs.list({ state: 'failed', limit: 5 })
    expect(failed).toMatchObject({ name: 'buy-number', last_error: expect.stringContaining('21404') })
    expect(alerts().join()).toContain('21404')
    // A paid account and a retry put it right.
    await world.sandbox.changeAccount({ type: 'Full' })
    await world.app.jobs.retry(failed?.id ?? 0)
    await world.work()
    expect(await inventoryOf(world)).toHaveLength(2)
  })
})

test('without stock people wait, the page says so, and they get theirs when there is some', async () => {
  await begin()
  await world.addUser('alice')
  world.sandbox.misbehave({ stockEmpty: true })
  await world.sweep(3 * 60 * MINUTE_MS)
  expect(await world.ledger()).toMatchObject([
    { state: 'wanted', last_error: expect.stringContaining('for sale') },
  ])
  world.sandbox.behave()
  await world.work(15 * MINUTE_MS)
  expect(await world.numberOf('alice')).not.toBeNull()
})
