import { createHash, timingSafeEqual } from 'node:crypto'
import { AppError } from '../domain/errors.ts'
import type { Client } from './client-address.ts'
import type { Who } from './route.ts'

/** Lets a request pass or throws AppError `unauthenticated` or `forbidden`. */
export type Gate = (request: Request, client: Client) => void

/** One gate for every word of `Who`: the only place that decides who may use a route. */
export function createGates(serviceToken: string | undefined): Record<Who, Gate> {
  const expected = serviceToken === undefined || serviceToken === '' ? undefined : digest(serviceToken)
  return {
    anyone: () => {},
    service: (request) => demandToken(request, expected),
    operations: (request, client) => {
      if (!client.isLocal) demandToken(request, expected)
    },
  } satisfies Record<Who, Gate>
}

function demandToken(request: Request, expected: Buffer | undefined): void {
  if (expected === undefined)
    throw new AppError(
      'unauthenticated',
      'This server has no service token, so nobody can use this route. Set XSWARM_SERVICE_TOKEN in .env and restart it.',
    )
  const given = bearerToken(request.headers)
  if (given === undefined || !timingSafeEqual(digest(given), expected))
    throw new AppError('unauthenticated', 'Send the service token as `Authorization: Bearer TOKEN`.')
}

/** Digests have one length, so comparing them tells nothing about the token, not even how long it is. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function bearerToken(headers: Headers): string | undefined {
  const [, token] = headers.get('authorization')?.match(/^bearer +([^\s]+)$/i) ?? []
  return token
}
