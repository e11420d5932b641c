import { html } from 'hono/html'
import type { Markup } from '../../control-page.ts'
import { needsCard, planOf } from '../engine/checkout.ts'
import { lineItems } from '../expand.ts'
import type { CheckoutSession } from '../objects/checkout-session.ts'
import { isMetered } from '../objects/product.ts'
import type { Sandbox } from '../sandbox.ts'
import { lookUpCard } from '../test-cards.ts'
import { cardChoice, day, money, notice, priceText } from './parts.ts'

/** Where somebody pays. */
export function checkoutPage(sandbox: Sandbox, session: CheckoutSession, problem?: string): Markup {
  const plan = planOf(sandbox, session)
  const isWaiting = plan.authenticating !== null
  return html`<main class="buy">
<section>${summary(sandbox, session)}
${session.cancel_url === null ? '' : html`<p class="back"><a href="${session.cancel_url}">Back without paying</a></p>`}
<p class="fine">This page can be used until ${new Date(session.expires_at * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC.</p>
</section>
<section class="card">${isWaiting ? authentication(session, plan.authenticating) : payment(sandbox, session, problem)}</section>
</main>`
}

function summary(sandbox: Sandbox, session: CheckoutSession): Markup {
  if (session.mode === 'setup') return html`<h1>Save a card</h1><p class="lead">Nothing is charged now.</p>`
  const items = lineItems(sandbox, session.id).data
  const plan = planOf(sandbox, session)
  const trial = plan.trialDays !== null || plan.trialEnd !== null
  const [first] = items
  return html`<h1>Subscribe to ${first?.description ?? 'a plan'}</h1>
<p class="amount">${money(session.amount_total ?? 0, session.currency)} <small>due today${trial ? ', then the prices below' : ''}</small></p>
${plan.trialDays === null ? '' : html`<p class="lead">${plan.trialDays} days free.</p>`}
${plan.trialEnd === null ? '' : html`<p class="lead">Free until ${day(plan.trialEnd)}.</p>`}
<ul class="sum">${items.map(
    ({ description, price, quantity }) =>
      html`<li><span>${description ?? price.id}<small>${isMetered(price) ? 'paid by use, every period' : `quantity ${quantity ?? 1}`}</small></span><span>${priceText(price)}</span></li>`,
  )}</ul>`
}

function payment(sandbox: Sandbox, session: CheckoutSession, problem: string | undefined): Markup {
  const customer = session.customer === null ? undefined : sandbox.store.find('customer', session.customer)
  const email = customer?.email ?? session.customer_email
  const setup = session.mode === 'setup'
  return html`<form method="post" action="/c/pay/${session.id}">
${notice(problem)}
${email === null || email === undefined ? emailField() : html`<p><strong>Email</strong><br>${email}</p>`}
${cardChoice(undefined, setup ? 'Card to save' : 'Pay with')}
<button class="button" name="action" value="pay">${setup ? 'Save card' : (session.amount_total ?? 0) > 0 ? `Pay ${money(session.amount_total ?? 0, session.currency)}` : 'Start'}</button>
${needsCard(session) || setup ? '' : html`<button class="button quiet" name="action" value="pay-without-card">Start without a card</button>`}
<p class="fine">These are test cards. No number is asked for, none is stored.</p>
</form>`
}

function emailField(): Markup {
  return html`<div class="field"><label for="email">Email</label><input id="email" name="email" type="email" autocomplete="email" required></div>`
}

function authentication(session: CheckoutSession, number: string | null): Markup {
  const card = lookUpCard(number ?? '')
  return html`<form method="post" action="/c/pay/${session.id}">
<h2>Your bank asks whether it is you</h2>
<p>The card ${card === undefined ? '' : `ending in ${card.number.slice(-4)} `}wants its holder to confirm this payment (3-D Secure).</p>
<button class="button" name="action" value="authenticate">Confirm</button>
<button class="button quiet" name="action" value="refuse">Fail</button>
</form>`
}

/** What a session that is over says. */
export function checkoutOverPage(session: CheckoutSession): Markup {
  const done = session.status === 'complete'
  const target = done
    ? session.success_url.replaceAll('{CHECKOUT_SESSION_ID}', session.id)
    : session.cancel_url
  return html`<main class="buy one"><section class="stack">
<h1>${done ? "You're all done here" : 'This page has expired'}</h1>
<p class="lead">${done ? 'This session was completed already. Nothing was charged twice.' : 'Sessions end after some time, or when the shop ends them. Nothing was charged.'}</p>
${target === null ? '' : html`<p><a class="button" href="${target}">Return</a></p>`}
</section></main>`
}
