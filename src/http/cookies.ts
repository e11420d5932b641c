/** The cookies of this service. Browsers hold them; pages of ours never see them (HttpOnly). */
export interface CookieNames {
  /** Holds the session's token. */
  readonly session: string
  /** Holds the token of the request for a code, so that only this browser can use the code. */
  readonly code: string
  /** Holds the token of the sign-up, so that this browser's own proof keeps what it gave. */
  readonly signUp: string
}

export interface Cookies {
  readonly names: CookieNames
  read(headers: Headers, cookie: keyof CookieNames): string | undefined
  /** The value of a `Set-Cookie`. */
  set(cookie: keyof CookieNames, value: string, maxAgeSeconds: number): string
  clear(cookie: keyof CookieNames): string
}

/**
 * `__Host-` lets no other host and no plain http set them. Browsers refuse that on http://localhost, so there they have
 * plain names. SameSite is Lax, not Strict: whoever comes back from paying would look signed out.
 */
export function createCookies(publicUrl: string): Cookies {
  const isSecure = publicUrl.startsWith('https:')
  const prefix = isSecure ? '__Host-' : ''
  const names = { session: `${prefix}xswarm`, code: `${prefix}xswarm-code`, signUp: `${prefix}xswarm-signup` }
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  return {
    names,
    read: (headers, cookie) => readCookie(headers.get('cookie'), names[cookie]),
    set: (cookie, value, maxAgeSeconds) => `${names[cookie]}=${value}; Max-Age=${maxAgeSeconds}${attributes}`,
    clear: (cookie) => `${names[cookie]}=; Max-Age=0${attributes}`,
  }
}

/** What our tokens are made of; anything else in a cookie is none of ours. */
const TOKEN = /^[\w-]{1,200}$/

function readCookie(header: string | null, name: string): string | undefined {
  if (header === null) return undefined
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at === -1 || pair.slice(0, at).trim() !== name) continue
    const value = pair.slice(at + 1).trim()
    return TOKEN.test(value) ? value : undefined
  }
  return undefined
}
