import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startServer } from '../../src/http/serve.ts'
import { ask } from '../http/service.ts'
import { createLiveService, createPerson, type LiveService, listen, type Person, patch } from './people.ts'
import { readStream } from './stream.ts'

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

describe('a stream ends', () => {
  it('when its session is ended, and only that one', async () => {
    const phone = await createPerson(parts.app)
    const [ended, kept] = await Promise.all([listen(parts, phone), listen(parts, alice)])
    const told = await ask(parts, `/api/auth/sessions/${phone.sessionId}`, {
      method: 'DELETE',
      headers: alice.headers,
    })
    expect(told.status).toBe(204)
    expect(await ended.next()).toBeUndefined()
    await change({ persona: 'jarvis' })
    expect((await kept.next())?.data.user.persona).toBe('jarvis')
  })

  it('when the account is closed', async () => {
    const stream = await listen(parts, alice)
    expect((await ask(parts, '/api/me', { method: 'DELETE', headers: alice.headers })).status).toBe(200)
    expect(await stream.next()).toBeUndefined()
  })

  it('when its session is over', async () => {
    const stream = await listen(parts, alice)
    parts.clock.advance(31 * 24 * 3_600_000)
    expect(await stream.next()).toBeUndefined()
  })

  it('after some hours, so that the next connection shows that the session is in use', async () => {
    const stream = await listen(parts, alice)
    parts.clock.advance(7 * 3_600_000)
    expect(await stream.next()).toBeUndefined()
    expect((await ask(parts, '/api/me', { headers: alice.headers })).status).toBe(200)
  })

  it('when the server stops, which does not wait for it', async () => {
    const server = await startServer(parts.service, { host: '127.0.0.1', port: 0, closeTimeoutMs: 60_000 })
    const stream = readStream(await fetch(`${server.url}/api/me/events`, { headers: alice.headers }))
    await server.close()
    expect(await stream.next()).toBeUndefined()
    expect((await ask(parts, '/api/me/events', { headers: alice.headers })).status).toBe(503)
  })

  it('when the device hangs up: nothing of it is left', async () => {
    const server = await startServer(parts.service, { host: '127.0.0.1', port: 0 })
    const hangUp = new AbortController()
    await fetch(`${server.url}/api/me/events`, { headers: alice.headers, signal: hangUp.signal })
    expect(parts.followers.count).toBe(1)
    hangUp.abort()
    while (parts.followers.count > 0) await new Promise((resolve) => setImmediate(resolve))
    await server.close()
  })

  it('when the device does not read: others hear on, and it is not waited for', async () => {
    const deaf = await parts.service.request('/api/me/events', { headers: alice.headers })
    const stream = await listen(parts, alice)
    // Nobody reads `deaf`: 64 KiB fit, these do not.
    for (let n = 0; n < 40; n++) {
      const wake_word = `${n}${'x'.repeat(2000)}`
      await parts.observed.write({ statements: [parts.app.users.update(alice.id, { wake_word })] })
      expect((await stream.next())?.data.user.wake_word).toBe(wake_word)
    }
    await expect(deaf.text()).rejects.toThrow('too slow')
  })
})

describe('an outage of the database', () => {
  it('ends no stream and loses no change', async () => {
    const stream = await listen(parts, alice)
    await change({ persona: 'jarvis' })
    expect((await stream.next())?.data.user.persona).toBe('jarvis')
    const listAll = vi.spyOn(parts.app.changes, 'listAll').mockRejectedValue(new Error('away'))
    await changeElsewhere('tars')
    while (!parts.logged.some(({ level, message }) => level === 'warn' && message.includes('event streams')))
      await new Promise((resolve) => setImmediate(resolve))
    listAll.mockRestore()
    expect((await stream.next())?.data.user.persona).toBe('tars')
    const said = () => parts.logged.filter(({ message }) => message.includes('event streams'))
    while (said().length < 2) await new Promise((resolve) => setImmediate(resolve))
    expect(said().map(({ level }) => level)).toEqual(['warn', 'info'])
  })

  it('in the middle of telling loses no change either', async () => {
    const stream = await listen(parts, alice)
    await change({ persona: 'jarvis' })
    expect((await stream.next())?.data.user.persona).toBe('jarvis')
    const findRevised = vi.spyOn(parts.app.users, 'findRevised').mockRejectedValueOnce(new Error('away'))
    await changeElsewhere('tars')
    expect((await stream.next())?.data.user.persona).toBe('tars')
    expect(findRevised.mock.calls.length).toBeGreaterThan(1)
  })
})

it('heartbeats come while nothing happens', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const stream = await listen(parts, alice)
  await vi.advanceTimersByTimeAsync(45_000)
  await changeElsewhere('tars')
  await stream.next()
  expect(stream.text().match(/^: $/gm)?.length).toBe(3)
})
