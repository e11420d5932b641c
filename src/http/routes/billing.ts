import { z } from 'zod'
import { changeSubscription, type SubscriptionChange } from '../../actions/change-subscription.ts'
import { openPortal } from '../../actions/open-portal.ts'
import { startCheckout } from '../../actions/start-checkout.ts'
import type { App } from '../../domain/app.ts'
import type { Subscription } from '../../domain/subscriptions.ts'
import { formatTimestamp } from '../../domain/times.ts'
import { type Ask, json, type Route, route } from '../route.ts'

const checkoutBody = z.strictObject({ tier: z.string().describe('What to buy: premium.') })
const urlShape = z.strictObject({ url: z.string().describe('The page to open; it works for a while only.') })
const changedShape = z.strictObject({
  status: z.string().describe('As Stripe says.'),
  ends_at: z.string().nullable().describe('The end that is decided, UTC; null when it goes on.'),
})

/** Paying, for whoever is signed in. These routes exist only where there is Stripe. */
export function billingRoutes(app: App): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/billing/checkout',
      name: 'startCheckout',
      who: 'user',
      kind: 'api',
      summary: 'The page where you pay for a tier; the billing portal when you pay already.',
      body: { type: 'json', schema: checkoutBody },
      answers: { 200: { description: 'Where to go.', schema: urlShape } },
      problems: ['conflict', 'not-found', 'too-often', 'unknown-outcome'],
      handle: async ({ signedIn, body }) => json(200, await startCheckout(app, signedIn.user.id, body)),
    }),
    route({
      method: 'POST',
      path: '/api/billing/portal',
      name: 'openPortal',
      who: 'user',
      kind: 'api',
      summary: 'The page where you see invoices, change your card, cancel and resume.',
      answers: { 200: { description: 'Where to go.', schema: urlShape } },
      problems: ['conflict', 'too-often'],
      handle: async ({ signedIn }) => json(200, await openPortal(app, signedIn.user)),
    }),
    change(app, 'cancel', 'Ends your subscription with the period that is paid.'),
    change(app, 'resume', 'Takes a cancellation back, as long as the subscription has not ended.'),
  ]
}

function change(app: App, what: SubscriptionChange, summary: string): Route {
  return route({
    method: 'POST',
    path: `/api/billing/${what}`,
    name: `${what}Subscription`,
    who: 'user',
    kind: 'api',
    summary,
    answers: { 200: { description: 'The subscription now.', schema: changedShape } },
    problems: ['conflict', 'too-often', 'unknown-outcome'],
    handle: async ({ signedIn }: Ask<unknown, unknown, unknown, 'user'>) =>
      json(200, told(await changeSubscription(app, signedIn.user, what))),
  })
}

function told({ status, ends_at }: Subscription): z.output<typeof changedShape> {
  return { status, ends_at: ends_at === null ? null : formatTimestamp(ends_at) }
}
