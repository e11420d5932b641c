import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKeychain } from '../../src/adapters/keychain.ts'
import { signInDevice } from '../../src/cli/commands/login.ts'
import { signOutDevice } from '../../src/cli/commands/logout.ts'
import { showWhoIsSignedIn } from '../../src/cli/commands/whoami.ts'
import { openCredentials, parseServer } from '../../src/cli/credentials.ts'
import { UsageError } from '../../src/cli/failure.ts'
import { createIo, type Io } from '../../src/cli/io.ts'
import { type RunningServer, startServer } from '../../src/http/serve.ts'
import { createFakeKeychain, type FakeKeychain } from './fake-keychain.ts'
import { bearer, createTestService, signInAs, statusOfMe, type TestService } from './people.ts'

const email = 'alice@example.com'
let parts: TestService
let server: RunningServer
let home: string
let said: string[]
beforeEach(async () => {
  parts = await createTestService()
  server = await startServer(parts.service, { host: '127.0.0.1', port: 0 })
  home = mkdtempSync(join(tmpdir(), 'xswarm-home-'))
  said = []
})
afterEach(async () => {
  await server.close()
  await parts.close()
  rmSync(home, { recursive: true, force: true })
})

function ioFor(env: Record<string, string> = {}, isTerminal = true): Io {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: isTerminal })
  const stderr = terminal()
  stderr.on('data', (text) => said.push(String(text)))
  return createIo({
    json: false,
    stdin: terminal(),
    stdout: new PassThrough(),
    stderr,
    env: { HOME: home, XSWARM_ENVIRONMENT: 'production', ...env },
    stopRequest: () => new Promise(() => undefined),
  })
}

const file = () => join(home, '.local', 'state', 'xswarm', 'credentials.json')

/** A person who sees the code on the device and decides in a browser; the clock moves while the device waits. */
function person(token: string, decision: 'approve' | 'deny' | 'nothing') {
  return async (ms: number): Promise<void> => {
    parts.clock.advance(ms)
    const code = said.join('').match(/[A-Z]{4}-[A-Z]{4}/)?.[0] ?? ''
    if (decision === 'nothing' || !said.join('').includes('Waiting')) return
    await fetch(`${server.url}/device`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...bearer(token) },
      body: new URLSearchParams({ user_code: code, decision }).toString(),
    })
  }
}

async function login(keychain: FakeKeychain, env: Record<string, string> = {}) {
  const { token } = await signInAs(parts, email)
  const wait = person(token, 'approve')
  return signInDevice({ server: server.url }, ioFor(env), { keychain, wait })
}

