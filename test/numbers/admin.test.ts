import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createUser } from '../../src/actions/create-user.ts'
import { createHttp } from '../../src/http/service.ts'
import { ask, bearer, signInAs } from '../sign-in/people.ts'
import { createNumberWorld, inventoryOf, MINUTE_MS, type NumberWorld } from './world.ts'

const boss = {
  email: 'boss@example.com',
  access_level: 'admin',
  can_provision_numbers: true,
  can_view_all_users: true,
}
let world: NumberWorld
let send: (method: string, path: string, as?: 'boss' | 'alice') => ReturnType<typeof ask>

const begin = async (admin: Partial<typeof boss> = {}) => {
  world = await createNumberWorld({ config: { admin: { ...boss, ...admin } } })
  const parts = { ...world, service: createHttp(world.app) }
  await world.addUser('alice')
  const tokens = {
    boss: (await signInAs(parts, boss.email)).token,
    alice: (await signInAs(parts, 'alice@example.com', '192.0.2.77')).token,
  }
  send = (method, path, as = 'boss') => ask(parts, path, { method, headers: bearer(tokens[as]) })
}
beforeEach(() => begin())
afterEach(() => world.close())

const number = '/api/admin/users/alice/number'

describe('the admin with the right over HTTP', () => {
  it('provides a number, sees it in the story and gives it back for good', async () => {
    expect(await send('POST', number)).toMatchObject({ status: 202, body: { number: null } })
    await world.work()
    const there = await send('POST', number)
    expect(there.body.number).toMatchObject({ state: 'active', user_id: 'alice' })
    const story = await send('GET', '/api/admin/users/alice')
    expect(story.body).toMatchObject({
      user: { number: { state: 'active' } },
      numbers: [{ state: 'active', e164: there.body.number.e164 }],
    })
    const gone = await send('DELETE', number)
    expect(gone).toMatchObject({ status: 202, body: { number: { state: 'releasing' } } })
    expect(await world.numberOf('alice')).toBeNull()
    await world.sweep(5 * MINUTE_MS)
    // She still has premium: the other one is hers now.
    expect(await inventoryOf(world)).toMatchObject([{ e164: await world.numberOf('alice') }])
    const actions = (await world.app.audit.list({ user_id: 'alice', limit: 20 })).map(({ action }) => action)
    expect(actions).toEqual(expect.arrayContaining(['number.provided', 'number.withdrawn', 'user.viewed']))
  })

  it('is told what is not possible', async () => {
    expect((await send('POST', '/api/admin/users/nobody/number')).status).toBe(404)
    expect((await send('DELETE', number)).status).toBe(404)
    await world.setTier('alice', 'free')
    const refused = await send('POST', number)
    expect(refused).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('includes no number') },
    })
  })

  it('wakes a purchase that was given up', async () => {
    world.sandbox.misbehave({ stockEmpty: true })
    await world.sweep()
    await world.sql(`UPDATE jobs SET state = 'failed' WHERE name = 'buy-number'`)
    world.sandbox.behave()
    await world.sweep(MINUTE_MS)
    expect(await world.numberOf('alice')).toBeNull()
    expect((await send('POST', number)).status).toBe(202)
    await world.work()
    expect(await world.numberOf('alice')).not.toBeNull()
  })
})

describe('nobody else', () => {
  it('gives numbers or takes them: neither the owner nor an admin without the right', async () => {
    await world.sweep()
    for (const method of ['POST', 'DELETE']) expect((await send(method, number, 'alice')).status).toBe(403)
    await world.close()
    await begin({ can_provision_numbers: false })
    await world.sweep()
    for (const method of ['POST', 'DELETE']) expect((await send(method, number)).status).toBe(403)
    expect(await inventoryOf(world)).toHaveLength(1)
  })
})

it('a number that is kept for somebody is refused to everybody else, in words', async () => {
  await world.sweep()
  const kept = await world.numberOf('alice')
  await world.setTier('alice', 'free')
  await world.work()
  await expect(createUser(world.app, { email: 'bob@example.com', xswarm_phone: kept })).rejects.toMatchObject(
    {
      code: 'conflict',
      fields: [{ field: 'xswarm_phone' }],
    },
  )
})

it('the metrics tell of numbers, spending and a refused account', async () => {
  await world.sweep()
  const http = createHttp(world.app)
  const print = async () =>
    (await http.request('/metrics', {}, { incoming: { socket: { remoteAddress: '127.0.0.1' } } })).text()
  expect(await print()).toMatch(/xswarm_numbers\{state="active"\} 1/)
  world.sandbox.misbehave({ wrongAuth: true })
  await world.addUser('bob')
  await world.sweep()
  const text = await print()
  expect(text).toMatch(/xswarm_telephony_paused 1/)
  expect(text).toMatch(/xswarm_number_purchases_last_hour 1/)
  expect(text).toMatch(/xswarm_number_purchases_per_hour_max 60/)
})
