import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ask, from } from '../http/service.ts'
import { createLiveService, createPerson, type LiveService, listen, type Person, patch } from './people.ts'

let parts: LiveService
let alice: Person
beforeEach(async () => {
  parts = await createLiveService()
  alice = await createPerson(parts.app)
})
afterEach(async () => {
  vi.useRealTimers()
  await parts.close()
})

const change = (body: unknown, person = alice) => ask(parts, '/api/me', patch(body, person))
/** As another process would: past the database of this service. */
const changeElsewhere = (persona: string) =>
  parts.sql('UPDATE users SET persona = ? WHERE id = ?', persona, alice.id)

describe('GET /api/me/events', () => {
  it('tells a change with its revision as id, what changed and the whole user', async () => {
    const stream = await listen(parts, alice)
    const { body } = await change({ persona: 'jarvis' })
    const event = await stream.next()
    expect(event).toMatchObject({ event: 'change', id: String(body.revision) })
    const { entitlements, usage, number, subscription, revision, ...user } = body
    expect(event?.data).toEqual({ revision, changed: ['persona', 'wake_word'], user })
  })

  it('says nothing about the state at the beginning, but which revision it starts from', async () => {
    const { revision } = (await ask(parts, '/api/me', { headers: alice.headers })).body
    const stream = await listen(parts, alice)
    await changeElsewhere('tars')
    expect((await stream.next())?.data.changed).toEqual(['persona'])
    expect(await stream.startId).toBe(String(revision))
    expect(stream.text()).toMatch(/^retry: \d+\n/)
  })

  it('is an event stream that nobody on the way keeps or gathers', async () => {
    const answer = await parts.service.request('/api/me/events', { headers: alice.headers })
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    expect(answer.headers.get('cache-control')).toBe('no-store, no-transform')
    expect(answer.headers.get('x-accel-buffering')).toBe('no')
    await answer.body?.cancel()
  })

  it('tells every device of the user and nobody else', async () => {
    const bob = await createPerson(parts.app, 'bob@example.com')
    const second = await createPerson(parts.app)
    const streams = await Promise.all([listen(parts, alice), listen(parts, second)])
    const others = await listen(parts, bob)
    await change({ persona: 'jarvis' })
    for (const stream of streams) expect((await stream.next())?.data.user.persona).toBe('jarvis')
    await change({ persona: 'tars' }, bob)
    expect((await others.next())?.data.user).toMatchObject({ id: bob.id, persona: 'tars' })
    expect(others.text()).not.toContain(alice.id)
  })

  it('tells each of many quick changes once, in order, each with the settings of its own revision', async () => {
    const stream = await listen(parts, alice)
    const personas = ['jarvis', 'tars', 'kitt', 'marvin', 'glados', 'boss', 'dalek']
    for (const persona of personas) await change({ persona })
    const events = []
    for (const _ of personas) events.push(await stream.next())
    expect(events.map((event) => event?.data.user.persona)).toEqual(personas)
    const ids = events.map((event) => Number(event?.id))
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
  })

  it('tells of what is not a setting: a tier, a number', async () => {
    const stream = await listen(parts, alice)
    await parts.sql(
      "UPDATE users SET subscription_tier = 'premium', xswarm_phone = '+18005551001' WHERE id = ?",
      alice.id,
    )
    expect((await stream.next())?.data).toMatchObject({
      changed: ['xswarm_phone', 'subscription_tier'],
      user: { subscription_tier: 'premium', xswarm_phone: '+18005551001' },
    })
  })

  it('lets nobody in who is not signed in', async () => {
    expect((await ask(parts, '/api/me/events')).status).toBe(401)
  })

  it('is counted in the metrics while it is open', async () => {
    const open = async () =>
      (await ask(parts, '/metrics', {}, from('127.0.0.1'))).text.match(/^xswarm_event_streams (\d+)$/m)?.[1]
    const stream = await listen(parts, alice)
    expect(await open()).toBe('1')
    await stream.close()
    expect(await open()).toBe('0')
  })

  it('to HEAD answers the headers and opens nothing', async () => {
    const answer = await parts.service.request('/api/me/events', { method: 'HEAD', headers: alice.headers })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
  })
})

