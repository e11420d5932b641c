import { html } from 'hono/html'
import type { Markup } from '../control-page.ts'
import type { CallResult } from './call.ts'
import { FAULT_NAMES, type Fault, OPERATIONS } from './misbehaviour.ts'
import { displayName } from './stock.ts'
import type { TextResult } from './text.ts'
import { statusOf } from './verifications.ts'
import type { Delivery } from './webhook.ts'
import type { World } from './world.ts'

/** What happened last, newest first, until the sandbox ends. */
export interface History {
  readonly calls: readonly CallResult[]
  readonly texts: readonly TextResult[]
}

/** A number that nobody has, to call from. */
const CALLER = '+15550100123'

/** Everything at a glance, and the forms that move it. */
export function overviewPage(world: World, history: History): Markup {
  const { status, type } = world.account()
  const numbers = world.store.list('number')
  return html`<main class="control">
<h1>Twilio</h1>
<p class="lead">The account is ${type.toLowerCase()} and ${status}; it owns ${numbers.length} ${numbers.length === 1 ? 'number' : 'numbers'}. The sandbox's clock says ${time(world.now())}.</p>
<section class="panel"><h2>Numbers</h2>${numbers.length === 0 ? html`<p class="fine">None yet. Whoever turns premium gets one.</p>` : numberTable(world)}</section>
<div class="columns">
<section class="panel"><h2>Call</h2>${callForm(world)}</section>
<section class="panel"><h2>Text</h2>${textForm(world)}</section>
</div>
<section class="panel"><h2>Misbehave</h2>${misbehaviour(world.faults.list())}</section>
<div class="columns">
<section class="panel"><h2>Account</h2>${accountForm(type, status)}</section>
<section class="panel"><h2>Clock</h2><form class="row" method="post" action="/_sandbox/advance">
${field('by', 'Move ahead by', '3d')}<button class="button quiet">Move</button></form></section>
</div>
<section class="panel"><h2>Lately</h2>${lately(history)}</section>
<section class="panel"><h2>Warnings</h2>${warnings(world)}</section>
</main>`
}

/** One call, as the caller heard it. */
export function callPage(call: CallResult): Markup {
  return html`<main class="control">
<p class="fine"><a href="/_sandbox">Twilio</a></p>
<h1>${displayName(call.to)} was called</h1>
<p class="lead">From ${call.from}: ${call.status} after ${call.seconds} s.</p>
<section class="panel"><h2>What the caller hears</h2><ol class="heard">${call.heard.map((line) =>
    line.startsWith('[') ? html`<li class="sound">${line}</li>` : html`<li>“${line}”</li>`,
  )}</ol></section>
${call.connected === undefined ? '' : html`<section class="panel"><h2>Put through</h2><p>${call.connected.kind} to <code>${call.connected.to}</code></p>${pairs(call.connected.parameters)}</section>`}
${problems(call.problems)}${deliveries('Requests for TwiML', call.webhooks)}${deliveries('Status callbacks', call.callbacks)}
</main>`
}

/** One text, and what came back. */
export function textPage(text: TextResult): Markup {
  const back = [
    ...text.network.map((body) => html`<li>“${body}” <span class="sound">by itself, without us</span></li>`),
    ...text.replies.map(
      ({ body, status, errorCode }) =>
        html`<li>“${body}” <span class="sound">${status}${errorCode === undefined ? '' : `, error ${errorCode}`}</span></li>`,
    ),
  ]
  return html`<main class="control">
<p class="fine"><a href="/_sandbox">Twilio</a></p>
<h1>${displayName(text.to)} got a text</h1>
<p class="lead">From ${text.from}: ${text.status}.</p>
<section class="panel"><h2>What came back</h2>${back.length === 0 ? html`<p class="fine">Nothing.</p>` : html`<ol class="heard">${back}</ol>`}</section>
${problems(text.problems)}${deliveries('Webhooks', text.webhooks)}${deliveries('Status callbacks', text.callbacks)}
</main>`
}

export function faultPage(sentence: string): Markup {
  return html`<main class="control"><p class="fine"><a href="/_sandbox">Twilio</a></p><h1>That did not work</h1><p class="lead">${sentence}</p></main>`
}

function numberTable(world: World): Markup {
  const rows = world.store.list('number').map((number) => {
    const verification = world.store
      .list('verification')
      .find(({ phone_number }) => phone_number === number.phone_number)
    const sms = verification === undefined ? 'not verified' : statusOf(world, verification)
    return html`<tr><td class="number">${displayName(number.phone_number)}</td><td>${number.friendly_name}</td><td>${sms}${verification === undefined ? '' : verdict(verification.sid)}</td><td><code>${number.voice_url}</code></td><td><code>${number.sms_url}</code></td><td class="number">${time(number.created_at)}</td></tr>`
  })
  return html`<table><thead><tr><th>Number</th><th>Name</th><th>Texts</th><th>Calls go to</th><th>Texts go to</th><th>Bought</th></tr></thead><tbody>${rows}</tbody></table>`
}

function verdict(sid: string): Markup {
  return html`<form class="row" method="post" action="/_sandbox/verification"><input type="hidden" name="sid" value="${sid}">
<button class="button quiet" name="status" value="TWILIO_APPROVED">Approve</button><button class="button quiet" name="status" value="TWILIO_REJECTED">Reject</button></form>`
}

