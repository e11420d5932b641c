import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { AppError } from '../../../domain/errors.ts'
import { failAuthentication, payCheckout, planOf } from '../engine/checkout.ts'
import { ApiError } from '../errors.ts'
import { demandThisMachine, readFields, textOf } from '../guard.ts'
import type { CheckoutSession } from '../objects/checkout-session.ts'
import type { Sandbox } from '../sandbox.ts'
import { lookUpCard, type TestCard } from '../test-cards.ts'
import { checkoutOverPage, checkoutPage } from './checkout-page.ts'
import { pageResponse } from './parts.ts'
import { createPortalPages } from './portal-routes.ts'

/** The pages that Stripe hosts: Checkout, the portal, an invoice. `changed` is called after whatever may have made something due. */
export function createPages(sandbox: Sandbox, changed: () => void): Hono {
  const pages = new Hono()
  pages.use(async (context, next) => {
    demandThisMachine(sandbox, context)
    await next()
  })
  pages.onError((error) => failure(sandbox, error))
  pages.notFound(() =>
    messagePage('There is no such page', 'It may have ended, or the address is wrong.', 404),
  )

  pages.get('/c/pay/:id', (context) => {
    const session = findSession(sandbox, context)
    if (session === undefined) return context.notFound()
    if (session.status !== 'open') return pageResponse('Checkout', checkoutOverPage(session))
    return pageResponse('Checkout', checkoutPage(sandbox, session), targetsOf(session))
  })
  pages.post('/c/pay/:id', async (context) => {
    const fields = await readFields(context)
    const session = findSession(sandbox, context)
    if (session === undefined) return context.notFound()
    if (session.status === 'complete') return context.redirect(successUrl(session), 303)
    if (session.status === 'expired') return pageResponse('Checkout', checkoutOverPage(session), [], 410)
    const card = chosenCard(sandbox, session, fields)
    const action = textOf(fields, 'action')
    if (action === 'refuse') {
      sandbox.store.transact(() => failAuthentication(sandbox, session))
      await sandbox.store.flush()
      const problem =
        'We are unable to authenticate your payment method. Please choose another one and try again.'
      return pageResponse('Checkout', checkoutPage(sandbox, session, problem), targetsOf(session), 402)
    }
    const result = sandbox.store.transact(() =>
      payCheckout(sandbox, session, {
        card,
        email: textOf(fields, 'email') ?? null,
        name: textOf(fields, 'name') ?? null,
        authenticated: action === 'authenticate',
      }),
    )
    await sandbox.store.flush()
    changed()
    if (result.outcome === 'complete') return context.redirect(successUrl(result.session), 303)
    if (result.outcome === 'authenticate') return context.redirect(`/c/pay/${session.id}`, 303)
    return pageResponse('Checkout', checkoutPage(sandbox, session, result.message), targetsOf(session), 402)
  })
  pages.route('/', createPortalPages(sandbox, changed))
  return pages
}

function findSession(sandbox: Sandbox, { req }: Context): CheckoutSession | undefined {
  return sandbox.store.find('checkout_session', req.param('id') ?? '')
}

/** The card that was chosen; on the way back from the bank, the one that was waiting. Throws AppError `invalid`. */
function chosenCard(
  sandbox: Sandbox,
  session: CheckoutSession,
  fields: Readonly<Record<string, unknown>>,
): TestCard | undefined {
  const action = textOf(fields, 'action')
  if (action === 'pay-without-card' || action === 'refuse') return undefined
  const waiting = action === 'authenticate' ? planOf(sandbox, session).authenticating : null
  const number = waiting ?? textOf(fields, 'card') ?? ''
  const card = lookUpCard(number)
  if (card === undefined) throw new AppError('invalid', 'Choose one of the test cards.')
  return card
}

function successUrl(session: CheckoutSession): string {
  return session.success_url.replaceAll('{CHECKOUT_SESSION_ID}', session.id)
}

function targetsOf(session: CheckoutSession): (string | null)[] {
  return [session.success_url, session.cancel_url]
}

export function messagePage(title: string, sentence: string, status: number): Promise<Response> {
  const content = html`<main class="buy one"><section class="stack"><h1>${title}</h1><p class="lead">${sentence}</p></section></main>`
  return pageResponse('Stripe', content, [], status)
}

function failure({ log }: Sandbox, error: unknown): Promise<Response> {
  if (error instanceof AppError)
    return messagePage('That did not work', error.message, error.code === 'forbidden' ? 403 : 422)
  if (error instanceof ApiError) return messagePage('That did not work', error.message, error.status)
  log?.error({ error }, 'The Stripe sandbox failed.')
  return messagePage('The sandbox itself failed', 'Nothing was changed. Its log says more.', 500)
}
