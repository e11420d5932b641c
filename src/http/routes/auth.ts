import { z } from 'zod'
import { endSessions } from '../../actions/end-sessions.ts'
import type { App } from '../../domain/app.ts'
import { json, noContent, type Route, route, withCookies } from '../route.ts'
import { demandSameOrigin } from '../same-origin.ts'
import { sessionShape, userShape } from '../shapes.ts'
import { createSignInFlow } from '../sign-in-flow.ts'

const email = z.string().describe("The person's own address.")
const token = z.string().max(200)

const codeBody = z.strictObject({ email })
const sessionBody = z.strictObject({
  email,
  code: z.string().describe('The six digits from the mail.'),
  request: token
    .optional()
    .describe(
      'What POST /api/auth/code answered. Browsers send it as a cookie; without it the code works from the same address only.',
    ),
})

const codeShape = z.strictObject({
  request: z.string().describe('Bring it together with the code.'),
  expires_in: z.int().describe('Seconds.'),
})

const openedShape = z.strictObject({
  token: z.string().describe('Send it as `Authorization: Bearer TOKEN`. Shown once.'),
  user: userShape,
  session_id: z.string(),
  expires_at: z.string().describe('UTC; moves on while the session is used.'),
})

/** Signing in by a mailed code, and the sessions this opens. */
export function authRoutes(app: App): readonly Route[] {
  const flow = createSignInFlow(app)
  return [
    route({
      method: 'POST',
      path: '/api/auth/code',
      name: 'requestCode',
      who: 'anyone',
      kind: 'api',
      summary: 'Mails a sign-in code. The answer does not tell whether anybody has the address.',
      body: { type: 'json', schema: codeBody },
      answers: {
        202: { description: 'A code is on its way, if the address has an account.', schema: codeShape },
      },
      problems: ['too-often', 'unknown-outcome', 'cross-site'],
      handle: async (ask) => {
        demandSameOrigin(ask.request, ask.client, app.config.server.public_url)
        const { request, minutes, cookies } = await flow.askForCode(ask, ask.body.email)
        return withCookies(json(202, { request, expires_in: minutes * 60 }), ...cookies)
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/session',
      name: 'openSession',
      who: 'anyone',
      kind: 'api',
      summary: 'Signs in with a mailed code.',
      body: { type: 'json', schema: sessionBody },
      answers: { 201: { description: 'The session, also as a cookie.', schema: openedShape } },
      problems: ['unauthenticated', 'too-often', 'unknown-outcome', 'cross-site'],
      handle: async (ask) => {
        demandSameOrigin(ask.request, ask.client, app.config.server.public_url)
        const { opened, cookies } = await flow.openSession(ask, ask.body)
        return withCookies(json(201, opened), ...cookies)
      },
    }),
    ...sessionRoutes(app, flow.cookies.clear('session')),
  ]
}

function sessionRoutes(app: App, clearedCookie: string): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/auth/sessions',
      name: 'listSessions',
      who: 'user',
      kind: 'api',
      summary: 'Where you are signed in.',
      answers: {
        200: {
          description: 'The live sessions, the last used first.',
          schema: z.strictObject({ sessions: z.array(sessionShape) }),
        },
      },
      handle: async ({ signedIn }) => {
        const sessions = await app.sessions.listForUser(signedIn.user.id, app.clock.now())
        const current = signedIn.session.id
        return json(200, { sessions: sessions.map((one) => ({ ...one, current: one.id === current })) })
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/auth/sessions/:id',
      name: 'endSession',
      who: 'user',
      kind: 'api',
      summary: 'Ends a session: one by its id, `current`, or `all`. It counts from the next request on.',
      answers: { 204: { description: 'It lets nobody in any more.' } },
      problems: ['not-found', 'unknown-outcome'],
      handle: async ({ signedIn, params }) => {
        const which = params.id ?? ''
        await endSessions(app, signedIn, which)
        const isOwn = which === 'current' || which === 'all' || which === signedIn.session.id
        return isOwn ? withCookies(noContent(), clearedCookie) : noContent()
      },
    }),
  ]
}