describe('xswarm login', () => {
  it('signs the device in and keeps the credential in the keychain and nowhere else', async () => {
    const keychain = createFakeKeychain()
    const report = await login(keychain)
    expect(report.document).toEqual({ server: server.url, email, credential: 'keychain' })
    const token = keychain.entries.get(server.url) ?? ''
    expect(await statusOfMe(parts, token)).toBe(200)
    expect(readFileSync(file(), 'utf8')).not.toContain(token)
    for (const text of [said.join(''), report.text]) expect(text).not.toContain(token)
    const who = await showWhoIsSignedIn({}, ioFor(), keychain)
    expect(who).toMatchObject({
      text: email,
      document: { email, server: server.url, credential: 'keychain' },
    })
  })

  for (const [name, faults] of [
    ['refuses it', { refuses: true }],
    ['does not give it back', { forgets: true }],
  ] as const)
    it(`keeps it in a file for its owner only, with a notice, when the keychain ${name}`, async () => {
      const keychain = createFakeKeychain(faults)
      const report = await login(keychain)
      expect(report.document).toMatchObject({ credential: 'file' })
      expect(statSync(file()).mode & 0o777).toBe(0o600)
      expect(statSync(join(file(), '..')).mode & 0o777).toBe(0o700)
      expect(said.join('')).toContain('notice: ')
      expect(said.join('')).toContain(file())
      const who = await showWhoIsSignedIn({}, ioFor(), keychain)
      expect(who.document).toMatchObject({ email, credential: 'file' })
    })

  it('ends the session that it replaces', async () => {
    const keychain = createFakeKeychain()
    await login(keychain)
    const first = keychain.entries.get(server.url) ?? ''
    said = []
    await login(keychain)
    expect(await statusOfMe(parts, first)).toBe(401)
    expect(await statusOfMe(parts, keychain.entries.get(server.url) ?? '')).toBe(200)
  })

  it('says so when it is turned away, and when nobody decides in time', async () => {
    const { token } = await signInAs(parts, email)
    const keychain = createFakeKeychain()
    const denied = signInDevice({ server: server.url }, ioFor(), { keychain, wait: person(token, 'deny') })
    await expect(denied).rejects.toMatchObject({ code: 'forbidden' })
    said = []
    const late = signInDevice({ server: server.url }, ioFor(), { keychain, wait: person(token, 'nothing') })
    await expect(late).rejects.toMatchObject({ code: 'conflict' })
    expect(keychain.entries.size).toBe(0)
    expect(existsSync(file())).toBe(false)
  })

  it('without a terminal says which variables to set', async () => {
    const refused = signInDevice({ server: server.url }, ioFor({}, false), { wait: async () => undefined })
    await expect(refused).rejects.toThrow(UsageError)
    await expect(refused).rejects.toMatchObject({
      hint: expect.stringMatching(/XSWARM_SERVER.*XSWARM_TOKEN/),
    })
  })

  it('says that a server is away, and changes nothing', async () => {
    const away = signInDevice({ server: 'http://127.0.0.1:9' }, ioFor(), { wait: async () => undefined })
    await expect(away).rejects.toMatchObject({ code: 'unavailable' })
    expect(existsSync(file())).toBe(false)
  })

  it('sends a token to no server over plain http, and takes none from an address', () => {
    for (const text of [
      'http://xswarm.example',
      'ftp://x',
      'xswarm.example',
      'https://a:b@xswarm.example',
      '',
    ])
      expect(() => parseServer(text)).toThrow(UsageError)
    expect(parseServer('https://xswarm.example/path/')).toBe('https://xswarm.example')
    expect(parseServer('http://localhost:8787/')).toBe('http://localhost:8787')
  })
})

describe('xswarm logout', () => {
  it('ends the session at the server and forgets the credential', async () => {
    const keychain = createFakeKeychain()
    await login(keychain)
    const token = keychain.entries.get(server.url) ?? ''
    const report = await signOutDevice({}, ioFor(), keychain)
    expect(report.document).toEqual({ signed_out: true, server: server.url })
    expect(await statusOfMe(parts, token)).toBe(401)
    expect(keychain.entries.size).toBe(0)
    expect(existsSync(file())).toBe(false)
    expect((await signOutDevice({}, ioFor(), keychain)).document).toEqual({ signed_out: false })
  })

  it('changes nothing when the server is away', async () => {
    const keychain = createFakeKeychain()
    await login(keychain)
    await server.close()
    await expect(signOutDevice({}, ioFor(), keychain)).rejects.toMatchObject({ code: 'unavailable' })
    expect(keychain.entries.size).toBe(1)
  })

  it('forgets a credential that was ended elsewhere', async () => {
    const keychain = createFakeKeychain()
    await login(keychain)
    await parts.sql('DELETE FROM sessions')
    expect((await signOutDevice({}, ioFor(), keychain)).document).toMatchObject({ signed_out: true })
    expect(keychain.entries.size).toBe(0)
  })
})