describe('a stream that resumes', () => {
  it('first gets what it missed, then goes on', async () => {
    const first = await change({ persona: 'jarvis' })
    await change({ persona: 'tars' })
    await change({ wake_word: 'computer' })
    const stream = await listen(parts, alice, { 'Last-Event-ID': String(first.body.revision) })
    expect((await stream.next())?.data).toMatchObject({
      changed: ['persona', 'wake_word'],
      user: { wake_word: 'hey tars' },
    })
    expect((await stream.next())?.data).toMatchObject({ changed: ['wake_word'], user: { persona: 'tars' } })
    await change({ persona: 'kitt' })
    expect((await stream.next())?.data.user).toMatchObject({ persona: 'kitt', wake_word: 'computer' })
  })

  it('does not make the others hear again what they have heard', async () => {
    const first = await change({ persona: 'jarvis' })
    await change({ persona: 'tars' })
    const here = await listen(parts, alice)
    const resumed = await listen(parts, alice, { 'Last-Event-ID': String(first.body.revision) })
    expect((await resumed.next())?.data.user.persona).toBe('tars')
    await change({ persona: 'kitt' })
    expect((await here.next())?.data.user.persona).toBe('kitt')
    expect((await resumed.next())?.data.user.persona).toBe('kitt')
  })

  it('misses nothing that happens while it connects', async () => {
    const told: string[] = []
    let lastId = ''
    const work = (async () => {
      for (let n = 0; n < 40; n++) await change({ wake_word: `word ${n}` })
    })()
    while (told.at(-1) !== 'word 39') {
      const stream = await listen(parts, alice, lastId === '' ? {} : { 'Last-Event-ID': lastId })
      const event = await stream.next()
      lastId = event?.id ?? lastId
      told.push(event?.data.user.wake_word)
      await stream.close()
    }
    await work
    const first = Number(told[0]?.split(' ')[1])
    expect(told).toEqual(Array.from({ length: 40 - first }, (_, n) => `word ${first + n}`))
  })

  it('after a long absence gets the last changes, which hold the whole user', async () => {
    for (let n = 0; n < 130; n++) await changeElsewhere(`p${n}`)
    const stream = await listen(parts, alice, { 'Last-Event-ID': '1' })
    const personas: string[] = []
    for (let n = 0; n < 100; n++) personas.push((await stream.next())?.data.user.persona)
    expect(personas).toEqual(Array.from({ length: 100 }, (_, n) => `p${n + 30}`))
  })

  it('with an id of another history is told the state now', async () => {
    const { body } = await change({ persona: 'jarvis' })
    const stream = await listen(parts, alice, { 'Last-Event-ID': '999999' })
    expect((await stream.next())?.data).toMatchObject({
      revision: body.revision,
      changed: [],
      user: { persona: 'jarvis' },
    })
    await change({ persona: 'tars' })
    expect((await stream.next())?.data.user.persona).toBe('tars')
  })

  it.each(['x', '-1', '1.5', '', '9'.repeat(40)])('with %j for an id starts from now', async (id) => {
    await change({ persona: 'jarvis' })
    const stream = await listen(parts, alice, { 'Last-Event-ID': id })
    await change({ persona: 'tars' })
    expect((await stream.next())?.data.user.persona).toBe('tars')
  })
})

describe('how soon', () => {
  it('a write of this process is told with the next 20 ms, one of another with the next 250', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const stream = await listen(parts, alice)
    await vi.advanceTimersByTimeAsync(1000)
    await change({ persona: 'jarvis' })
    let heard: unknown
    void stream.next().then((event) => {
      heard = event?.data.user.persona
    })
    await vi.advanceTimersByTimeAsync(20)
    await settled()
    expect(heard).toBe('jarvis')
    await changeElsewhere('tars')
    void stream.next().then((event) => {
      heard = event?.data.user.persona
    })
    await vi.advanceTimersByTimeAsync(250)
    await settled()
    expect(heard).toBe('tars')
  })

  it('nothing is read while nobody listens', async () => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    })
    const stream = await listen(parts, alice)
    await vi.advanceTimersByTimeAsync(500)
    expect(vi.getTimerCount()).toBeGreaterThan(0)
    await stream.close()
    await vi.advanceTimersByTimeAsync(500)
    const read = vi.spyOn(parts.database, 'read')
    const readFirst = vi.spyOn(parts.database, 'readFirst')
    await parts.observed.write({ statements: [parts.app.users.update(alice.id, { persona: 'kitt' })] })
    await vi.advanceTimersByTimeAsync(60_000)
    expect([read.mock.calls.length, readFirst.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0, 0])
  })

  it('a hundred streams of one user cost one look at the log and one of the user', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const streams = await Promise.all(Array.from({ length: 100 }, () => listen(parts, alice)))
    await vi.advanceTimersByTimeAsync(1000)
    const read = vi.spyOn(parts.database, 'read')
    const readFirst = vi.spyOn(parts.database, 'readFirst')
    await changeElsewhere('tars')
    await vi.advanceTimersByTimeAsync(250)
    for (const stream of streams) expect((await stream.next())?.data.user.persona).toBe('tars')
    // The log, the user's own changes, the sessions; and the user.
    expect(read.mock.calls.length).toBeLessThanOrEqual(4)
    expect(readFirst.mock.calls.length).toBeLessThanOrEqual(2)
  })
})

/** What was read from the database has arrived. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}
