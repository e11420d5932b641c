import type { Used } from '../domain/account.ts'
import type { AccountView } from './account-page.ts'
import { faultAt, section } from './account-settings.ts'
import { breakable } from './address.ts'
import { billingPanel } from './billing-panel.ts'
import { field } from './field.ts'
import { html, type Markup } from './html.ts'
import { ago, dayOf } from './wording.ts'

const TIER_NAMES: Readonly<Record<string, string>> = { free: 'Free', premium: 'Premium' }

export function planSection({ account, billing }: AccountView): Markup {
  const { subscription, usage, entitlements } = account
  const name = TIER_NAMES[subscription.tier] ?? subscription.tier
  const includes = [
    entitlements.toll_free_number && 'a toll-free number',
    entitlements.voice_minutes > 0 && `${entitlements.voice_minutes} minutes of calls`,
    entitlements.sms_messages > 0 && `${entitlements.sms_messages} texts`,
  ].filter((one) => one !== false)
  return section(
    'plan',
    'Plan and usage',
    html`This month, until ${dayOf(usage.period_end)}.`,
    html`<div data-swap="plan">
<p class="tier"><strong>${name}</strong>${subscription.state === 'granted' && html` <span class="tag">given to you</span>`}</p>
<p class="fine">${includes.length === 0 ? 'An address of its own, every persona, every device.' : `Each month: ${list(includes)}.`}</p>
<div class="meters">${meter('Minutes of calls', 'minutes', usage.voice_minutes)}${meter('Texts', 'texts', usage.sms_messages)}</div>
${billing !== undefined && billingPanel(account, billing)}
</div>`,
  )
}

function list(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

function meter(name: string, unit: string, { used, included }: Used): Markup {
  const id = `meter-${unit}`
  if (included === 0 && used === 0)
    return html`<div class="meter"><span>${name}</span><span class="fine">not in this plan</span></div>`
  return html`<div class="meter"><label for="${id}">${name}</label><span class="fine">${used} of ${included}</span>
<meter id="${id}" min="0" max="${Math.max(included, used, 1)}" value="${used}">${used} of ${included} ${unit}</meter></div>`
}

export function devicesSection({ sessions, now }: AccountView): Markup {
  const rows = sessions.map(
    ({ id, name, kind, last_seen_at, current }) => html`<li>
<div><strong>${name}</strong>${current && html` <span class="tag">this one</span>`}
<span class="fine">${KINDS[kind]} · ${current ? 'in use now' : `used ${ago(last_seen_at, now)}`}</span></div>
<form method="post" action="/account"><input type="hidden" name="form" value="session"><input type="hidden" name="id" value="${id}">
<button class="button quiet small" type="submit" aria-label="Sign out ${name}">Sign out</button></form>
</li>
`,
  )
  return section(
    'devices',
    'Devices',
    'Where you are signed in. Signing a device out counts at once.',
    html`<ul class="devices">${rows}</ul>
<form method="post" action="/account"><input type="hidden" name="form" value="session"><input type="hidden" name="id" value="all">
<button class="button quiet small" type="submit">Sign out everywhere</button></form>`,
  )
}

const KINDS = { browser: 'Browser', api: 'Program', device: 'Device' } as const

/** What people do rarely: another address, taking their data, leaving. */
export function dataSection(view: AccountView): Markup {
  return section(
    'data',
    'Your data',
    'Your mail address is how you sign in. Everything held about you is yours to take along.',
    html`${emailForms(view)}
<div class="row"><div><h3>Export</h3><p class="fine">Everything held about you, as a JSON file.</p></div>
<a class="button quiet small" href="/api/me/export" download>Download</a></div>
${closing(view)}`,
  )
}

function emailForms({ account, pendingEmail, refused, hasMailbox }: AccountView): Markup {
  const isRefused = refused?.form === 'email'
  const fault = (name: string) => faultAt(refused, 'email', name)
  const pending =
    pendingEmail !== undefined &&
    html`<form method="post" action="/account">
<input type="hidden" name="form" value="email"><input type="hidden" name="email" value="${pendingEmail}">
${field({
  name: 'code',
  label: 'Code',
  hint: html`We mailed it to <strong>${breakable(pendingEmail)}</strong>.${hasMailbox && html` <a href="/dev/mail" target="_blank">Open the mailbox of development</a>`}`,
  attributes: html`type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="12" required`,
  value: '',
  isFocused: isRefused && fault('code') !== undefined,
  fault: fault('code'),
})}
<button class="button" type="submit">Use this address</button>
</form>`
  const isOpen = pending !== false || isRefused
  return html`<details class="row" id="email" ${isOpen && html`open`}><summary><span><strong>Mail address</strong>
<span class="fine" data-fill="email">${breakable(account.email)}</span></span><span class="button quiet small" aria-hidden="true">Change</span></summary>
<div class="inside">${pending}
<form method="post" action="/account"><input type="hidden" name="form" value="email">
${field({
  name: 'email',
  id: 'new-email',
  label: pending === false ? 'New address' : 'Another address, or the same again',
  hint: 'We mail it a code. Until you enter that here, nothing changes.',
  attributes: html`type="email" autocomplete="email" inputmode="email" maxlength="254" required`,
  value: isRefused && fault('code') === undefined ? (refused.entered.email ?? '') : '',
  isFocused: isRefused && fault('email') !== undefined,
  fault: fault('email'),
})}
<button class="button quiet" type="submit">Mail a code</button>
</form></div></details>`
}

function closing({ account, refused }: AccountView): Markup {
  const isRefused = refused?.form === 'close'
  return html`<details class="row" id="close" ${isRefused && html`open`}><summary><span><strong>Close account</strong>
<span class="fine">Everything held about you is removed, for good.</span></span><span class="button quiet small" aria-hidden="true">Close</span></summary>
<div class="inside"><form method="post" action="/account"><input type="hidden" name="form" value="close">
<p>Your settings, devices, number and plan go at once, and cannot be brought back.
<strong>${breakable(account.xswarm_email)}</strong> is never given to anybody again, not even to you. A receipt goes to your mail address.</p>
${field({
  name: 'confirm',
  label: 'Type your mail address to confirm',
  hint: breakable(account.email),
  attributes: html`type="text" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="254" required`,
  value: isRefused ? (refused.entered.confirm ?? '') : '',
  isFocused: isRefused,
  fault: faultAt(refused, 'close', 'confirm'),
})}
<button class="button danger" type="submit">Close my account</button>
</form></div></details>`
}
