import { BlockList, isIP } from 'node:net'
import { AppError } from '../domain/errors.ts'

/** Who is at the other end, as far as it can be believed. */
export interface Client {
  /** `unknown` when the request did not come through a socket. */
  readonly ip: string
  /** A process on this very machine that no proxy stands in front of. */
  readonly isLocal: boolean
  /** The scheme and host the client used, when a trusted proxy tells; for example `https://xswarm.ai`. */
  readonly origin: string | undefined
}

export type FindClient = (peer: string | undefined, headers: Headers) => Client

/**
 * Finds the client's address. `X-Forwarded-*` counts only when the socket's peer is one of the proxies named in
 * `server.trusted_proxies` (addresses or CIDR ranges); from anybody else it has no effect.
 * Throws AppError `misconfigured` for an entry that is neither.
 */
export function createFindClient(trustedProxies: readonly string[]): FindClient {
  const trusted = trustedProxies.length === 0 ? undefined : listOf(trustedProxies)
  return (peer, headers) => {
    const address = plainAddress(peer)
    if (address === undefined) return { ip: 'unknown', isLocal: false, origin: undefined }
    if (trusted === undefined || !includes(trusted, address))
      return { ip: address, isLocal: isLoopback(address) && !isForwarded(headers), origin: undefined }
    return {
      ip: nearestUntrusted(trusted, address, headers),
      isLocal: false,
      origin: forwardedOrigin(headers),
    }
  }
}

/**
 * The last address that a trusted proxy saw. Read from the right: everything to the left of the first untrusted
 * address is what that client claims about itself.
 */
function nearestUntrusted(trusted: BlockList, peer: string, headers: Headers): string {
  const hops = headers.get('x-forwarded-for')?.split(',') ?? []
  let nearest = peer
  for (const hop of hops.reverse()) {
    const address = plainAddress(hop.trim())
    if (address === undefined) return nearest
    nearest = address
    if (!includes(trusted, address)) return nearest
  }
  return nearest
}

function forwardedOrigin(headers: Headers): string | undefined {
  const scheme = headers.get('x-forwarded-proto')?.split(',').at(-1)?.trim()
  const host = (headers.get('x-forwarded-host') ?? headers.get('host'))?.split(',').at(-1)?.trim()
  if (host === undefined || (scheme !== 'http' && scheme !== 'https')) return undefined
  return originOf(`${scheme}://${host}`)
}

/** The origin of an absolute URL; undefined for anything else. */
export function originOf(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).origin : undefined
}

function isForwarded(headers: Headers): boolean {
  return headers.has('x-forwarded-for') || headers.has('forwarded') || headers.has('via')
}

function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}

/** Without the IPv6 coat that a socket listening on `::` puts around IPv4 addresses. */
function plainAddress(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const plain = text.startsWith('::ffff:') ? text.slice(7) : text
  return isIP(plain) === 0 ? undefined : plain
}

function includes(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

function listOf(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) add(list, entry)
  return list
}

function add(list: BlockList, entry: string): void {
  const [address = '', prefix, more] = entry.split('/')
  const family = isIP(address)
  const isRange = prefix !== undefined
  const bitsMax = family === 6 ? 128 : 32
  // `10.0.0.0/` must not become a range of everybody.
  const isPrefixRight = !isRange || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bitsMax)
  if (family === 0 || more !== undefined || !isPrefixRight)
    throw new AppError(
      'misconfigured',
      'An entry of server.trusted_proxies is neither an IP address nor a range such as 10.0.0.0/8. Correct it in config.toml.',
    )
  const type = family === 6 ? 'ipv6' : 'ipv4'
  if (isRange) list.addSubnet(address, Number(prefix), type)
  else list.addAddress(address, type)
}
