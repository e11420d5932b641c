import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'

/** Whether this signature says that Twilio sent these fields to this path of ours. */
export type VerifyTwilio = (
  signature: string | null,
  path: string,
  fields: Readonly<Record<string, string>>,
) => boolean

export interface SignatureOptions {
  /** Where Twilio reaches us. Only this counts, never what a request says of itself. */
  readonly publicUrl: string
  /** Several while one replaces another. Without any nobody is believed. */
  readonly authTokens: readonly string[]
  /** What stands behind the `#` of an address we gave Twilio, by path. */
  readonly fragments?: Readonly<Record<string, string>>
}

/**
 * Checks X-Twilio-Signature: base64 of HMAC-SHA1 over the address and, sorted by name, every name and value. It holds no
 * time, so whoever has seen a signed request can send it again for ever: what it asks for must be harmless to repeat.
 * https://www.twilio.com/docs/usage/security#validating-requests
 */
export function createTwilioVerifier({
  publicUrl,
  authTokens,
  fragments = {},
}: SignatureOptions): VerifyTwilio {
  const bases = spellingsOf(publicUrl)
  const keys = authTokens.map((token) => createSecretKey(token, 'utf8'))
  return (signature, path, fields) => {
    if (signature === null || !/^[A-Za-z0-9+/]{27}=$/.test(signature)) return false
    const given = Buffer.from(signature, 'base64')
    let tail = ''
    for (const name of Object.keys(fields).sort()) tail += name + fields[name]
    const fragment = fragments[path]
    const paths = fragment === undefined ? [path] : [path, path + fragment]
    // The usual spelling first: a call waits for this. Which one it was is nobody's secret; the comparison tells nothing.
    for (const one of paths)
      for (const base of bases)
        for (const key of keys) {
          const digest = createHmac('sha1', key)
            .update(base + one + tail, 'utf8')
            .digest()
          if (timingSafeEqual(digest, given)) return true
        }
    return false
  }
}

/** Twilio signs an address with its port or without, depending on product and scheme; both are ours. */
function spellingsOf(publicUrl: string): readonly string[] {
  const base = publicUrl.replace(/\/+$/, '')
  const { protocol, hostname, port, pathname } = new URL(base)
  const path = pathname.replace(/\/+$/, '')
  const standard = protocol === 'https:' ? '443' : '80'
  return [
    ...new Set([
      base,
      `${protocol}//${hostname}${path}`,
      `${protocol}//${hostname}:${port === '' ? standard : port}${path}`,
    ]),
  ]
}
