import { html } from 'hono/html'
import type { Markup } from '../../control-page.ts'
import { getCustomer } from '../engine/customers.ts'
import { paymentMethodFor } from '../engine/payments.ts'
import type { Invoice } from '../objects/invoice.ts'
import type { PortalConfiguration, PortalSession } from '../objects/portal.ts'
import { isLiving, periodOf, type Subscription } from '../objects/subscription.ts'
import type { Sandbox } from '../sandbox.ts'
import { lookUpCard, type TestCard } from '../test-cards.ts'
import { cardChoice, day, money, notice, priceText } from './parts.ts'

/** Good, and one that is saved but pays nothing. */
export const PORTAL_CARDS: readonly TestCard[] = ['4242', '4444', '0341', '0002'].flatMap(
  (last4) => lookUpCard(last4) ?? [],
)

/** Where somebody looks after their subscription. */
export function portalPage(
  sandbox: Sandbox,
  session: PortalSession,
  { features }: PortalConfiguration,
  problem?: string,
): Markup {
  const customer = getCustomer(sandbox, session.customer)
  const subscriptions = sandbox.store.all('subscription').filter((one) => one.customer === customer.id)
  const invoices = sandbox.store
    .all('invoice')
    .filter((one) => one.customer === customer.id && one.status !== 'draft')
    .toReversed()
  const action = new URL(session.url).pathname
  const only = session.flow?.type
  return html`<main class="buy one"><section class="stack">
<h1>Your subscription</h1>
${customer.email === null ? '' : html`<p class="lead">${customer.email}</p>`}
${notice(problem)}
${only === 'payment_method_update' ? '' : subscriptionCards(subscriptions, action, features.subscription_cancel.enabled)}
${only === 'subscription_cancel' || !features.payment_method_update.enabled ? '' : cardPanel(sandbox, session.customer, action)}
${only !== undefined || !features.invoice_history.enabled ? '' : invoicePanel(invoices)}
${session.return_url === null ? '' : html`<p><a href="${session.return_url}">Return</a></p>`}
</section></main>`
}

function subscriptionCards(
  subscriptions: readonly Subscription[],
  action: string,
  mayCancel: boolean,
): Markup {
  const shown = subscriptions.filter(isLiving).toReversed()
  if (shown.length === 0)
    return html`<section class="card"><h2>No subscription</h2><p class="hint">Nothing is running, so nothing will be charged.</p></section>`
  return html`${shown.map((subscription) => subscriptionCard(subscription, action, mayCancel))}`
}

function subscriptionCard(subscription: Subscription, action: string, mayCancel: boolean): Markup {
  const { id, items, status, cancel_at } = subscription
  const [first] = items.data
  const bad = ['past_due', 'unpaid', 'incomplete'].includes(status)
  return html`<section class="card">
<h2>${first?.price.nickname ?? 'Subscription'} <span class="pill${bad ? ' bad' : ''}">${status.replace('_', ' ')}</span></h2>
<ul class="sum">${items.data.map(({ price }) => html`<li><span>${price.nickname ?? price.id}</span><span>${priceText(price)}</span></li>`)}</ul>
<p class="hint">${cancel_at === null ? `Renews on ${day(periodOf(subscription).end)}.` : `Ends on ${day(cancel_at)} and is not charged again.`}</p>
${
  mayCancel
    ? html`<div class="actions"><form method="post" action="${action}"><input type="hidden" name="subscription" value="${id}">
${cancel_at === null ? html`<button class="button quiet" name="action" value="cancel">Cancel subscription</button>` : html`<button class="button" name="action" value="resume">Don't cancel</button>`}</form></div>`
    : ''
}
</section>`
}

function cardPanel(sandbox: Sandbox, customerId: string, action: string): Markup {
  const customer = getCustomer(sandbox, customerId)
  const living = sandbox.store
    .all('subscription')
    .findLast((one) => one.customer === customerId && isLiving(one))
  const method = paymentMethodFor(sandbox, customer, living)
  return html`<section class="card"><h2>Card</h2>
<p class="hint">${method === undefined ? 'No card is saved.' : `${method.card.brand} ending in ${method.card.last4}, until ${method.card.exp_month}/${method.card.exp_year}.`}</p>
<form method="post" action="${action}">${cardChoice(PORTAL_CARDS, 'Another card')}
<button class="button quiet" name="action" value="card">Use this card</button></form></section>`
}

function invoicePanel(invoices: readonly Invoice[]): Markup {
  if (invoices.length === 0) return html``
  return html`<section class="card"><h2>Invoices</h2><ul class="sum">${invoices.map(
    (invoice) =>
      html`<li><span><a href="/i/${invoice.id}">${invoice.number ?? invoice.id}</a><small>${day(invoice.created)}</small></span>
<span>${money(invoice.total, invoice.currency)} <span class="pill${invoice.status === 'open' ? ' bad' : ''}">${invoice.status === 'open' ? 'to pay' : invoice.status}</span></span></li>`,
  )}</ul></section>`
}

/** The page behind `hosted_invoice_url`. */
export function invoicePage(invoice: Invoice, problem?: string): Markup {
  return html`<main class="buy"><section>
<h1>Invoice ${invoice.number ?? ''}</h1>
<p class="amount">${money(invoice.amount_due, invoice.currency)} <small>${invoice.status === 'open' ? 'to pay' : invoice.status}</small></p>
<ul class="sum">${invoice.lines.data.map(
    (line) =>
      html`<li><span>${line.description}<small>${day(line.period.start)} to ${day(line.period.end)}</small></span><span>${money(line.amount, line.currency)}</span></li>`,
  )}</ul></section>
<section class="card">${
    invoice.status === 'open'
      ? html`<form method="post" action="/i/${invoice.id}">${notice(problem)}${cardChoice(PORTAL_CARDS)}
<button class="button" name="action" value="pay">Pay ${money(invoice.amount_due, invoice.currency)}</button></form>`
      : html`<h2>Nothing to do</h2><p class="hint">This invoice is ${invoice.status}.</p>`
  }</section></main>`
}
