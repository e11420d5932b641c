import { html } from 'hono/html'
import type { Markup } from '../../control-page.ts'
import { isLiving, periodOf } from '../objects/subscription.ts'
import { type Sandbox, settingsOf } from '../sandbox.ts'
import { day, moment, money, withStyle } from './parts.ts'

const SHOWN = 15

/** Everything at a glance, and the forms that move it. */
export function controlOverview(sandbox: Sandbox): Markup {
  const { store, time } = sandbox
  const ahead = Math.round(time.ahead() / 86_400_000)
  return withStyle(html`<main class="control">
<h1>Stripe</h1>
<p class="lead">Its clock says ${moment(time.now())} UTC${ahead > 0 ? `, ${ahead} ${ahead === 1 ? 'day' : 'days'} ahead` : ''}. ${store.count('delivery')} ${store.count('delivery') === 1 ? 'event waits' : 'events wait'} to be received.</p>
<section class="panel"><h2>Clock</h2><div class="actions">${['1h', '1d', '7d', '31d'].map(
    (by) =>
      html`<form method="post" action="/_sandbox/advance"><button class="button quiet" name="by" value="${by}">+ ${by}</button></form>`,
  )}</div></section>
<section class="panel"><h2>Subscriptions</h2>${subscriptions(sandbox)}</section>
<section class="panel"><h2>Invoices</h2>${invoices(sandbox)}</section>
<section class="panel"><h2>Misbehave</h2>${misbehaviour(sandbox)}</section>
<section class="panel"><h2>When a payment fails</h2>${settings(sandbox)}</section>
<section class="panel"><h2>Events</h2>${events(sandbox)}</section>
</main>`)
}

export function faultPage(sentence: string): Markup {
  return withStyle(
    html`<main class="control"><p class="fine"><a href="/_sandbox">Stripe</a></p><h1>That did not work</h1><p class="lead">${sentence}</p></main>`,
  )
}

function subscriptions({ store }: Sandbox): Markup {
  const shown = store.all('subscription').slice(-SHOWN).reverse()
  if (shown.length === 0) return html`<p class="fine">None yet. Somebody has to pay first.</p>`
  return html`<table><thead><tr><th>Customer</th><th>Status</th><th>Period</th><th>Card</th><th></th></tr></thead><tbody>${shown.map(
    (
      one,
    ) => html`<tr><td>${store.find('customer', one.customer)?.email ?? one.customer}<br><code>${one.id}</code></td>
<td><span class="pill${one.status === 'active' || one.status === 'trialing' ? '' : ' bad'}">${one.status}</span></td>
<td class="number">until ${day(periodOf(one).end)}${one.cancel_at === null ? '' : html`<br>ends ${day(one.cancel_at)}`}</td>
${isLiving(one) ? moves(one.customer) : html`<td></td><td></td>`}</tr>`,
  )}</tbody></table>`
}

function moves(customer: string): Markup {
  const hidden = html`<input type="hidden" name="customer" value="${customer}">`
  return html`<td><form method="post" action="/_sandbox/card">${hidden}<button class="button quiet" name="card" value="declined">Will fail</button><button class="button quiet" name="card" value="good">Will pay</button></form></td>
<td><form method="post" action="/_sandbox/dispute">${hidden}<button class="button quiet">Dispute</button></form></td>`
}

function invoices({ store }: Sandbox): Markup {
  const shown = store.all('invoice').slice(-SHOWN).reverse()
  if (shown.length === 0) return html`<p class="fine">None yet.</p>`
  return html`<table><thead><tr><th>Invoice</th><th>Made</th><th>Status</th><th>Amount</th><th>Next try</th></tr></thead><tbody>${shown.map(
    (
      one,
    ) => html`<tr><td><a href="/i/${one.id}">${one.number ?? 'draft'}</a></td><td class="number">${day(one.created)}</td>
<td><span class="pill${one.status === 'open' ? ' bad' : ''}">${one.status}</span></td><td class="number">${money(one.total, one.currency)}</td>
<td class="number">${one.next_payment_attempt === null ? '' : day(one.next_payment_attempt)}</td></tr>`,
  )}</tbody></table>`
}

function misbehaviour({ misbehaviour: { options } }: Sandbox): Markup {
  const number = (name: string, label: string, value: number | undefined) =>
    html`<div class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" inputmode="numeric" value="${value ?? ''}"></div>`
  return html`<form method="post" action="/_sandbox/misbehave"><div class="fields">
${number('duplicates', 'Deliver each event so many times more', options.duplicates)}
<div class="field"><label for="order">Order of events</label><select id="order" name="order"><option value="">as they happen</option><option value="random"${options.order === 'random' ? html` selected` : ''}>random</option></select></div>
<div class="field"><label for="sameSecond">Times of events</label><select id="sameSecond" name="sameSecond"><option value="">their own</option><option value="true"${options.sameSecond === true ? html` selected` : ''}>all in the same second</option></select></div>
${number('delayMs', 'Deliver later by milliseconds', options.delayMs)}
${number('dropEvents', 'Lose the next events', options.dropEvents)}
${number('lostAnswers', 'Lose the next answers to writes', options.lostAnswers)}
${number('fail_status', 'Refuse requests with status (429, 500, 503)', options.fail?.status)}
${number('fail_count', 'so many of them', options.fail?.count)}</div>
<div class="actions"><button class="button">Misbehave so</button></div></form>
<form class="actions" method="post" action="/_sandbox/misbehave"><button class="button quiet">Behave well</button></form>`
}

function settings(sandbox: Sandbox): Markup {
  const { retryDays, afterRetries } = settingsOf(sandbox)
  const choices = { cancel: 'cancel it', unpaid: 'mark it unpaid', past_due: 'leave it past due' }
  return html`<form method="post" action="/_sandbox/settings"><div class="fields">
<div class="field"><label for="retryDays">Try again after days</label><input id="retryDays" name="retryDays" value="${retryDays.join(', ')}"></div>
<div class="field"><label for="afterRetries">After the last try of a subscription</label><select id="afterRetries" name="afterRetries">${Object.entries(
    choices,
  ).map(
    ([value, label]) =>
      html`<option value="${value}"${value === afterRetries ? html` selected` : ''}>${label}</option>`,
  )}</select></div></div>
<div class="actions"><button class="button">Save</button></div></form>`
}

function events({ store }: Sandbox): Markup {
  const shown = store
    .all('event')
    .slice(-2 * SHOWN)
    .reverse()
  if (shown.length === 0) return html`<p class="fine">Nothing has happened yet.</p>`
  return html`<table><thead><tr><th>Event</th><th>When</th><th>Received</th><th></th></tr></thead><tbody>${shown.map(
    (
      one,
    ) => html`<tr><td>${one.type}<br><code>${one.id}</code></td><td class="number">${moment(one.created * 1000)}</td>
<td>${one.pending_webhooks === 0 ? 'yes' : 'not yet'}</td>
<td><form method="post" action="/_sandbox/resend"><button class="button quiet" name="event" value="${one.id}">Send again</button></form></td></tr>`,
  )}</tbody></table>`
}
