import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { failureOf } from '../domain/telephony.ts'
import { createTwilio } from './twilio.ts'

const urls = { voice: 'v', voice_fallback: 'vf', sms: 's', sms_fallback: 'sf', status: 'st' }
const order = { e164: '+18005550100', tag: 'xs1:test:1', urls }

async function serve(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close().closeAllConnections())
  const { port } = server.address() as AddressInfo // it listens on a port
  return createTwilio({
    accountSid: 'AC1',
    authToken: 'token-of-a-test',
    apiBase: `http://127.0.0.1:${port}`,
    country: 'US',
    timeoutMs: 300,
  })
}

const says = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  serve(
    (_, response) =>
      void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body)),
  )

describe('what a refusal of a purchase means', () => {
  test.each([
    [400, { code: 21422 }, 'gone'],
    [400, { code: 21421 }, 'refused'],
    [400, { code: 21404 }, 'refused'],
    [400, { code: 21649 }, 'refused'],
    [400, { code: 21452 }, 'no-stock'],
    [400, { code: 21631 }, 'gone'],
    [401, { code: 20003 }, 'account'],
    [401, 'no JSON', 'account'],
    [403, { code: 20005 }, 'account'],
    [429, { code: 20429 }, 'busy'],
    [429, '', 'busy'],
    // Nothing certain is said, so it may have been bought.
    [400, { code: 99999 }, 'unknown'],
    [400, '', 'unknown'],
    [500, { code: 20500 }, 'unknown'],
    [503, { code: 21422 }, 'unknown'],
    [502, '<html>Bad Gateway</html>', 'unknown'],
    [201, 'cut of', 'unknown'],
    [201, {}, 'unknown'],
    [302, {}, 'unknown'],
  ])('%s %j: %s', async (status, body, failure) => {
    const twilio = await says(status, body, status === 302 ? { Location: 'http://127.0.0.1:1/' } : {})
    expect(failureOf(await twilio.buy(order).catch((error: unknown) => error))).toBe(failure)
  })

  test('no answer in time, or a connection that is cut: it may have been bought', async () => {
    const silent = await serve(() => undefined)
    expect(failureOf(await silent.buy(order).catch((error: unknown) => error))).toBe('unknown')
    const cut = await serve(({ socket }) => void socket.destroy())
    expect(failureOf(await cut.buy(order).catch((error: unknown) => error))).toBe('unknown')
  })

  test('nobody there: nothing was sent', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // it listens on a port
    server.close()
    await once(server, 'close')
    const apiBase = `http://127.0.0.1:${port}`
    const twilio = createTwilio({ accountSid: 'AC1', authToken: 'token-of-a-test', apiBase, country: 'US' })
    expect(failureOf(await twilio.buy(order).catch((error: unknown) => error))).toBe('unreachable')
  })

  test('no error shows the token, the account or the number', async () => {
    const twilio = await says(400, { code: 21422, message: '+18005550100 is not available' })
    const error: unknown = await twilio.buy(order).catch((one: unknown) => one)
    const text = `${String(error)} ${JSON.stringify(error)} ${error instanceof Error ? error.stack : ''}`
    for (const secret of ['token-of-a-test', '+18005550100']) expect(text).not.toContain(secret)
  })

  test('the pause that Twilio asks for is kept', async () => {
    const twilio = await says(429, { code: 20429 }, { 'Retry-After': '17' })
    expect(await twilio.buy(order).catch((one: unknown) => one)).toMatchObject({ retryAfterSeconds: 17 })
  })
})

test('a release of what is gone already answers, and says so', async () => {
  expect(await (await says(404, { code: 20404 })).release('PN1')).toBe(false)
  expect(await (await serve((_, response) => void response.writeHead(204).end())).release('PN1')).toBe(true)
})
