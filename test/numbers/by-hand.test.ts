import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeAccount } from '../../src/actions/close-account.ts'
import { createNumberWorld, DAY_MS, inventoryOf, MINUTE_MS, type NumberWorld } from './world.ts'

const byHand = '+18005551001'
let world: NumberWorld
beforeEach(async () => {
  world = await createNumberWorld()
})
afterEach(() => world.close())

const setNumber = (number: string | null, user = 'alice') =>
  world.sql('UPDATE users SET xswarm_phone = ? WHERE id = ?', number, user)
const entries = async () =>
  (await world.ledger()).map(({ user_id, state, origin, e164 }) => `${user_id} ${state} ${origin} ${e164}`)

describe('a number set by hand', () => {
  test('in the row of a new user is adopted, and never given back at Twilio', async () => {
    await world.addUser('alice', { number: byHand })
    expect(await entries()).toEqual([`alice active adopted ${byHand}`])
    await world.sweep(MINUTE_MS)
    expect(await inventoryOf(world)).toEqual([])
    await world.setTier('alice', 'free')
    world.clock.advance(31 * DAY_MS)
    await world.work()
    world.clock.advance(31 * DAY_MS)
    await world.sweep()
    expect(await world.ledger()).toMatchObject([
      { state: 'released', last_error: expect.stringContaining('left') },
    ])
  })

  test('in the place of a bought one keeps that for the grace time, without an owner', async () => {
    await world.addUser('alice')
    await world.sweep()
    const bought = await world.numberOf('alice')
    await setNumber(byHand)
    expect(await entries()).toEqual([`null grace bought ${bought}`, `alice active adopted ${byHand}`])
    // Set back in time, it is theirs again, and the other one waits in its place.
    await setNumber(bought)
    expect(await entries()).toEqual([`alice active bought ${bought}`, `null grace adopted ${byHand}`])
    world.clock.advance(40 * DAY_MS)
    await world.sweep()
    world.clock.advance(31 * DAY_MS)
    await world.sweep()
    expect(await inventoryOf(world)).toHaveLength(1)
    expect(await world.numberOf('alice')).toBe(bought)
  })

  test('while one is being bought leaves nothing of the purchase', async () => {
    await world.addUser('alice')
    world.sandbox.misbehave({ lostAnswers: { on: ['buy', 'list'], times: 2 } })
    await world.sweep()
    expect(await world.ledger()).toMatchObject([{ state: 'buying', unsure: 1 }])
    await setNumber(byHand)
    await world.sweep(10 * MINUTE_MS)
    expect(await inventoryOf(world)).toEqual([])
    expect(await world.numberOf('alice')).toBe(byHand)
  })

  test('twice is refused by the database itself', async () => {
    await world.addUser('alice')
    await world.sweep()
    const number = await world.numberOf('alice')
    await world.setTier('alice', 'free')
    await world.work()
    // In her grace time the number is still hers.
    await world.addUser('bob', { tier: 'free' })
    await expect(setNumber(number, 'bob')).rejects.toThrow('numbers.e164')
    expect(await world.numberOf('bob')).toBeNull()
    await expect(
      world.sql(`INSERT INTO numbers (id, user_id, state, origin) VALUES ('x', 'alice', 'wanted', 'bought')`),
    ).rejects.toThrow('numbers.user_id')
    await expect(world.sql('DELETE FROM numbers')).rejects.toThrow('never_forgotten')
  })

  test('to nothing is restored by the sweep when the tier includes one', async () => {
    await world.addUser('alice')
    await world.sweep()
    const number = await world.numberOf('alice')
    await setNumber(null)
    expect(await entries()).toEqual([`alice grace bought ${number}`])
    await world.sweep()
    expect(await world.numberOf('alice')).toBe(number)
  })
})

describe('a tier set by hand in the database', () => {
  test('brings a number by the sweep and loses it by the sweep', async () => {
    await world.addUser('alice', { tier: 'free' })
    await world.sweep()
    expect(await world.ledger()).toEqual([])
    await world.sql(`UPDATE users SET subscription_tier = 'premium'`)
    await world.sweep()
    expect(await world.numberOf('alice')).not.toBeNull()
    await world.sql(`UPDATE users SET subscription_tier = 'free'`)
    await world.sweep()
    expect(await world.numberOf('alice')).toBeNull()
    expect(await world.ledger()).toMatchObject([{ state: 'grace' }])
  })
})

describe('an account that is closed', () => {
  test('gives its number back, and no row says whose it was or which', async () => {
    await world.addUser('alice')
    await world.sweep()
    const number = await world.numberOf('alice')
    await closeAccount(world.app, 'alice', 'user:alice')
    await world.sweep(5 * MINUTE_MS)
    expect(await inventoryOf(world)).toEqual([])
    expect(await world.ledger()).toMatchObject([{ user_id: null, e164: null, state: 'released' }])
    expect(await world.app.numbers.findUsed([number ?? ''])).toEqual(new Set([number]))
  })

  test('in the middle of a purchase ends with no number and no leak', async () => {
    await world.addUser('alice')
    world.sandbox.misbehave({ lostAnswers: { on: ['buy', 'list'], times: 2 } })
    await world.sweep()
    expect(await inventoryOf(world)).toHaveLength(1)
    await closeAccount(world.app, 'alice', 'user:alice')
    await world.sweep(10 * MINUTE_MS)
    expect(await inventoryOf(world)).toEqual([])
    expect(await world.ledger()).toMatchObject([{ user_id: null, state: 'released' }])
  })

  test('by DELETE in the database gives it back as well', async () => {
    await world.addUser('alice')
    await world.sweep()
    await world.sql(`DELETE FROM users WHERE id = 'alice'`)
    await world.sweep(5 * MINUTE_MS)
    expect(await inventoryOf(world)).toEqual([])
  })
})

test('a cancel that overtakes the purchase ends with no number and no leak', async () => {
  await world.addUser('alice')
  world.sandbox.misbehave({ lostAnswers: { on: ['buy', 'list'], times: 2 } })
  await world.sweep()
  expect(await inventoryOf(world)).toHaveLength(1)
  await world.setTier('alice', 'free')
  await world.work(10 * MINUTE_MS)
  expect(await inventoryOf(world)).toEqual([])
  expect(await world.ledger()).toMatchObject([{ user_id: 'alice', state: 'released' }])
})
