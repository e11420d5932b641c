import { type Context, Hono } from 'hono'
import { AppError } from '../../../domain/errors.ts'
import { addCard, replaceCard } from '../engine/cards.ts'
import { payInvoice } from '../engine/collect.ts'
import { getCustomer } from '../engine/customers.ts'
import { endSubscription, keepGoing, planEnd } from '../engine/end.ts'
import { ApiError } from '../errors.ts'
import { type Fields, readFields, textOf } from '../guard.ts'
import type { PortalConfiguration, PortalSession } from '../objects/portal.ts'
import { isLiving, periodOf, type Subscription } from '../objects/subscription.ts'
import { defaultConfiguration } from '../resources/portal-configurations.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import { lookUpCard, type TestCard } from '../test-cards.ts'
import { pageResponse } from './parts.ts'
import { invoicePage, portalPage } from './portal-page.ts'

const SESSION_SECONDS = 3600

/** The billing portal, and the page of an invoice. */
export function createPortalPages(sandbox: Sandbox, changed: () => void): Hono {
  const pages = new Hono()
  pages.get('/p/session/:secret', (context) => {
    const session = findSession(sandbox, context)
    if (session === undefined) return context.notFound()
    const content = portalPage(sandbox, session, configurationOf(sandbox, session))
    return pageResponse('Billing', content, [returnTarget(session)])
  })
  pages.post('/p/session/:secret', async (context) => {
    const fields = await readFields(context)
    const session = findSession(sandbox, context)
    if (session === undefined) return context.notFound()
    const configuration = configurationOf(sandbox, session)
    const problem = await tried(sandbox, changed, () => act(sandbox, session, configuration, fields))
    if (problem === undefined) {
      return context.redirect(
        session.flow?.after_completion.redirect?.return_url ?? new URL(session.url).pathname,
        303,
      )
    }
    return pageResponse(
      'Billing',
      portalPage(sandbox, session, configuration, problem),
      [returnTarget(session)],
      402,
    )
  })

  pages.get('/i/:id', (context) => {
    const invoice = sandbox.store.find('invoice', context.req.param('id'))
    return invoice === undefined ? context.notFound() : pageResponse('Invoice', invoicePage(invoice))
  })
  pages.post('/i/:id', async (context) => {
    const fields = await readFields(context)
    const id = context.req.param('id')
    const problem = await tried(sandbox, changed, () => payPage(sandbox, id, chosenCard(fields)))
    if (problem === undefined) return context.redirect(`/i/${id}`, 303)
    const invoice = sandbox.store.find('invoice', id)
    return invoice === undefined
      ? context.notFound()
      : pageResponse('Invoice', invoicePage(invoice, problem), [], 402)
  })
  pages.get('/i/:id/pdf', (context) => {
    const invoice = sandbox.store.find('invoice', context.req.param('id'))
    if (invoice === undefined) return context.notFound()
    return context.text(`SANDBOX invoice ${invoice.number}: ${invoice.amount_due} ${invoice.currency}\n`)
  })
  return pages
}

/** Does it as one transaction. What a card's bank says against it is answered, not thrown. */
async function tried(sandbox: Sandbox, changed: () => void, work: () => void): Promise<string | undefined> {
  let problem: string | undefined
  try {
    sandbox.store.transact(work)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 402) throw error
    problem = error.message
  }
  await sandbox.store.flush()
  changed()
  return problem
}

function act(
  sandbox: Sandbox,
  session: PortalSession,
  { features }: PortalConfiguration,
  fields: Fields,
): void {
  const action = textOf(fields, 'action')
  if (action === 'card' && features.payment_method_update.enabled) {
    replaceCard(sandbox, session.customer, chosenCard(fields))
    return
  }
  const isEnd = action === 'cancel' || action === 'resume'
  if (!isEnd || !features.subscription_cancel.enabled)
    throw new AppError('invalid', 'That cannot be done here.')
  const subscription = subscriptionOf(sandbox, session, textOf(fields, 'subscription') ?? '')
  if (action === 'resume') keepGoing(sandbox, subscription)
  else if (features.subscription_cancel.mode === 'immediately') {
    endSubscription(sandbox, subscription, 'cancellation_requested')
  } else {
    // Unlike the API, the portal leaves `cancel_at_period_end` false.
    planEnd(sandbox, subscription, { at: periodOf(subscription).end, atPeriodEnd: false })
  }
}

function subscriptionOf(sandbox: Sandbox, session: PortalSession, id: string): Subscription {
  const found = sandbox.store.find('subscription', id)
  if (found?.customer === session.customer && isLiving(found)) return found
  throw new AppError('invalid', 'This subscription has ended.')
}

function payPage(sandbox: Sandbox, id: string, card: TestCard): void {
  const invoice = sandbox.store.find('invoice', id)
  if (invoice?.status !== 'open') throw new AppError('invalid', 'This invoice is not open.')
  payInvoice(sandbox, invoice, addCard(sandbox, card, getCustomer(sandbox, invoice.customer)))
}

function chosenCard(fields: Fields): TestCard {
  const card = lookUpCard(textOf(fields, 'card') ?? '')
  if (card === undefined) throw new AppError('invalid', 'Choose one of the test cards.')
  return card
}

/** One hour after it was made nobody can use it any more. */
function findSession(sandbox: Sandbox, { req }: Context): PortalSession | undefined {
  const path = `/p/session/${req.param('secret')}`
  return sandbox.store
    .all('portal_session')
    .find(({ url, created }) => url.endsWith(path) && created > nowOf(sandbox) - SESSION_SECONDS)
}

function configurationOf(sandbox: Sandbox, session: PortalSession): PortalConfiguration {
  return sandbox.store.find('portal_configuration', session.configuration) ?? defaultConfiguration(sandbox)
}

function returnTarget(session: PortalSession): string | null {
  return session.flow?.after_completion.redirect?.return_url ?? null
}
