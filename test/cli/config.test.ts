import { once } from 'node:events'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock, systemIds } from '../../src/adapters/system.ts'
import { findFreePort } from '../../src/cli/free-port.ts'
import { createSessionQueries } from '../../src/database/sessions.ts'
import { createUserQueries } from '../../src/database/users.ts'
import { createSession } from '../../src/domain/sessions.ts'
import { createLocalPlace, type Place } from '../database/modes.ts'
import { person } from '../database/people.ts'
import { createProject, type Project, type Started } from './run-cli.ts'

const user = person('alice')

describe('xswarm config for whoever is signed in to a server', () => {
  let place: Place
  let project: Project
  let server: Started
  let port: number
  let env: Record<string, string>

  beforeAll(async () => {
    place = await createLocalPlace()
    project = createProject()
    mkdirSync(join(project.folder, 'server'))
    port = await findFreePort('127.0.0.1')
    project.write(
      'server/config.toml',
      `environment = "development"\n[server]\nport = ${port}\n[database]\nurl = "${place.url}"\n`,
    )
    const database = await place.open()
    const asked = { user_id: user.id, kind: 'device', name: 'a laptop', address_hash: 'x' } as const
    const { token, session } = createSession(asked, systemIds, systemClock.now())
    const statements = [
      createUserQueries(database).insert(user),
      createSessionQueries(database).open(session),
    ]
    expect((await database.write({ statements })).outcome).toBe('done')
    await database.close()
    env = { XSWARM_SERVER: `http://127.0.0.1:${port}`, XSWARM_TOKEN: token }
    server = await startTheServer()
  })
  afterAll(async () => {
    await project.close()
    await place.remove()
  })

  const startTheServer = async () => {
    const started = project.start(['serve', '--json', '--config', 'server/config.toml'])
    await started.firstLine()
    return started
  }
  const config = (...args: string[]) => project.run(['config', ...args], { env })

  it('reads and changes their settings there, says that it is stored, and makes no database here', async () => {
    expect(await config('list')).toMatchObject({
      code: 0,
      stdout: 'persona    hal-9000\nwake_word  hey hal\nphone      (none)\n',
      stderr: `settings of ${user.email}\n`,
    })
    const set = await config('set', 'persona', 'jarvis')
    expect(set.code).toBe(0)
    expect(set.stdout).toMatch(
      /^persona = jarvis \(stored, revision \d+\)\nwake_word = hey jarvis \(stored, revision \d+\)\n$/,
    )
    expect((await config('set', 'persona', 'jarvis')).stdout).toMatch(
      /^persona = jarvis \(as it was, revision \d+\)\n$/,
    )
    expect((await config('get', 'wake_word')).stdout).toBe('hey jarvis\n')
    expect((await config('undo')).stdout).toContain('persona = hal-9000 (stored')
    expect(JSON.parse((await config('set', 'phone', '+1 555 123 4567', '--json')).stdout)).toMatchObject({
      key: 'phone',
      value: '+15551234567',
      stored: true,
      changed: ['phone'],
      settings: { persona: 'hal-9000' },
      revision: expect.any(Number),
    })
    expect((await config('set', 'phone', '')).stdout).toMatch(/^phone = \(none\) \(stored/)
  })

  it('exits 2 for what is no setting or no value, with what is meant', async () => {
    const key = await config('set', 'personna', 'jarvis')
    expect([key.code, key.stdout]).toEqual([2, ''])
    expect(key.stderr).toContain('did you mean persona?')
    const value = await config('set', 'persona', 'jarvs')
    expect([value.code, value.stdout]).toEqual([2, ''])
    expect(value.stderr).toContain('did you mean jarvis?')
    expect((await config('list', '--user', 'alice@example.com', '--server', 'https://x.example')).code).toBe(
      2,
    )
  })

  it('exits 1 with the way to sign in for a session that is over or was never there', async () => {
    const over = { ...env, XSWARM_TOKEN: `xsw_${'a'.repeat(52)}` }
    const ran = await project.run(['config', 'set', 'persona', 'tars'], { env: over })
    expect([ran.code, ran.stdout]).toEqual([1, ''])
    expect(ran.stderr).toContain('xswarm login')
    const never = await project.run(['config', 'list', '--server', 'https://other.example'])
    expect([never.code, never.stdout]).toEqual([1, ''])
    expect(never.stderr).toContain('xswarm login --server https://other.example')
  })

  it('exits 75 without the network, and nothing is kept here to be sent later', async () => {
    const away = { ...env, XSWARM_SERVER: 'http://127.0.0.1:1' }
    const ran = await project.run(['config', 'set', 'persona', 'tars'], { env: away })
    expect([ran.code, ran.stdout]).toEqual([75, ''])
    expect(ran.stderr).toContain('cannot be reached')
    expect((await config('get', 'persona')).stdout).toBe('hal-9000\n')
    const json = await project.run(['config', 'list', '--json'], { env: away })
    expect([json.code, JSON.parse(json.stdout).error.code]).toEqual([75, 'unavailable'])
  })

  it('watch prints every change wherever it is made, one line each, and ^C ends it with 0', async () => {
    const watch = watching(project, ['config', 'watch'], env)
    await watch.said('watching')
    await config('set', 'persona', 'tars')
    await project.run([
      'config',
      'set',
      'wake_word',
      'computer',
      '--user',
      user.email,
      '--config',
      'server/config.toml',
    ])
    await watch.printed('computer')
    watch.child.kill('SIGINT')
    const ran = await watch.exited
    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(
      /^persona = tars, wake_word = hey tars \(revision \d+\)\nwake_word = computer \(revision \d+\)\n$/,
    )
  })

  it('watch goes on when the server comes back, and has missed nothing', async () => {
    const watch = watching(project, ['config', 'watch', '--json'], env)
    await watch.said('watching')
    server.child.kill('SIGTERM')
    await server.exited
    await watch.said('Nothing is missed')
    await project.run([
      'config',
      'set',
      'persona',
      'kitt',
      '--user',
      user.email,
      '--config',
      'server/config.toml',
    ])
    server = await startTheServer()
    await config('set', 'persona', 'marvin')
    await watch.printed('marvin')
    watch.child.kill('SIGTERM')
    const ran = await watch.exited
    const events = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.map(({ user }) => user.persona)).toEqual(['kitt', 'marvin'])
    expect(events[0]).toEqual({
      revision: expect.any(Number),
      changed: ['persona'],
      user: expect.any(Object),
    })
    expect([ran.code, ran.stderr.match(/Nothing is missed/g)?.length]).toEqual([0, 1])
  })

  it('watch ends with 1 when the session is ended, and with 75 when there is no server to begin with', async () => {
    const away = await project.run(['config', 'watch'], {
      env: { ...env, XSWARM_SERVER: 'http://127.0.0.1:1' },
    })
    expect(away.code).toBe(75)
    const watch = watching(project, ['config', 'watch'], env)
    await watch.said('watching')
    const headers = { Authorization: `Bearer ${env.XSWARM_TOKEN}` }
    await fetch(`${env.XSWARM_SERVER}/api/auth/sessions/all`, { method: 'DELETE', headers })
    const ran = await watch.exited
    expect([ran.code, ran.stdout]).toEqual([1, ''])
    expect(ran.stderr).toContain('xswarm login')
  })
})

