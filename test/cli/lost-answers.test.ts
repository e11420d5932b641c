import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openServerSettings } from '../../src/cli/server-settings.ts'
import { startServer } from '../../src/http/serve.ts'
import { createLiveService, createPerson, type LiveService, type Person } from '../live/people.ts'

/** Of a request on the way: it never arrives, its answer never does, or it arrives when nobody waits for it any more. */
type Fate = 'before' | 'after' | 'late'

describe('when an answer is lost on the way', () => {
  let parts: LiveService
  let alice: Person
  let close: () => Promise<void>
  let lose: (method: string) => Fate | undefined
  let late: () => Promise<unknown>
  let meddle: (() => Promise<unknown>) | undefined
  let door: ReturnType<typeof openServerSettings>

  beforeEach(async () => {
    parts = await createLiveService()
    alice = await createPerson(parts.app)
    lose = () => undefined
    late = async () => undefined
    meddle = undefined
    const server = await startServer(parts.service, { host: '127.0.0.1', port: 0 })
    // Stands in between and loses a request, or its answer.
    const proxy = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const fate = lose(request.method ?? '')
      if (fate === 'before') return response.destroy()
      const { host, connection, ...headers } = request.headers as Record<string, string>
      const forward = () =>
        fetch(`${server.url}${request.url}`, {
          method: request.method ?? 'GET',
          headers: headers as Record<string, string>,
          body: chunks.length === 0 ? null : Buffer.concat(chunks),
        })
      if (fate === 'late') {
        late = forward
        return response.destroy()
      }
      const answer = await forward()
      const body = await answer.text()
      if (fate === 'after') {
        await meddle?.()
        return response.destroy()
      }
      return response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(body)
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const { port } = proxy.address() as AddressInfo // it listens on a port
    door = openServerSettings({ server: `http://127.0.0.1:${port}`, token: alice.token })
    close = async () => {
      proxy.close()
      proxy.closeAllConnections()
      await server.close()
      await parts.close()
    }
  })
  afterEach(() => close())

  const loseOnce = (method: string, fate: Fate) => {
    let left = 1
    lose = (given) => (given === method && left-- > 0 ? fate : undefined)
  }
  const revisions = async () => (await parts.sql('SELECT count(*) AS n FROM changes'))[0]?.n

  it.each(['before', 'after'] as const)(
    'lost %s it was done, a change is stored exactly once',
    async (fate) => {
      loseOnce('PATCH', fate)
      const before = Number(await revisions())
      const { after } = await door.change('persona', ' JARVIS ')
      expect(after.user.persona).toBe('jarvis')
      expect(await revisions()).toBe(before + 1)
    },
  )

  it('what somebody else changed in the meantime is not overwritten by the repetition', async () => {
    loseOnce('PATCH', 'after')
    meddle = () => parts.sql("UPDATE users SET persona = 'tars' WHERE id = ?", alice.id)
    await expect(door.change('persona', 'jarvis')).rejects.toMatchObject({ code: 'unknown-outcome' })
    expect((await parts.app.users.findById(alice.id))?.persona).toBe('tars')
  })

  it('a request that was given up and arrives late changes nothing any more', async () => {
    loseOnce('PATCH', 'late')
    expect((await door.change('persona', 'jarvis')).after.user.persona).toBe('jarvis')
    await parts.sql("UPDATE users SET persona = 'tars' WHERE id = ?", alice.id)
    await late()
    expect((await parts.app.users.findById(alice.id))?.persona).toBe('tars')
  })

  it('an undo is never done twice', async () => {
    await door.change('persona', 'jarvis')
    loseOnce('POST', 'after')
    await expect(door.undo()).rejects.toMatchObject({ code: 'unknown-outcome' })
    expect((await parts.app.users.findById(alice.id))?.persona).toBe('hal-9000')
    loseOnce('POST', 'before')
    expect((await door.undo()).after.user.persona).toBe('jarvis')
  })

  it('a change made at the same time is not in the way', async () => {
    let left = 2
    lose = (method) => {
      if (method === 'PATCH' && left-- > 0)
        void parts.database.write({
          statements: [parts.app.users.update(alice.id, { phone: `+1555123456${left}` })],
        })
      return undefined
    }
    expect((await door.change('persona', 'tars')).after.user).toMatchObject({ persona: 'tars' })
  })

  it('a server that never answers is told as such', async () => {
    lose = () => 'before'
    await expect(door.change('persona', 'tars')).rejects.toMatchObject({ code: 'unavailable' })
    lose = (method) => (method === 'GET' ? undefined : 'before')
    await expect(door.change('persona', 'tars')).rejects.toMatchObject({ code: 'unavailable' })
    expect((await parts.app.users.findById(alice.id))?.persona).toBe('hal-9000')
  })
})
