import type { App } from '../domain/app.ts'
import { type Billing, type CheckoutRequest, getBilling } from '../domain/billing.ts'
import { digestOf } from '../domain/digests.ts'
import { AppError } from '../domain/errors.ts'
import { invalidField } from '../domain/faults.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import { isEnded } from '../domain/subscriptions.ts'
import { isGranted } from '../domain/tiers.ts'
import { isMetered, USAGE_KINDS } from '../domain/usage.ts'
import type { RevisedUser } from '../domain/users.ts'

type Parts = Pick<App, 'billing' | 'clock' | 'config' | 'database' | 'limits' | 'users' | 'subscriptions'>

const HOUR_MS = 60 * 60 * 1000

/**
 * Where a person pays for a tier: the page of Checkout, or the billing portal for somebody who pays already. Their Stripe
 * customer is saved before they are sent there. Asking twice gives the same page. Throws AppError `invalid` for a tier that
 * cannot be bought, `conflict` for somebody who was granted it, `not-found`, `too-often`, and what Stripe throws: nothing is charged then.
 */
export async function startCheckout(
  app: Parts,
  userId: string,
  input: { readonly tier: unknown },
): Promise<{ readonly url: string }> {
  if (input.tier !== 'premium') throw invalidField('tier', 'The tier that can be bought is premium.')
  const billing = getBilling(app)
  await app.limits.demand({ rule: 'billing-user', subject: userId })
  const user = await getUser(app, userId)
  if (isGranted(user.user)) {
    throw new AppError(
      'conflict',
      'You have premium already: it was given to you, so there is nothing to pay.',
    )
  }
  const customer_id = await ensureCustomer(app, billing, user)
  const { subscriptions } = await billing.readCustomer(customer_id)
  if (subscriptions.some((one) => !isEnded(one) && one.status !== 'incomplete')) {
    return { url: await billing.openPortal({ customer_id, return_url: pageOf(app, '/account') }) }
  }
  const request = requestFor(app, userId, customer_id)
  const open = await billing.findOpenCheckout(request)
  return { url: open ?? (await billing.openCheckout(request, checkoutKey(app, user, customer_id))) }
}

/** The user's customer at Stripe, made when there is none or the one there was is deleted. */
async function ensureCustomer(app: Parts, billing: Billing, user: RevisedUser): Promise<string> {
  const { id, email, stripe_customer_id: known } = user.user
  if (known !== null) {
    if (!(await billing.readCustomer(known)).gone) return known
    await forgetCustomer(app, user, known)
  }
  // Named after whom it is for: when the answer is lost, the next try gets the same customer and not a second one.
  const made = await billing.createCustomer({ user_id: id, email }, `customer-${digestOf(id, known ?? '')}`)
  const outcome = await app.database.write({ statements: [app.subscriptions.linkCustomer(id, made)] })
  if (outcome.outcome === 'done') return made
  if (outcome.outcome === 'unknown') throw unknownOutcome('Try again: nothing was charged.', outcome.cause)
  if (outcome.refusal.kind !== 'rows') throw unexpectedRefusal(outcome.statement, outcome.refusal)
  const { stripe_customer_id } = (await getUser(app, id)).user
  if (stripe_customer_id !== null) return stripe_customer_id
  throw new AppError('conflict', 'Your account was changed meanwhile. Nothing was charged; try again.')
}

async function forgetCustomer(app: Parts, { user, revision }: RevisedUser, known: string): Promise<void> {
  const outcome = await app.database.write({
    statements: [
      app.users.expectRevision(user.id, revision),
      app.users.update(user.id, {
        subscription_tier: 'free',
        stripe_customer_id: null,
        stripe_subscription_id: null,
      }),
      ...(await app.subscriptions.listForCustomer(known)).map(({ id }) => app.subscriptions.remove(id)),
    ],
  })
  if (outcome.outcome === 'done') return
  throw new AppError('conflict', 'Your account was changed meanwhile. Nothing was charged; try again.')
}

function requestFor(app: Parts, user_id: string, customer_id: string): CheckoutRequest {
  const { prices } = app.config.stripe
  if (prices.premium === undefined) {
    throw new AppError(
      'misconfigured',
      'stripe.prices.premium is not set in config.toml. xswarm stripe setup makes it.',
    )
  }
  const metered = USAGE_KINDS.filter((kind) => isMetered(kind, app.config)).flatMap(
    (kind) => prices[kind] ?? [],
  )
  return {
    user_id,
    customer_id,
    prices: { premium: prices.premium, metered },
    success_url: pageOf(app, '/billing/done?session_id={CHECKOUT_SESSION_ID}'),
    cancel_url: pageOf(app, '/account?billing=abandoned'),
  }
}

/**
 * Two clicks at once get one session. After anything that happened to the user, and within the hour in any case, it is
 * another name: Stripe would go on answering with a session that is long closed.
 */
function checkoutKey({ clock, config }: Parts, { user, revision }: RevisedUser, customer_id: string): string {
  const hour = Math.floor(clock.now() / HOUR_MS)
  const asked = JSON.stringify([config.stripe.prices, config.server.public_url, config.features])
  return `checkout-${digestOf(user.id, customer_id, String(revision), String(hour), asked)}`
}

function pageOf({ config }: Parts, path: string): string {
  return `${config.server.public_url.replace(/\/+$/, '')}${path}`
}

async function getUser(app: Parts, id: string): Promise<RevisedUser> {
  const user = await app.users.findRevised(id)
  if (user === undefined) throw new AppError('not-found', 'There is no such user.')
  return user
}
