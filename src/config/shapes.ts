import { isIP } from 'node:net'
import { z } from 'zod'

/**
 * The shapes of single values in `config.toml`. Every message is a fixed phrase that reads after the
 * key's name ("server.port must be ..."): a message built from the value could carry a secret.
 */

/** True for a host that never leaves the machine: the only place where plain http is fit for a database. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}

/** Text of one line, without control characters. */
export function line(lengthMax: number) {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(lengthMax, `must have at most ${lengthMax} characters`)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters or line breaks')
}

/** Text that matches a pattern, with the phrase that says so. The pattern also reaches the JSON Schema. */
export function matching(pattern: RegExp, phrase: string) {
  return z.string().regex(pattern, phrase)
}

/** A whole number between two bounds, both allowed. */
export function whole(min: number, max: number) {
  const phrase = `must be a whole number from ${min} to ${max}`
  return z.int(phrase).min(min, phrase).max(max, phrase)
}

// Loose on purpose: the seed's sample numbers and addresses are not deliverable. Strict parsing is for people's input.
export const emailAddress = matching(
  /^[^\s@<>"]{1,64}@[^\s@<>"]{1,253}$/,
  'must be an email address, like name@example.com',
)
export const phoneNumber = matching(/^\+[1-9]\d{6,14}$/, 'must be a phone number, like +15551234567')
export const sender = matching(
  /^([^<>@\r\n]{1,100} <[^\s@<>"]{1,64}@[^\s@<>"]{1,253}>|[^\s@<>"]{1,64}@[^\s@<>"]{1,253})$/,
  'must be an email address, or a name followed by one: Name <name@example.com>',
)
export const domainName = matching(
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
  'must be a domain name in lower case, like example.com',
)
export const personaKey = matching(
  /^[a-z0-9][a-z0-9-]{0,39}$/,
  'must be lower-case letters, digits and hyphens, at most 40',
)

export const hostName = z
  .string()
  .refine(
    (text) => isIP(text) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text),
    'must be an IP address or a host name, without scheme and port',
  )

export const addressRange = z
  .string()
  .refine(isAddressRange, 'must be an IP address or a range, like 10.0.0.0/8')

/** An absolute URL with one of the schemes, without a fragment. */
export function url(...schemes: [string, ...string[]]) {
  const phrase = `must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`
  return z.string().max(2048, 'must have at most 2048 characters').refine(isUrl, phrase)

  function isUrl(text: string): boolean {
    const parsed = parseUrl(text)
    return parsed !== undefined && schemes.includes(parsed.protocol.slice(0, -1)) && !text.includes('#')
  }
}

/** `https://host` and nothing behind it but a path: pages and webhooks are appended to it. */
export const publicUrl = url('https', 'http').refine(
  (text) => !text.includes('?'),
  'must not contain a question mark',
)

export const databaseUrl = z
  .string()
  .max(2048, 'must have at most 2048 characters')
  .superRefine((text, context) => {
    const phrase = databaseUrlFault(text)
    if (phrase !== undefined) context.addIssue({ code: 'custom', message: phrase })
  })

function databaseUrlFault(text: string): string | undefined {
  if (text.startsWith('file:')) {
    if (/[\p{Cc}]/u.test(text)) return 'must not contain control characters'
    return text.length > 'file:'.length ? undefined : 'must name a file, like file:data/xswarm.db'
  }
  const parsed = parseUrl(text)
  if (!parsed || parsed.hostname === '' || !['libsql:', 'https:', 'http:'].includes(parsed.protocol)) {
    return 'must be file:PATH, libsql://HOST, https://HOST, or http://HOST on this machine'
  }
  if (parsed.protocol === 'http:' && !isLoopback(parsed.hostname)) {
    return 'must use libsql:// or https:// (plain http would send the token in clear; only this machine is exempt)'
  }
  return undefined
}

function isAddressRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) && /^[a-z]+:\/\/[^\s]+$/.test(text) ? new URL(text) : undefined
}
