import { afterEach, describe, expect, test } from 'vitest'
import {
  createNumberWorld,
  DAY_MS,
  inventoryOf,
  MINUTE_MS,
  type NumberWorld,
  type WorldOptions,
} from './world.ts'

let world: NumberWorld
const begin = async (options?: WorldOptions): Promise<NumberWorld> => {
  world = await createNumberWorld(options)
  return world
}
afterEach(() => world.close())

describe('a user with a tier that includes a number', () => {
  test('gets one by the sweep, bought, tagged and pointing at us', async () => {
    await begin()
    await world.addUser('alice')
    await world.sweep()
    const [entry] = await world.ledger()
    expect(entry).toMatchObject({ user_id: 'alice', state: 'active', origin: 'bought', unsure: 0 })
    expect(await world.numberOf('alice')).toBe(entry?.e164)
    expect(await inventoryOf(world)).toEqual([{ e164: entry?.e164, name: `xs1:development:${entry?.id}` }])
    const [number] = await world.twilio.list()
    expect(number).toMatchObject({
      voice_url: 'http://localhost:8787/webhooks/twilio/voice#rt=2000&rc=1',
      sms_url: 'http://localhost:8787/webhooks/twilio/sms',
      status_url: 'http://localhost:8787/webhooks/twilio/status',
    })
    expect(world.sandbox.warnings()).toEqual([])
    expect(world.mailbox.list().map(({ subject }) => subject)).toEqual(['Your xSwarm number is there'])
  })

  test('gets no second one, however often it is swept', async () => {
    await begin()
    await world.addUser('alice')
    for (let round = 0; round < 3; round++) await world.sweep(MINUTE_MS)
    expect(await inventoryOf(world)).toHaveLength(1)
  })
})

describe('losing the tier', () => {
  test('keeps the number for the grace time, then gives it back', async () => {
    await begin()
    await world.addUser('alice')
    await world.sweep()
    const number = await world.numberOf('alice')
    await world.setTier('alice', 'free')
    await world.work()
    expect(await world.numberOf('alice')).toBeNull()
    expect(await world.ledger()).toMatchObject([{ state: 'grace', e164: number, user_id: 'alice' }])
    world.clock.advance(29 * DAY_MS)
    await world.sweep()
    expect(await inventoryOf(world)).toHaveLength(1)
    world.clock.advance(1 * DAY_MS)
    await world.sweep(5 * MINUTE_MS)
    expect(await inventoryOf(world)).toEqual([])
    expect(await world.ledger()).toMatchObject([{ state: 'released', e164: number }])
  })

  test('and having it again in time restores the same number', async () => {
    await begin()
    await world.addUser('alice')
    await world.sweep()
    const number = await world.numberOf('alice')
    await world.setTier('alice', 'free')
    await world.work()
    world.clock.advance(20 * DAY_MS)
    await world.setTier('alice', 'premium')
    await world.work()
    expect(await world.numberOf('alice')).toBe(number)
    expect(await inventoryOf(world)).toHaveLength(1)
    world.clock.advance(40 * DAY_MS)
    await world.sweep()
    expect(await world.numberOf('alice')).toBe(number)
  })
})
