import { z } from 'zod'
import type { ChangeFeed } from '../change-feed.ts'
import { type Route, reply, route } from '../route.ts'

const EVENT_STREAM = 'text/event-stream'

const headers = z.object({
  'last-event-id': z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    // Whatever else somebody sends says nothing about what they have seen.
    .catch(undefined)
    .describe('The id of the last event that arrived: what changed since comes first.'),
})

/** What changes about whoever is signed in, as it happens. */
export function eventRoutes(feed: ChangeFeed): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/me/events',
      name: 'followMe',
      who: 'user',
      kind: 'api',
      summary:
        'Your changes as server-sent events: `event: change`, `id:` the revision, `data:` {revision, changed, user}. ' +
        'Nothing is sent for the state at the beginning; read that from GET /api/me. `changed: []` means that this is the state now, ' +
        'whatever you saw before. Ends with the session.',
      headers,
      answers: { 200: { description: 'A stream that stays open.', type: EVENT_STREAM } },
      problems: ['too-often'],
      handle: ({ signedIn, headers, request }) => {
        const lastSeen = headers['last-event-id']
        // Nobody would ever read, or close, the stream of a HEAD.
        const body =
          request.method === 'HEAD'
            ? null
            : feed.open(signedIn, lastSeen === undefined ? undefined : Number(lastSeen))
        // Proxies that gather answers before they pass them on must not gather this one.
        return reply(200, EVENT_STREAM, body, {
          'Cache-Control': 'no-store, no-transform',
          'X-Accel-Buffering': 'no',
        })
      },
    }),
  ]
}
