import { createHash, timingSafeEqual } from 'node:crypto'
import { adminRightsOf } from '../domain/admins.ts'
import type { App } from '../domain/app.ts'
import { AppError } from '../domain/errors.ts'
import type { SignedIn } from '../domain/sessions.ts'
import type { Client } from './client-address.ts'
import { bearerToken, createIdentify } from './identity.ts'
import type { Route, Who } from './route.ts'

/**
 * Lets a request pass, with who sent it when the route wants to know, or throws AppError `unauthenticated` or `forbidden`
 * or RequestFault `cross-site`.
 */
export type Gate = (
  request: Request,
  client: Client,
  route: Pick<Route, 'right'>,
) => Promise<SignedIn | undefined> | undefined

type Parts = Pick<App, 'config' | 'sessions' | 'database' | 'clock' | 'log'>

/** One gate for every word of `Who`: the only place that decides who may use a route. */
export function createGates(app: Parts, serviceToken: string | undefined): Record<Who, Gate> {
  const expected = serviceToken === undefined || serviceToken === '' ? undefined : digest(serviceToken)
  const identify = createIdentify(app)
  const demandUser = async (request: Request, client: Client): Promise<SignedIn> => {
    const signedIn = await identify(request, client)
    if (signedIn === undefined) throw new AppError('unauthenticated', SIGN_IN)
    return signedIn
  }
  return {
    anyone: () => undefined,
    visitor: identify,
    user: demandUser,
    admin: async (request, client, { right }) => {
      const signedIn = await demandUser(request, client)
      const rights = adminRightsOf(signedIn.user, app.config)
      if (rights === undefined) throw new AppError('forbidden', 'Only the admin of this service may do that.')
      if (right !== undefined && !rights.has(right))
        throw new AppError(
          'forbidden',
          `The admin may do that only with ${right} = true in [admin] of config.toml.`,
        )
      return signedIn
    },
    service: (request) => demandToken(request, expected),
    signed: () => undefined,
    operations: (request, client) => (client.isLocal ? undefined : demandToken(request, expected)),
  } satisfies Record<Who, Gate>
}

const SIGN_IN =
  'Nobody is signed in. Send the token of a session as `Authorization: Bearer TOKEN`, or sign in at /sign-in.'

function demandToken(request: Request, expected: Buffer | undefined): undefined {
  if (expected === undefined)
    throw new AppError(
      'unauthenticated',
      'This server has no service token, so nobody can use this route. Set XSWARM_SERVICE_TOKEN in .env and restart it.',
    )
  const given = bearerToken(request.headers.get('authorization'))
  if (given === undefined || !timingSafeEqual(digest(given), expected))
    throw new AppError('unauthenticated', 'Send the service token as `Authorization: Bearer TOKEN`.')
}

/** Digests have one length, so comparing them tells nothing about the token, not even how long it is. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
