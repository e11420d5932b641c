import { z } from 'zod'
import { changeSubscription } from '../../actions/change-subscription.ts'
import { openPortal } from '../../actions/open-portal.ts'
import { refreshSubscription } from '../../actions/refresh-subscription.ts'
import { startCheckout } from '../../actions/start-checkout.ts'
import type { App } from '../../domain/app.ts'
import { AppError } from '../../domain/errors.ts'
import type { User } from '../../domain/users.ts'
import { type BillingOutcome, OUTCOMES } from '../../web/billing-panel.ts'
import { type Ask, type Reply, type Route, redirect, route } from '../route.ts'
import { demandSameOrigin } from '../same-origin.ts'

type Asked = Ask<unknown, unknown, unknown, 'user'>

/** How long somebody who comes back waits for their own news; after that the page brings them by itself. */
const NEWS_WAIT_MS = 3_000
const NEWS_LOOK_MS = 40

const away = { 303: { description: 'To the page of Stripe, or back with a word why not.' } }

/** The forms of the account page that lead to Stripe, and the way back. They exist only where there is Stripe. */
export function billingPageRoutes(app: App): readonly Route[] {
  const tier = z.object({ tier: z.string().default('premium') })
  return [
    route({
      method: 'POST',
      path: '/billing/checkout',
      name: 'sendCheckout',
      who: 'user',
      kind: 'page',
      summary: 'Leads to the page where one pays.',
      body: { type: 'form', schema: tier },
      answers: away,
      problems: ['not-found'],
      handle: (ask) =>
        lead(app, ask, async () => (await startCheckout(app, ask.signedIn.user.id, ask.body)).url),
    }),
    route({
      method: 'POST',
      path: '/billing/portal',
      name: 'sendPortal',
      who: 'user',
      kind: 'page',
      summary: 'Leads to the billing portal.',
      body: { type: 'form', schema: z.object({}) },
      answers: away,
      handle: (ask) => lead(app, ask, async () => (await openPortal(app, ask.signedIn.user)).url),
    }),
    route({
      method: 'POST',
      path: '/billing/resume',
      name: 'sendResume',
      who: 'user',
      kind: 'page',
      summary: 'Takes a cancellation back.',
      body: { type: 'form', schema: z.object({}) },
      answers: away,
      handle: (ask) =>
        lead(app, ask, async () => {
          await changeSubscription(app, ask.signedIn.user, 'resume')
          await waitForNews(app, ask.signedIn.user)
          return account('resumed')
        }),
    }),
    route({
      method: 'GET',
      path: '/billing/done',
      name: 'returnFromStripe',
      who: 'user',
      kind: 'page',
      summary: 'Where Stripe sends people back to: their state is fetched, then they see it.',
      query: z.object({ session_id: z.string().optional().catch(undefined) }),
      answers: { 303: { description: 'To the account page.' } },
      handle: async ({ signedIn: { user }, query }) => {
        if (await refreshSubscription(app, user)) await waitForNews(app, user)
        // The portal sends back without a session: there was nothing to pay.
        if (query.session_id === undefined) return redirect('/account#plan')
        const now = await app.users.findById(user.id)
        return redirect(account(now?.subscription_tier === 'free' ? 'pending' : 'paid'))
      },
    }),
  ]
}

/** Sends a browser where `find` says. What is expected to go wrong is said on the account page. */
async function lead(app: App, ask: Asked, find: () => Promise<string>): Promise<Reply> {
  demandSameOrigin(ask.request, ask.client, app.config.server.public_url)
  try {
    return redirect(await find())
  } catch (error) {
    if (!(error instanceof AppError) || !isOutcome(error.code)) throw error
    app.log.warn({ request_id: ask.id, err: error }, 'somebody could not be led to Stripe')
    return redirect(account(error.code))
  }
}

function isOutcome(code: string): code is BillingOutcome {
  return Object.hasOwn(OUTCOMES, code)
}

function account(outcome: BillingOutcome): string {
  return `/account?billing=${outcome}#plan`
}

/** Until the job that fetches a person's state has run, or the time is over. */
async function waitForNews(app: App, { stripe_customer_id }: User): Promise<void> {
  const until = performance.now() + NEWS_WAIT_MS
  while (performance.now() < until) {
    if (!(await app.jobs.isDue('sync-subscription', stripe_customer_id ?? ''))) return
    await new Promise((resolve) => setTimeout(resolve, NEWS_LOOK_MS))
  }
}
