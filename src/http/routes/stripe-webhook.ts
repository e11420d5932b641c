import { z } from 'zod'
import { receiveStripeEvent } from '../../actions/receive-stripe-event.ts'
import type { App } from '../../domain/app.ts'
import { AppError } from '../../domain/errors.ts'
import { RequestFault } from '../problems.ts'
import { json, type Route, route } from '../route.ts'

const bytesMax = 256 * 1024
const received = z.strictObject({ received: z.literal(true) })

/** Where Stripe rings. It exists only where there is Stripe. */
export function stripeWebhookRoutes(app: App): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/webhooks/stripe',
      name: 'receiveStripeEvent',
      who: 'anyone',
      kind: 'api',
      summary: 'Takes an event of Stripe, signed as Stripe signs. Answered when it is stored.',
      body: { type: 'raw', schema: z.string(), bytesMax },
      answers: { 200: { description: 'It is stored, or was already.', schema: received } },
      problems: ['bad-signature'],
      handle: async ({ request, body }) => {
        const signature = request.headers.get('stripe-signature')
        try {
          await receiveStripeEvent(app, { payload: body, signature })
        } catch (error) {
          if (!(error instanceof AppError) || error.code !== 'invalid') throw error
          app.log.warn({ reason: error.message }, 'a webhook that is not from Stripe was refused')
          throw new RequestFault('bad-signature', error.message)
        }
        return json(200, { received: true })
      },
    }),
  ]
}
