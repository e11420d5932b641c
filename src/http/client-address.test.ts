import { describe, expect, it } from 'vitest'
import { createFindClient } from './client-address.ts'

const trusted = ['10.0.0.0/8', '192.0.2.10', '2001:db8:1::/48', '::1']

const find = (
  peer: string | undefined,
  headers: Record<string, string> = {},
  proxies: readonly string[] = trusted,
) => createFindClient(proxies)(peer, new Headers(headers))

describe("the client's address", () => {
  it.each<[peer: string, forwardedFor: string, ip: string, why: string]>([
    ['203.0.113.9', '1.2.3.4', '203.0.113.9', 'a stranger may claim what they like'],
    ['10.0.0.1', '203.0.113.9', '203.0.113.9', 'the proxy saw the client'],
    [
      '10.0.0.1',
      '1.2.3.4, 203.0.113.9',
      '203.0.113.9',
      'what stands further left is the claim of the client',
    ],
    ['10.0.0.1', '203.0.113.9, 10.9.9.9, 192.0.2.10', '203.0.113.9', 'a chain of trusted proxies'],
    ['10.0.0.1', '10.0.0.7', '10.0.0.7', 'everybody is trusted: the first of them'],
    ['10.0.0.1', '', '10.0.0.1', 'no header'],
    ['10.0.0.1', 'unknown', '10.0.0.1', 'no address in it'],
    ['10.0.0.1', '203.0.113.9, unknown', '10.0.0.1', 'nothing behind an unreadable hop can be believed'],
    ['10.0.0.1', '203.0.113.9:5544', '10.0.0.1', 'an address with a port is not an address'],
    ['::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9', 'IPv4 in the coat of IPv6'],
    ['2001:db8:1::5', '2001:db8:9::1', '2001:db8:9::1', 'IPv6'],
    ['2001:db8:2::5', '2001:db8:9::1', '2001:db8:2::5', 'IPv6 outside the range'],
    ['192.0.2.11', '1.2.3.4', '192.0.2.11', 'a neighbour of the single address'],
    ['11.0.0.1', '1.2.3.4', '11.0.0.1', 'just outside the range'],
  ])('%s with X-Forwarded-For "%s" is %s: %s', (peer, forwardedFor, ip) => {
    expect(find(peer, { 'X-Forwarded-For': forwardedFor }).ip).toBe(ip)
  })

  it('is unknown without a socket, whatever the headers say', () => {
    expect(find(undefined, { 'X-Forwarded-For': '127.0.0.1' })).toEqual({
      ip: 'unknown',
      isLocal: false,
      origin: undefined,
    })
  })
})

describe('being on this machine', () => {
  it.each<[peer: string, headers: Record<string, string>, isLocal: boolean]>([
    ['127.0.0.1', {}, true],
    ['127.8.8.8', {}, true],
    ['::ffff:127.0.0.1', {}, true],
    ['127.0.0.1', { 'X-Forwarded-For': '203.0.113.9' }, false],
    ['127.0.0.1', { Forwarded: 'for=203.0.113.9' }, false],
    ['127.0.0.1', { Via: '1.1 proxy' }, false],
    ['10.0.0.1', { 'X-Forwarded-For': '127.0.0.1' }, false],
    ['192.168.0.1', {}, false],
    ['1270.0.0.1', {}, false],
  ])('%s with %j: %s', (peer, headers, isLocal) => {
    expect(find(peer, headers).isLocal).toBe(isLocal)
  })

  it('IPv6 has one such address', () => {
    expect(find('::1', {}, []).isLocal).toBe(true)
    expect(find('::2', {}, []).isLocal).toBe(false)
  })
})

describe('the origin that a proxy tells', () => {
  const told = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'xswarm.example' }

  it('is believed from a trusted one only', () => {
    expect(find('10.0.0.1', told).origin).toBe('https://xswarm.example')
    expect(find('203.0.113.9', told).origin).toBeUndefined()
    expect(find('10.0.0.1', told, []).origin).toBeUndefined()
  })

  it.each([
    { 'X-Forwarded-Proto': 'javascript', 'X-Forwarded-Host': 'xswarm.example' },
    { 'X-Forwarded-Proto': 'https' },
    { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'a b' },
    { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': '' },
  ])('is nothing when it is none: %j', (headers) => {
    expect(find('10.0.0.1', headers as Record<string, string>).origin).toBeUndefined()
  })
})

describe('server.trusted_proxies', () => {
  it.each([
    '',
    'proxy.example',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/x',
    '10.0.0/8',
    '::1/129',
    '10.0.0.0/8/8',
    '10.0.0.0/',
  ])('refuses %j with a sentence', (entry) => {
    expect(() => createFindClient([entry])).toThrow(/server\.trusted_proxies/)
  })
})
