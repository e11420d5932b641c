import { createHmac } from 'node:crypto'

/**
 * `X-Twilio-Signature`: HMAC-SHA1 over the URL and the sorted parameters, name and value without anything between.
 * Source: Twilio, Security, "Validating requests".
 */
export function signatureOf(
  authToken: string,
  url: string,
  params: Readonly<Record<string, string>>,
): string {
  const names = Object.keys(params).sort()
  const text = signedUrl(url) + names.map((name) => name + params[name]).join('')
  return createHmac('sha1', authToken).update(text, 'utf8').digest('base64')
}

/** The configured URL without its fragment and its user and password, and over https without its port. */
function signedUrl(url: string): string {
  const [bare = ''] = url.split('#')
  const [, scheme = '', authority = '', rest = ''] = /^(https?:\/\/)([^/?]*)(.*)$/is.exec(bare) ?? []
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const named = scheme.toLowerCase() === 'https://' ? host.replace(/:\d+$/, '') : host
  return scheme + named + rest
}
