import type { Account } from '../domain/account.ts'
import type { FieldFault } from '../domain/errors.ts'
import { type Personas, personaOf } from '../domain/personas.ts'
import type { Session } from '../domain/sessions.ts'
import { dataSection, devicesSection, planSection } from './account-sections.ts'
import { contactSection, personaSection } from './account-settings.ts'
import { breakable, copyable } from './address.ts'
import type { BillingView } from './billing-panel.ts'
import { html, type Markup } from './html.ts'
import { type Assets, layout } from './layout.ts'
import { dayOf, formatPhone, lensOf } from './wording.ts'

/** Which form of the page was sent. */
export type AccountForm = 'persona' | 'wake_word' | 'phone' | 'session' | 'email' | 'close'

export interface AccountView {
  readonly account: Account
  readonly personas: Personas
  readonly sessions: readonly (Session & { readonly current: boolean })[]
  /** An address that waits for its code. */
  readonly pendingEmail: string | undefined
  /** Undefined where there is no Stripe. */
  readonly billing: BillingView | undefined
  /** In development the mail is on a page of ours. */
  readonly hasMailbox: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
  /** What was done just now, in a sentence. */
  readonly done?: string | undefined
  /** What a form was refused for, with what was entered. */
  readonly refused?: Refused | undefined
}

export interface Refused {
  readonly form: AccountForm
  readonly detail: string
  readonly errors: readonly FieldFault[]
  readonly entered: Readonly<Record<string, string | undefined>>
}

/** Everything about whoever is signed in. Works without JavaScript; with it, changes made elsewhere appear by themselves. */
export function accountPage(view: AccountView, assets: Assets): string {
  const { account, refused, done } = view
  const title = `${refused === undefined ? '' : 'Please check: '}Your account · xSwarm`
  const content = html`<main class="account" data-account data-revision="${account.revision}">
${assistant(view)}
${refused !== undefined && refused.errors.length === 0 && html`<div class="summary" role="alert"><p>${refused.detail}</p></div>`}
${personaSection(view)}
${contactSection(view)}
${planSection(view)}
${devicesSection(view)}
${dataSection(view)}
<p class="said" role="status" data-said>${done}</p>
</main>`
  return layout(title, content, assets, { extra: ['account.css', 'account.js'], corner: corner(account) })
}

function corner({ email }: Account): Markup {
  return html`<span class="who" data-fill="email">${breakable(email)}</span>
<form method="post" action="/sign-out"><button class="link" type="submit">Sign out</button></form>`
}

/** Who picks up, and where it is reached. */
function assistant({ account, personas }: AccountView): Markup {
  const persona = personaOf(account, personas)
  return html`<header class="assistant">
<span class="lens big ${lensOf(persona.key)}" data-lens aria-hidden="true"></span>
<div class="meet">
<p class="eyebrow">Your assistant <span class="live" data-live hidden>live</span></p>
<h1><span data-persona-name>${persona.name}</span></h1>
<p class="lead">Answers to <em>“<span data-fill="wake_word">${account.wake_word}</span>”</em></p>
<blockquote data-persona-greeting>${persona.greeting}</blockquote>
</div>
<div class="reach" data-swap="reach">
<h2>Where it is reached</h2>
<div data-copyable>${copyable(breakable(account.xswarm_email), 'xswarm_email')}</div>
${number(account)}
</div>
</header>`
}

function number({ number: { state, xswarm_phone, sms_status, kept, kept_until, delayed } }: Account): Markup {
  if (state === 'grace')
    return html`<p class="fine">We keep its number${kept !== null && html` <strong>${formatPhone(kept)}</strong>`} for you${kept_until !== null && ` until ${dayOf(kept_until.slice(0, 10))}`}. With Premium it is back at once.</p>`
  if (state === 'pending')
    return html`<p class="fine">${
      delayed
        ? 'Its toll-free number takes longer than usual. We keep trying, and it appears here by itself.'
        : 'Its toll-free number is on the way. It appears here by itself.'
    }</p>`
  if (xswarm_phone === null) return html`<p class="fine">It has no phone number. One comes with Premium.</p>`
  return html`<div data-copyable>${copyable(html`${formatPhone(xswarm_phone)}`, 'xswarm_phone')}</div>
<p class="fine">${TEXTS[sms_status]}</p>`
}

/** Never more than is true: carriers let nothing through before they have verified the number. */
const TEXTS: Readonly<Record<Account['number']['sms_status'], string>> = {
  none: 'Calls.',
  unverified: 'Calls now. Texts need a verification by the carriers, which has not begun yet.',
  pending: 'Calls now. Texts once the carriers have verified the number; that takes days to weeks.',
  active: 'Calls and texts.',
  rejected: 'Calls. The carriers refused it for texts; we are looking into it.',
}
