import { accountOf } from '../../domain/account.ts'
import type { App } from '../../domain/app.ts'
import { json, type Route, route } from '../route.ts'
import { accountShape } from '../shapes.ts'

/** Whoever is signed in, about themselves. */
export function meRoutes(app: App): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/me',
      name: 'readMe',
      who: 'user',
      kind: 'api',
      summary: 'Your account: the user, what the tier includes, what was used, number and subscription.',
      answers: { 200: { description: 'The account; its ETag is the revision.', schema: accountShape } },
      handle: ({ signedIn }) =>
        json(200, accountOf(signedIn, app.config, app.clock.now()), { ETag: `"${signedIn.revision}"` }),
    }),
  ]
}