describe('xswarm config watch on the database', () => {
  let project: Project
  beforeEach(() => {
    project = createProject()
  })
  afterEach(() => project.close())

  it('beside a running dev hears what its pages and other commands change, as the test user', async () => {
    const dev = project.start(['dev', '--port', '0', '--json'])
    await dev.firstLine()
    const watch = watching(project, ['config', 'watch'])
    await watch.said('watching test@example.com')
    await project.run(['config', 'set', 'persona', 'glados'])
    await watch.printed('glados')
    watch.child.kill('SIGINT')
    expect(await watch.exited).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^persona = glados, wake_word = hey glados \(revision \d+\)\n$/),
    })
  })
})

describe('who is meant', () => {
  let project: Project
  const credentials = (server: string) =>
    JSON.stringify({ current: server, servers: { [server]: { token: `xsw_${'a'.repeat(52)}` } } })
  beforeEach(() => {
    project = createProject()
    mkdirSync(join(project.folder, '.local/state/xswarm'), { recursive: true })
    chmodSync(project.write('.local/state/xswarm/credentials.json', credentials('http://127.0.0.1:1')), 0o600)
  })
  afterEach(() => project.close())

  it('whoever is signed in, before the test user of a project that lies around, whatever is wrong with it', async () => {
    project.write('config.toml', 'environment = "development"\n')
    expect((await project.run(['config', 'list'])).code).toBe(75)
    project.write('config.toml', '[package]\nname = "something else"\n')
    expect((await project.run(['config', 'list'])).code).toBe(75)
  })

  it('the test user beside a running dev, and whom an operator names, before whoever is signed in', async () => {
    const dev = project.start(['dev', '--port', '0', '--json'])
    await dev.firstLine()
    expect(await project.run(['config', 'list'])).toMatchObject({
      code: 0,
      stderr: 'settings of test@example.com\n',
    })
    expect((await project.run(['config', 'list', '--user', 'test@example.com'])).code).toBe(0)
    expect((await project.run(['config', 'list', '--server', 'http://127.0.0.1:1'])).code).toBe(75)
  })
})

interface Watch extends Started {
  /** Until it has said this on stderr. */
  said(words: string): Promise<void>
  /** Until it has printed this on stdout. */
  printed(words: string): Promise<void>
}

function watching(
  project: Project,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Watch {
  const started = project.start(args, env)
  return { ...started, said: reader(started.child.stderr), printed: reader(started.child.stdout) }
}

function reader(stream: NodeJS.ReadableStream | null): (words: string) => Promise<void> {
  let text = ''
  stream?.on('data', (more: string) => {
    text += more
  })
  return async (words) => {
    while (!text.includes(words)) await once(stream ?? process.stdin, 'data')
  }
}
