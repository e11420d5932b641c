import type { Persona } from '../domain/personas.ts'
import { html, type Markup } from './html.ts'
import { type Assets, layout } from './layout.ts'

export interface Result {
  readonly email: string
  readonly xswarm_email: string
  readonly persona: Persona | undefined
}

/** The page after a sign-up without JavaScript. */
export function resultPage(result: Result, assets: Assets): string {
  const panel = resultPanel(result, 'h1', 'h2')
  return layout(
    'Your xSwarm address',
    html`<main class="single"><section class="card" aria-labelledby="result-title">${panel}</section></main>`,
    assets,
  )
}

/** The panel that JavaScript fills in, below the heading of the page it stands in. */
export function resultTemplate(persona: Persona | undefined): Markup {
  return resultPanel({ email: '', xswarm_email: '', persona }, 'h2', 'h3')
}

function resultPanel(
  { email, xswarm_email, persona }: Result,
  title: 'h1' | 'h2',
  next: 'h2' | 'h3',
): Markup {
  return html`<div class="result">
<p class="eyebrow">Welcome</p>
<${title} class="title" id="result-title" tabindex="-1">This address is yours</${title}>
<div class="address"><output data-fill="xswarm_email">${breakable(xswarm_email)}</output>
<button class="button quiet" type="button" data-copy hidden>Copy</button></div>
<p class="fine" role="status" data-copied></p>
<p>It belongs to <strong data-fill="email">${breakable(email)}</strong> and stays yours for good.</p>
<${next} class="next">What comes next</${next}>
<ol class="steps">
<li><strong>Keep the address.</strong> It is how your assistant is known to others.</li>
${persona !== undefined && html`<li><strong>Say hello.</strong> It starts as ${persona.name} and answers to “${persona.wake_word}”.</li>`}
<li><strong>Make it yours.</strong> Choose another manner at any time: <code>xswarm config set persona jarvis</code></li>
</ol>
</div>`
}

/** An address that is too long for its line breaks before the @, not in the middle of a word. */
function breakable(address: string): Markup {
  const at = address.indexOf('@')
  return at === -1 ? html`${address}` : html`${address.slice(0, at)}<wbr>${address.slice(at)}`
}
