import { existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findFreePort } from '../../src/cli/free-port.ts'
import { createProject, type Project, type Started } from './run-cli.ts'

let project: Project
beforeEach(() => {
  project = createProject()
})
afterEach(() => project.close())

const NOTE = join('data', 'xswarm.db.dev.json')

async function startDev(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const dev = project.start(['dev', '--port', '0', '--json', ...args], env)
  return { dev, ready: JSON.parse(await dev.firstLine()) }
}

async function stop({ child, exited }: Started, signal: NodeJS.Signals) {
  child.kill(signal)
  return exited
}

describe('xswarm dev', () => {
  it('runs everything in an empty folder and says who, where and which database', async () => {
    const dev = project.start(['dev', '--port', '0'])
    await dev.firstLine()
    const ran = await stop(dev, 'SIGINT')
    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(/xSwarm is at +http:\/\/localhost:\d+/)
    expect(ran.stdout).toMatch(/you are +test@example\.com \(premium, hal-9000\)/)
    expect(ran.stdout).toMatch(/database +\/.*xswarm\.db/)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('%s stops it cleanly and takes its note away', async (signal) => {
    const { dev, ready } = await startDev()
    expect((await fetch(`${ready.url}/readyz`)).status).toBe(200)
    expect(existsSync(join(project.folder, NOTE))).toBe(true)
    expect(await stop(dev, signal)).toMatchObject({ code: 0 })
    expect(existsSync(join(project.folder, NOTE))).toBe(false)
    await expect(fetch(`${ready.url}/readyz`)).rejects.toThrow()
  })

  it('beside it commands act as the test user whatever environment config.toml names; without it they ask who', async () => {
    const live = { XSWARM_ENVIRONMENT: 'production' }
    const { dev } = await startDev([], live)
    const beside = await project.run(['config', 'set', 'persona', 'jarvis'], { env: live })
    expect(beside).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^persona = jarvis \(stored, revision (\d+)\)\nwake_word = hey jarvis \(stored, revision \1\)\n$/,
      ),
    })
    // Killed, it leaves its note behind; the note of the dead counts for nothing.
    await stop(dev, 'SIGKILL')
    expect(existsSync(join(project.folder, NOTE))).toBe(true)
    const alone = await project.run(['config', 'get', 'persona'], { env: live })
    expect(alone).toMatchObject({ code: 2, stdout: '' })
    expect(alone.stderr).toContain('--user EMAIL')
  })

  it('a note whose process lives but is no dev server counts for nothing', async () => {
    await project.run(['db', 'migrate'])
    project.write(
      NOTE,
      JSON.stringify({ pid: process.pid, url: 'http://127.0.0.1:1', user: 'test@example.com' }),
    )
    const ran = await project.run(['config', 'list'], { env: { XSWARM_ENVIRONMENT: 'production' } })
    expect(ran.code).toBe(2)
  })

  it('a note whose process is gone counts for nothing, also when somebody else answers at its address', async () => {
    await project.run(['db', 'migrate'])
    const { child, exited } = project.start(['--version'])
    await exited
    const other = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo // it listens on a port
    const url = `http://127.0.0.1:${port}`
    project.write(NOTE, JSON.stringify({ pid: child.pid, url, user: 'test@example.com' }))
    const ran = await project.run(['config', 'list'], { env: { XSWARM_ENVIRONMENT: 'production' } })
    other.close()
    expect(ran.code).toBe(2)
  })

  it('the database wins over config.toml until --reset', async () => {
    await project.run(['config', 'set', 'persona', 'jarvis'])
    const kept = await startDev()
    expect(kept.ready.user.persona).toBe('jarvis')
    await stop(kept.dev, 'SIGTERM')
    const restored = await startDev(['--reset'])
    expect(restored.ready.user.persona).toBe('hal-9000')
    await stop(restored.dev, 'SIGTERM')
  })

  it('a port that is taken is said in a sentence', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as AddressInfo // it listens on a port
    const ran = await project.run(['dev', '--port', String(port)])
    taken.close()
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain(`Port ${port} on 127.0.0.1 is already in use.`)
    expect(ran.stderr).not.toContain('bug')
  })

  it('leaves a remote database and every key alone', async () => {
    project.write('config.toml', '[database]\nurl = "libsql://db.example.com"\n')
    const keys = { STRIPE_SECRET_KEY: `sk_${'live'}_${'a1'.repeat(12)}`, TURSO_AUTH_TOKEN: 'not-to-be-used' }
    const { dev, ready } = await startDev([], keys)
    expect(ready.database).toBe(join(project.folder, 'data', 'xswarm.db'))
    const ran = await stop(dev, 'SIGTERM')
    expect(ran.stderr).toContain('remote database')
    expect(ran.stderr).not.toContain(keys.STRIPE_SECRET_KEY)
  })

  it('--reset refuses while config.toml names a remote database', async () => {
    project.write('config.toml', '[database]\nurl = "libsql://db.example.com"\n')
    const ran = await project.run(['dev', '--port', '0', '--reset'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain('--reset refuses')
    expect(readdirSync(project.folder)).toEqual(['config.toml'])
  })

  it('--live refuses a live key without showing it', async () => {
    const key = `sk_${'live'}_${'a1'.repeat(12)}`
    const ran = await project.run(['dev', '--port', '0', '--live'], { env: { STRIPE_SECRET_KEY: key } })
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain('STRIPE_SECRET_KEY is a live key')
    expect(ran.stderr).not.toContain(key)
  })
})

describe('xswarm serve', () => {
  const quiet =
    'environment = "staging"\n[features]\nstripe_enabled = false\nvoice_enabled = false\nsms_enabled = false\n'

  it('names every missing secret and every mixed key at once and starts nothing', async () => {
    project.write('config.toml', 'environment = "production"\n[stripe]\npublishable_key = "pk_test_xxx"\n')
    const ran = await project.run(['serve'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    for (const name of [
      'STRIPE_SECRET_KEY',
      'STRIPE_WEBHOOK_SECRET',
      'TWILIO_AUTH_TOKEN',
      'stripe.publishable_key',
    ]) {
      expect(ran.stderr).toContain(name)
    }
    expect(existsSync(join(project.folder, 'data'))).toBe(false)
  })

  it('changes no schema outside development: db migrate comes first, then it serves and stops with 0', async () => {
    project.write('config.toml', `${quiet}[server]\nport = ${await findFreePort('127.0.0.1')}\n`)
    // Mail is needed to sign in; nobody answers at this address, and the mails wait in the queue.
    const env = { SMTP_URL: 'smtp://127.0.0.1:1' }
    const early = await project.run(['serve'], { env })
    expect(early).toMatchObject({ code: 1, stdout: '' })
    expect(early.stderr).toContain('xswarm db migrate')
    expect((await project.run(['db', 'migrate'])).code).toBe(0)

    const serve = project.start(['serve', '--json'], env)
    const ready = JSON.parse(await serve.firstLine())
    expect(ready).toMatchObject({ environment: 'staging', role: 'all' })
    const answer = await fetch(`${ready.url}/api/signup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'zoe@example.com', phone: '+15551234577' }),
    })
    expect(answer.status).toBe(201)
    const ran = await stop(serve, 'SIGTERM')
    expect(ran.code).toBe(0)
    expect(ran.stdout.trim().split('\n')).toHaveLength(1)
    expect(ran.stderr).toContain('"/api/signup"')
    expect(ran.stderr).not.toMatch(/zoe|5551234577/)
  })
})
