import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock, systemIds } from '../../src/adapters/system.ts'
import { findFreePort } from '../../src/cli/free-port.ts'
import { createSessionQueries } from '../../src/database/sessions.ts'
import { createUserQueries } from '../../src/database/users.ts'
import { createSession } from '../../src/domain/sessions.ts'
import { createProject, type Project, type Started } from '../cli/run-cli.ts'
import { MODES, type Place } from '../database/modes.ts'
import { person } from '../database/people.ts'
import { readStream } from './stream.ts'

describe.each(MODES)('two server processes on $name', ({ create }) => {
  let place: Place
  let project: Project
  let first: string
  let second: string
  let headers: Record<string, string>
  let sessionId: string

  const serve = async (name: string): Promise<string> => {
    project.write(
      `${name}.toml`,
      `environment = "development"\n[server]\nport = ${await findFreePort('127.0.0.1')}\n[database]\nurl = "${place.url}"\n`,
    )
    const process: Started = project.start(['serve', '--json', '--config', `${name}.toml`])
    return JSON.parse(await process.firstLine()).url
  }

  beforeAll(async () => {
    place = await create()
    project = createProject()
    const database = await place.open()
    const user = person('alice')
    const asked = { user_id: user.id, kind: 'device', name: 'a speaker', address_hash: 'x' } as const
    const { token, session } = createSession(asked, systemIds, systemClock.now())
    headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    sessionId = session.id
    const statements = [
      createUserQueries(database).insert(user),
      createSessionQueries(database).open(session),
    ]
    expect((await database.write({ statements })).outcome).toBe('done')
    first = await serve('first')
    second = await serve('second')
  })
  afterAll(async () => {
    await project.close()
    await place.remove()
  })

  const listen = async (url: string, more: Record<string, string> = {}) =>
    readStream(await fetch(`${url}/api/me/events`, { headers: { ...headers, ...more } }))
  const change = (url: string, persona: string) =>
    fetch(`${url}/api/me`, { method: 'PATCH', headers, body: JSON.stringify({ persona }) })

  it('pass every change on to each other, in both directions', async () => {
    const [here, there] = await Promise.all([listen(first), listen(second)])
    for (const [url, persona] of [
      [first, 'jarvis'],
      [second, 'tars'],
      [first, 'kitt'],
    ] as const) {
      expect((await change(url, persona)).status).toBe(200)
      for (const stream of [here, there]) expect((await stream.next())?.data.user.persona).toBe(persona)
    }
    await Promise.all([here.close(), there.close()])
  })

  it('a device that loses one server goes on at the other where it stopped', async () => {
    const stream = await listen(first)
    await change(second, 'marvin')
    const heard = await stream.next()
    await stream.close()
    await change(first, 'glados')
    await change(first, 'boss')
    const resumed = await listen(second, { 'Last-Event-ID': heard?.id ?? '' })
    expect((await resumed.next())?.data.user.persona).toBe('glados')
    expect((await resumed.next())?.data.user.persona).toBe('boss')
    await resumed.close()
  })

  it('a session that is ended at one ends its streams at the other', async () => {
    const stream = await listen(first)
    const told = await fetch(`${second}/api/auth/sessions/${sessionId}`, { method: 'DELETE', headers })
    expect(told.status).toBe(204)
    expect(await stream.next()).toBeUndefined()
  })
})