describe('xswarm whoami', () => {
  it('takes XSWARM_TOKEN before everything stored', async () => {
    const keychain = createFakeKeychain()
    await login(keychain)
    const bob = await signInAs(parts, 'bob@example.com')
    const env = { XSWARM_TOKEN: bob.token, XSWARM_SERVER: server.url }
    const who = await showWhoIsSignedIn({}, ioFor(env), keychain)
    expect(who.document).toMatchObject({ email: 'bob@example.com', credential: 'environment' })
    await expect(showWhoIsSignedIn({}, ioFor({ XSWARM_TOKEN: bob.token, HOME: tmpdir() }))).rejects.toThrow(
      'not for which server',
    )
  })

  it('says that nobody is signed in, and what to do about it', async () => {
    await expect(showWhoIsSignedIn({}, ioFor(), createFakeKeychain())).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('xswarm login'),
    })
  })

  it('is the test user in development, where nobody needs to sign in', async () => {
    const who = await showWhoIsSignedIn(
      {},
      ioFor({ XSWARM_ENVIRONMENT: 'development' }),
      createFakeKeychain(),
    )
    expect(who.document).toEqual({ email: 'test@example.com', server: null, credential: 'test-user' })
  })

  it('says that the session was ended', async () => {
    const keychain = createFakeKeychain()
    await login(keychain)
    await parts.sql('DELETE FROM sessions')
    await expect(showWhoIsSignedIn({}, ioFor(), keychain)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

describe('the file of credentials', () => {
  it('is closed to others when it was left open, and refused when it is broken, without showing it', async () => {
    mkdirSync(join(file(), '..'), { recursive: true })
    writeFileSync(file(), '{"servers":{}}')
    chmodSync(file(), 0o644)
    await (await openCredentials(ioFor(), createFakeKeychain())).find()
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    for (const text of [
      '{"servers": xsw_secret',
      '[]',
      '{"servers":{"a":1}}',
      '{"current":1,"servers":{}}',
    ]) {
      writeFileSync(file(), text)
      const store = await openCredentials(ioFor(), createFakeKeychain())
      await expect(store.find()).rejects.toMatchObject({ code: 'misconfigured' })
      await expect(store.find()).rejects.not.toThrow('xsw_secret')
    }
  })
})

describe('the system keyring', () => {
  /** A `secret-tool` of ours, which notes its arguments and keeps what it gets in a file. */
  function installTool(script: string): Record<string, string> {
    const tool = join(home, 'secret-tool')
    writeFileSync(tool, `#!/bin/sh\n${script}\n`)
    chmodSync(tool, 0o755)
    return { PATH: `${home}:${process.env.PATH}`, HOME: home, DBUS_SESSION_BUS_ADDRESS: 'unix:path=none' }
  }
  const working = `echo "$@" >> "$HOME/arguments"
case "$1" in
  store) cat > "$HOME/kept" ;;
  lookup) [ -f "$HOME/kept" ] && cat "$HOME/kept" || exit 1 ;;
  clear) rm -f "$HOME/kept" ;;
esac`

  it('gets the token on stdin, gives it back, and forgets it', async () => {
    const env = installTool(working)
    const keychain = createKeychain({ platform: 'linux', env })
    const credential = { server: 'https://xswarm.example', token: `xsw_${'a'.repeat(52)}` }
    expect(await keychain?.read(credential.server)).toBeUndefined()
    await keychain?.write(credential)
    expect(await keychain?.read(credential.server)).toBe(credential.token)
    await keychain?.remove(credential.server)
    expect(await keychain?.read(credential.server)).toBeUndefined()
    expect(readFileSync(join(home, 'arguments'), 'utf8')).not.toContain(credential.token)
  })

  it('is given up when it does not answer', async () => {
    const env = installTool('exec sleep 600')
    const keychain = createKeychain({ platform: 'linux', env, timeoutMs: 50 })
    await expect(keychain?.read('https://xswarm.example')).rejects.toThrow('did not answer in time')
  })

  it('is not asked where there is no session, and its absence is told', async () => {
    expect(createKeychain({ platform: 'linux', env: {} })).toBeUndefined()
    const env = { PATH: home, DBUS_SESSION_BUS_ADDRESS: 'unix:path=none' }
    await expect(createKeychain({ platform: 'linux', env })?.read('x')).rejects.toThrow('not installed')
  })
})
