import { z } from 'zod'
import { signUp } from '../../actions/sign-up.ts'
import type { App } from '../../domain/app.ts'
import { idempotencyHeaders, idempotencyOf } from '../idempotency.ts'
import { json, type Route, route, withCookies } from '../route.ts'
import { signedUpShape } from '../shapes.ts'
import { createSignInFlow } from '../sign-in-flow.ts'

const body = z.strictObject({
  email: z.string().describe('Where the person reads mail.'),
  phone: z.string().nullish().describe('Their own phone, with country code. Optional.'),
})

export function signUpRoutes(app: App): readonly Route[] {
  const flow = createSignInFlow(app)
  return [
    route({
      method: 'POST',
      path: '/api/signup',
      name: 'signUp',
      who: 'anyone',
      kind: 'api',
      summary: 'Creates a user and assigns their xSwarm address.',
      body: { type: 'json', schema: body },
      headers: idempotencyHeaders,
      answers: { 201: { description: 'The new user, or the same answer again.', schema: signedUpShape } },
      problems: [
        'email-taken',
        'address-unavailable',
        'idempotency-mismatch',
        'unknown-outcome',
        'too-often',
      ],
      handle: async (ask) => {
        const { token, cookie } = flow.signUpToken(ask)
        const from = { address: ask.client.ip, token }
        const signedUp = await signUp(app, ask.body, { ...idempotencyOf(ask.headers), from })
        return withCookies(json(201, signedUp), cookie)
      },
    }),
  ]
}
