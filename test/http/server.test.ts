import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunningServer, startServer, TIMEOUTS } from '../../src/http/serve.ts'
import { createTestService, signUpRequest, type TestService } from './service.ts'

let parts: TestService
let server: RunningServer
const local = { host: '127.0.0.1', port: 0 }

beforeEach(async () => {
  parts = await createTestService()
  server = await startServer(parts.service, { ...local, headersTimeoutMs: 300, requestTimeoutMs: 400 })
})
afterEach(async () => {
  await server.close()
  await parts.close()
})

describe('startServer', () => {
  it('serves over a real socket', async () => {
    const response = await fetch(`${server.url}/api/signup`, signUpRequest({ email: 'alice@example.com' }))
    expect(response.status).toBe(201)
    expect(await response.json()).toMatchObject({ xswarm_email: 'alice@xswarm.ai' })
    expect(response.headers.get('x-request-id')).not.toBeNull()
    expect(parts.logged.at(-1)?.fields.ip).toBe('127.0.0.1')
  })

  it('says in a sentence that the port is in use, and what to do', async () => {
    const port = Number(new URL(server.url).port)
    await expect(startServer(parts.service, { ...local, port })).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringMatching(new RegExp(`^Port ${port} on 127.0.0.1 is already in use.*--port`)),
    })
  })

  it('says that an address is not of this machine', async () => {
    await expect(startServer(parts.service, { host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('192.0.2.1'),
    })
  })

  it('finishes the requests under way before it closes, takes no new ones, and closes once', async () => {
    const { write } = parts.database
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const started = new Promise<void>((resolve) => {
      parts.database.write = async (unit) => {
        resolve()
        await held
        return await write.call(parts.database, unit)
      }
    })
    const answer = fetch(`${server.url}/api/signup`, signUpRequest({ email: 'slow@example.com' }))
    await started
    const closed = Promise.all([server.close(), server.close()])
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
    release()
    expect((await answer).status).toBe(201)
    await closed
    expect(await parts.app.users.findByEmail('slow@example.com')).toBeDefined()
  })

  it('cuts off what does not finish when its patience ends', async () => {
    const started = new Promise<void>((resolve) => {
      parts.database.write = () => {
        resolve()
        return new Promise(() => {})
      }
    })
    const impatient = await startServer(parts.service, { ...local, closeTimeoutMs: 50 })
    const answer = fetch(`${impatient.url}/api/signup`, signUpRequest({ email: 'a@example.com' }))
    const refused = expect(answer).rejects.toThrow()
    await started
    await impatient.close()
    await refused
  })
})

describe('a client that keeps a connection busy', () => {
  it('with headers that never end is cut off long before the whole request must be there', async () => {
    const strict = await startServer(parts.service, { ...local, headersTimeoutMs: 300 })
    const socket = await open(strict)
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 408 /)
    await strict.close()
  })

  it('with a body that never ends is cut off', async () => {
    const socket = await open()
    socket.write(
      'POST /api/signup HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"email":',
    )
    await readAll(socket)
    expect(await parts.app.users.count()).toBe(0)
    expect(parts.logged.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('is gone within ten seconds unless told otherwise', () => {
    const { headersTimeoutMs, requestTimeoutMs, lookEveryMs } = TIMEOUTS
    expect(Math.max(headersTimeoutMs, requestTimeoutMs) + lookEveryMs).toBeLessThanOrEqual(10_000)
  })
})

describe('bytes that are no request of ours', () => {
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    [
      'a length and chunks, as in request smuggling',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['headers of 40 KB', `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
    ['a host that is none', 'GET / HTTP/1.1\r\nHost: a b<>\r\nConnection: close\r\n\r\n', 400],
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['a backslash in the path', 'GET /\\evil HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
  ])('%s: answered with a problem, which shows nothing of ours', async (_, bytes, status) => {
    const socket = await open()
    socket.end(bytes)
    const answer = await readAll(socket)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toContain('application/problem+json')
    expect(answer).toContain('nosniff')
    expect(answer.toLowerCase()).not.toMatch(/node|hono|\.ts|stack/)
  })
})

describe('a body over the limit', () => {
  it('is refused by its declared length before it is sent', async () => {
    const socket = await open()
    socket.write(
      'POST /api/signup HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1048576\r\n\r\n',
    )
    const [first] = await once(socket, 'data')
    expect(String(first)).toMatch(/^HTTP\/1\.1 413 /)
    socket.destroy()
  })

  it('is refused while it streams in chunks', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }
      const request = httpRequest(`${server.url}/api/signup`, { method: 'POST', headers }, (response) => {
        resolve(response.statusCode)
        request.destroy()
      })
      request.on('error', reject)
      const chunk = ' '.repeat(16 * 1024)
      const more = () => {
        while (!request.destroyed && request.write(chunk));
        if (!request.destroyed) request.once('drain', more)
      }
      more()
    })
    expect(status).toBe(413)
  })
})

async function open(at = server): Promise<Socket> {
  const { hostname, port } = new URL(at.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  return socket
}

async function readAll(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  // A reset after the answer is a close as well.
  socket.on('error', () => {})
  await once(socket, 'close')
  return text
}
