import { type Authenticate, createAuthenticate } from '../actions/authenticate.ts'
import type { App } from '../domain/app.ts'
import type { SignedIn } from '../domain/sessions.ts'
import type { Client } from './client-address.ts'
import { createCookies } from './cookies.ts'
import { demandSameOrigin } from './same-origin.ts'

/** Who sent a request; undefined when nobody is signed in. Throws RequestFault `cross-site`. */
export type Identify = (request: Request, client: Client) => Promise<SignedIn | undefined>

/**
 * By the bearer token, else by the cookie. A browser adds the cookie by itself, whoever made it send the request, so
 * with a cookie everything but reading must come from our own pages.
 */
export function createIdentify(
  app: Pick<App, 'config' | 'sessions' | 'database' | 'clock' | 'log'>,
): Identify {
  const authenticate: Authenticate = createAuthenticate(app)
  const publicUrl = app.config.server.public_url
  const cookies = createCookies(publicUrl)
  return async (request, client) => {
    const { headers, method } = request
    const authorization = headers.get('authorization')
    // A wrong token is not made good by a right cookie: the sender meant the token.
    if (authorization !== null) {
      const token = bearerToken(authorization)
      return token === undefined ? undefined : authenticate(token)
    }
    const token = cookies.read(headers, 'session')
    if (token === undefined) return undefined
    if (method !== 'GET' && method !== 'HEAD') demandSameOrigin(request, client, publicUrl)
    return authenticate(token)
  }
}

/** The token of `Authorization: Bearer TOKEN`. */
export function bearerToken(authorization: string | null): string | undefined {
  const [, token] = authorization?.match(/^bearer +([^\s]+)$/i) ?? []
  return token
}
