import type { Account } from '../domain/account.ts'
import type { TierEntitlement } from '../domain/project.ts'
import { html, type Markup } from './html.ts'
import { dayOf } from './wording.ts'

/** What the page can do about paying; undefined where there is no Stripe. */
export interface BillingView {
  /** What Premium would bring. */
  readonly premium: TierEntitlement
  /** How paying went, by the word in the address. */
  readonly outcome: BillingOutcome | undefined
}

/** What is said after coming back from Stripe, or not getting there. */
export const OUTCOMES = {
  paid: 'Thank you. You are premium now.',
  pending: 'Your payment is being confirmed. This page shows it by itself as soon as it is.',
  abandoned: 'You came back without paying. Nothing was charged.',
  unavailable: 'Stripe cannot be reached right now. Nothing was charged; try again in a minute.',
  'unknown-outcome': 'Stripe did not answer in time. Trying again is safe: nothing is charged twice.',
  'too-often': 'That was often. Wait a few minutes, then try again; nothing was charged.',
  conflict: 'This is not possible right now. Look at how your plan stands below.',
  resumed: 'Your subscription goes on.',
} as const
export type BillingOutcome = keyof typeof OUTCOMES

/** Only these went wrong; the others are news. */
const PROBLEMS: ReadonlySet<BillingOutcome> = new Set([
  'unavailable',
  'unknown-outcome',
  'too-often',
  'conflict',
])

/** How the subscription stands and what can be done about it. */
export function billingPanel(account: Account, { premium, outcome }: BillingView): Markup {
  const { state } = account.subscription
  return html`${outcome !== undefined && said(outcome)}
<div class="billing">${state === 'none' ? upgrade(premium) : state === 'granted' ? '' : standing(account)}</div>`
}

function said(outcome: BillingOutcome): Markup {
  return PROBLEMS.has(outcome)
    ? html`<p class="summary" role="alert">${OUTCOMES[outcome]}</p>`
    : html`<p class="notice" role="status">${OUTCOMES[outcome]}</p>`
}

function upgrade({ toll_free_number, voice_minutes, sms_messages }: TierEntitlement): Markup {
  const brings = [
    toll_free_number && html`<li>A toll-free number of your own</li>`,
    voice_minutes > 0 && html`<li>${voice_minutes} minutes of calls a month</li>`,
    sms_messages > 0 && html`<li>${sms_messages} texts a month</li>`,
  ]
  return html`<form method="post" action="/billing/checkout"><input type="hidden" name="tier" value="premium">
<p id="brings">Premium adds</p>
<ul class="brings" aria-labelledby="brings">${brings}</ul>
<button class="button" type="submit">Upgrade to Premium</button>
<p class="fine">You pay on a page of Stripe, by the month, and cancel whenever you like.</p></form>`
}

function standing({ subscription }: Account): Markup {
  const { state, ends_at, period_end, grace_ends_at, payment_url, tier } = subscription
  const pay =
    payment_url !== null && html`<a class="button" href="${payment_url}" rel="noopener">Pay what is owed</a>`
  switch (state) {
    case 'past_due':
    case 'unpaid':
      return html`<div class="summary" role="alert"><p>Your last payment did not go through. ${
        tier === 'free' || grace_ends_at === null
          ? 'Until it is paid you have the free plan.'
          : `You keep Premium until ${dayOf(grace_ends_at.slice(0, 10))}.`
      } It is tried again by itself.</p></div>
<div class="actions">${pay}${manage('Change your card')}</div>`
    case 'paused':
      return html`<p>Your subscription is paused.</p><div class="actions">${manage('Manage subscription')}</div>`
    case 'incomplete':
      return html`<p>Your first payment is not complete yet.</p><div class="actions">${pay}${manage('Manage subscription')}</div>`
    default:
      return ends_at === null
        ? html`<p class="fine">${period_end !== null && `Renews on ${dayOf(period_end.slice(0, 10))}.`}</p>
<div class="actions">${manage('Manage subscription')}</div>`
        : html`<p>Cancelled. You keep everything until <strong>${dayOf(ends_at.slice(0, 10))}</strong> and are not charged again.</p>
<div class="actions"><form method="post" action="/billing/resume"><button class="button" type="submit">Keep Premium</button></form>${manage('Manage subscription')}</div>`
  }
}

function manage(label: string): Markup {
  return html`<form method="post" action="/billing/portal"><button class="button quiet" type="submit">${label}</button></form>`
}