function callForm(world: World): Markup {
  return html`<form method="post" action="/_sandbox/call">${numberField(world, 'call-to')}${field('from', 'From', CALLER, 'call-caller')}${field('digits', 'Keys pressed, if asked', '', 'call-digits')}<button class="button">Call</button></form>`
}

function textForm(world: World): Markup {
  return html`<form method="post" action="/_sandbox/text">${numberField(world, 'text-to')}${field('from', 'From', CALLER, 'text-caller')}${field('body', 'Words', 'Hello', 'text-body')}<button class="button">Send</button></form>`
}

function numberField(world: World, id: string): Markup {
  const options = world.store
    .list('number')
    .map(({ phone_number }) => html`<option value="${phone_number}">${displayName(phone_number)}</option>`)
  if (options.length === 0) return field('to', 'To', '+18005550142', id)
  return html`<div class="field"><label for="${id}">To</label><select id="${id}" name="to">${options}</select></div>`
}

function misbehaviour(faults: readonly Fault[]): Markup {
  const names = FAULT_NAMES.map((name) => html`<option>${name}</option>`)
  const operations = OPERATIONS.map((name) => html`<option>${name}</option>`)
  const active = faults.map(
    ({ name, on, timesLeft, share, until }) =>
      html`<tr><td>${name}</td><td>${on.join(', ')}</td><td>${timesLeft === null ? 'always' : timesLeft === 1 ? 'once' : `${timesLeft} times`}${share < 1 ? `, ${share * 100} %` : ''}</td><td>${until === null ? '' : html`until ${time(until)}`}</td></tr>`,
  )
  return html`<form class="row" method="post" action="/_sandbox/misbehave">
<div class="field"><label for="fault">Fault</label><select id="fault" name="fault">${names}</select></div>
<div class="field"><label for="on">On</label><select id="on" name="on"><option value="">all it can strike</option>${operations}</select></div>
${field('times', 'Times', '1')}${field('share', 'Share, 0 to 1', '')}${field('forMs', 'For ms', '')}${field('ms', 'Wait, ms', '')}
<button class="button quiet">Misbehave</button></form>
${faults.length === 0 ? html`<p class="fine">Everything behaves.</p>` : html`<table><tbody>${active}</tbody></table><form method="post" action="/_sandbox/behave"><button class="button quiet">Behave again</button></form>`}`
}

function accountForm(type: string, status: string): Markup {
  const options = (all: readonly string[], chosen: string) =>
    all.map((one) => html`<option ${one === chosen ? 'selected' : ''}>${one}</option>`)
  return html`<form class="row" method="post" action="/_sandbox/account">
<div class="field"><label for="type">Type</label><select id="type" name="type">${options(['Full', 'Trial'], type)}</select></div>
<div class="field"><label for="status">Status</label><select id="status" name="status">${options(['active', 'suspended', 'closed'], status)}</select></div>
<button class="button quiet">Change</button></form>`
}

function lately({ calls, texts }: History): Markup {
  if (calls.length + texts.length === 0) return html`<p class="fine">No calls and no texts.</p>`
  return html`<table><tbody>${calls.map(
    ({ callSid, from, to, heard }) =>
      html`<tr><td>Call</td><td class="number">${from}</td><td class="number">${to}</td><td><a href="/_sandbox/calls/${callSid}">${heard[0] ?? 'silence'}</a></td></tr>`,
  )}${texts.map(
    ({ messageSid, from, to, webhooks }) =>
      html`<tr><td>Text</td><td class="number">${from}</td><td class="number">${to}</td><td><a href="/_sandbox/texts/${messageSid}">${webhooks[0]?.params.Body ?? 'no webhook'}</a></td></tr>`,
  )}</tbody></table>`
}

function warnings(world: World): Markup {
  const all = world.warnings.list()
  if (all.length === 0) return html`<p class="fine">None: everything sent was understood.</p>`
  return html`<table><tbody>${all.slice(-20).map(({ request, message }) => html`<tr><td><code>${request}</code></td><td>${message}</td></tr>`)}</tbody></table>
<form method="post" action="/_sandbox/warnings"><button class="button quiet">Forget them</button></form>`
}

function problems(all: readonly { code: number; message: string }[]): Markup | string {
  if (all.length === 0) return ''
  return html`<section class="panel"><h2>What Twilio would complain about</h2><table><tbody>${all.map(({ code, message }) => html`<tr><td class="number">${code}</td><td>${message}</td></tr>`)}</tbody></table></section>`
}

function deliveries(title: string, all: readonly Delivery[]): Markup | string {
  if (all.length === 0) return ''
  return html`<section class="panel"><h2>${title}</h2>${all.map(
    ({ method, url, status, attempts, body, params }) =>
      html`<p><code>${method} ${url}</code> ${status === undefined ? 'no answer' : `answered ${status}`}${attempts > 1 ? `, ${attempts} attempts` : ''}</p><pre>${body ?? ''}</pre><details><summary>What was sent</summary>${pairs(params)}</details>`,
  )}</section>`
}

function pairs(all: Readonly<Record<string, string>>): Markup {
  return html`<table><tbody>${Object.entries(all).map(([name, value]) => html`<tr><td>${name}</td><td>${value}</td></tr>`)}</tbody></table>`
}

function field(name: string, label: string, value: string, id = name): Markup {
  return html`<div class="field"><label for="${id}">${label}</label><input id="${id}" name="${name}" value="${value}"></div>`
}

function time(ms: number): Markup {
  const text = new Date(ms).toISOString()
  return html`<time datetime="${text}">${text.slice(0, 16).replace('T', ' ')}</time>`
}
