import type { WaitingDevice } from '../actions/decide-device.ts'
import { html, type Markup } from './html.ts'
import { type Assets, layout } from './layout.ts'

export type DevicePageState =
  | { readonly kind: 'ask'; readonly email: string; readonly code: string; readonly fault?: string }
  | { readonly kind: 'decide'; readonly email: string; readonly device: WaitingDevice }
  | { readonly kind: 'decided'; readonly email: string; readonly decision: 'approved' | 'denied' }

/** Where a device that shows a code is let in. Works without JavaScript. */
export function devicePage(state: DevicePageState, assets: Assets): string {
  const { title, content } = contents(state)
  const panel = html`<main class="single"><section class="card" aria-labelledby="title">
${content}
</section></main>`
  return layout(`${title} · xSwarm`, panel, assets)
}

function contents(state: DevicePageState): { title: string; content: Markup } {
  if (state.kind === 'ask') return askForCode(state)
  if (state.kind === 'decide') return askForDecision(state)
  return showDecision(state)
}

function askForCode({ email, code, fault }: Extract<DevicePageState, { kind: 'ask' }>): {
  title: string
  content: Markup
} {
  const title = 'Let a device in'
  return {
    title,
    content: html`<form method="get" action="/device">
<h1 class="title" id="title">${title}</h1>
<div class="field">
<label for="user_code">Code</label>
<p class="hint" id="user_code-hint">The eight letters that the device shows, for example WDJB-MJHT.</p>
<input id="user_code" name="user_code" type="text" autocomplete="off" autocapitalize="characters" spellcheck="false"
maxlength="20" required autofocus value="${code}" aria-describedby="user_code-hint user_code-fault"
${fault !== undefined && html`aria-invalid="true"`}>
<p class="fault" id="user_code-fault" ${fault !== undefined && html`role="alert"`}>${fault}</p>
</div>
<button class="button" type="submit">Continue</button>
${signedInAs(email)}
</form>`,
  }
}

function askForDecision({ email, device }: Extract<DevicePageState, { kind: 'decide' }>): {
  title: string
  content: Markup
} {
  const title = 'Let this device in?'
  return {
    title,
    content: html`<form method="post" action="/device">
<h1 class="title" id="title">${title}</h1>
<p><strong>${device.name}</strong> asks to be signed in as you. It shows the code
<code>${device.user_code}</code>.</p>
<p class="fine">It calls itself ${device.client_id} and asked at ${device.created_at} UTC.</p>
<p>Let it in only if you started this yourself, just now, and the device in front of you shows this very code.
It can then read and change your settings until you sign it out.</p>
<input type="hidden" name="user_code" value="${device.user_code}">
<button class="button" type="submit" name="decision" value="approve">Let it in</button>
<button class="button quiet" type="submit" name="decision" value="deny">Turn it away</button>
${signedInAs(email)}
</form>`,
  }
}

function showDecision({ email, decision }: Extract<DevicePageState, { kind: 'decided' }>): {
  title: string
  content: Markup
} {
  const isIn = decision === 'approved'
  const title = isIn ? 'The device is signed in' : 'The device was turned away'
  const next = isIn ? 'It goes on by itself in a moment.' : 'Nothing was changed.'
  return {
    title,
    content: html`<div class="result">
<h1 class="title" id="title">${title}</h1>
<p>${next} You can close this page.</p>
${signedInAs(email)}
</div>`,
  }
}

function signedInAs(email: string): Markup {
  return html`<p class="fine">Signed in as ${email}</p>`
}
