import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import { buildChildren, type Children } from './children.ts'

let folder: string
let children: Children
beforeAll(() => {
  children = buildChildren()
})
afterAll(() => children.remove())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xswarm-open-'))
})
afterEach(() => {
  chmodSync(folder, 0o700)
  rmSync(folder, { recursive: true })
})

const SECRET = 'canary-1234567890'

describe('a database.url that cannot work is refused with what to write instead, and is never repeated', () => {
  test.each([
    ['', 'is not a URL'],
    ['data/xswarm.db', 'is not a URL'],
    ['file:', 'names no file'],
    ['file::memory:', 'names no file'],
    ['file:data/', 'names no file'],
    ['file:x.db?mode=ro', 'has options behind the file name'],
    ['file://elsewhere/x.db', 'is not a file URL of this machine'],
    ['file:%E0%A4%A', 'is not a file URL of this machine'],
    ['http://example.com', 'uses plain http to another machine'],
    ['http://localhost.example.com', 'uses plain http to another machine'],
    ['ws://localhost', 'starts with ws:'],
    ['postgres://localhost/x', 'starts with postgres:'],
    [`libsql://user:${SECRET}@db.example.com`, 'carries credentials'],
    [`libsql://db.example.com?authToken=${SECRET}`, 'carries credentials'],
    [`https://db.example.com/#${SECRET}`, 'carries credentials'],
  ])('%s', async (url, message) => {
    const failure = await openDatabase({ url, checkSchema: false }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'misconfigured', message: expect.stringContaining(message) })
    expect(String(failure)).not.toContain(SECRET)
  })
})

test.each([
  ['libsql://db.example.com', 'https://db.example.com'],
  ['https://db.example.com/path', 'https://db.example.com/path'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['http://[::1]:8080', 'http://[::1]:8080'],
])('%s is opened at %s, without asking it anything yet', async (url, location) => {
  const database = await openDatabase({ url, authToken: SECRET, checkSchema: false })
  expect(database).toMatchObject({ kind: 'remote', location })
  await database.close()
})

describe('a file', () => {
  const open = (name: string) => openDatabase({ url: `file:${join(folder, name)}`, migrate: true })

  test('may have any name', async () => {
    const name = "it's 100% ä #1?.db"
    const database = await openDatabase({ url: `file:${folder}/${encodeURIComponent(name)}`, migrate: true })
    expect(database.location).toBe(join(folder, name))
    expect(existsSync(join(folder, name))).toBe(true)
    await database.close()
  })

  test.each([
    ['text', 'this is no database'],
    ['a picture', `\x89PNG\r\n${'x'.repeat(5_000)}`],
    ['a database with a broken page', `SQLite format 3\0${'\xff'.repeat(5_000)}`],
  ])('that is %s is refused and stays as it is', async (_name, content) => {
    writeFileSync(join(folder, 'x.db'), content, 'latin1')
    await expect(open('x.db')).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringMatching(/is not a database, or it is damaged\..*xswarm db restore/),
    })
    expect(readFileSync(join(folder, 'x.db'), 'latin1')).toBe(content)
  })

  test('that is a folder is refused', async () => {
    mkdirSync(join(folder, 'x.db'))
    const refusal = { code: 'misconfigured', message: expect.stringContaining('is a folder') }
    await expect(open('x.db')).rejects.toMatchObject(refusal)
  })

  test('below a file is refused', async () => {
    writeFileSync(join(folder, 'file'), '')
    const refusal = {
      code: 'misconfigured',
      message: expect.stringMatching(/cannot be created \((ENOTDIR|EEXIST)\)/),
    }
    await expect(open('file/x.db')).rejects.toMatchObject(refusal)
  })

  describe('without permission', () => {
    async function openUnprivileged(name: string, door = 'open'): Promise<unknown> {
      const child = children.start('open-unprivileged', door, join(folder, name))
      return JSON.parse(await child.line((line) => line.startsWith('{')))
    }

    test('to write the file: it is called read-only', async () => {
      await (await open('x.db')).close()
      chmodSync(join(folder, 'x.db'), 0o444)
      chmodSync(folder, 0o555)
      expect(await openUnprivileged('x.db')).toEqual({
        code: 'misconfigured',
        message: expect.stringMatching(/x\.db is read-only \(EACCES\)\. Give this user permission/),
      })
    })

    test('to write its folder: the folder is named as well', async () => {
      await (await open('x.db')).close()
      for (const suffix of ['-wal', '-shm']) rmSync(join(folder, `x.db${suffix}`), { force: true })
      chmodSync(join(folder, 'x.db'), 0o666)
      chmodSync(folder, 0o555)
      expect(await openUnprivileged('x.db', 'driver')).toEqual({
        code: 'misconfigured',
        message: expect.stringMatching(/folder/),
      })
    })

    test('to create it: the folder is to be checked', async () => {
      chmodSync(folder, 0o555)
      expect(await openUnprivileged('deep/x.db')).toEqual({
        code: 'misconfigured',
        message: expect.stringContaining('Check that its folder exists and that this user may write there.'),
      })
    })
  })
})

describe('a server that', () => {
  async function against(status: number, headers: Record<string, string> = {}): Promise<unknown> {
    const server = createServer((request, response) => {
      request.resume()
      response.writeHead(status, headers).end(`no ${SECRET}`)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = address === null || typeof address === 'string' ? 0 : address.port
    try {
      return await openDatabase({ url: `http://127.0.0.1:${port}`, patienceMs: 50 }).catch(
        (error: unknown) => error,
      )
    } finally {
      server.closeAllConnections()
      server.close()
    }
  }

  test.each([
    ['refuses the token', 401, 'misconfigured', 'Check TURSO_AUTH_TOKEN'],
    ['forbids', 403, 'misconfigured', 'Check TURSO_AUTH_TOKEN'],
    ['knows no such database', 404, 'misconfigured', 'There is no database at'],
    ['sends elsewhere', 302, 'misconfigured', 'There is no database at'],
    ['is crowded', 429, 'unavailable', 'try again later'],
    ['fails', 500, 'unavailable', 'try again later'],
    ['is behind a gateway that fails', 502, 'unavailable', 'try again later'],
    ['is no database server', 200, 'unavailable', 'try again later'],
  ])('%s', async (_name, status, code, message) => {
    const failure = await against(status, {
      location: 'https://elsewhere.example.com',
      'content-type': 'text/plain',
    })
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message) })
    expect(String(failure)).not.toContain(SECRET)
  })
})
