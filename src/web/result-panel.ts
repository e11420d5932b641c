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
  return layout(
    'Your xSwarm address',
    html`<main class="single"><section class="card" aria-labelledby="result-title">${resultPanel(result)}</section></main>`,
    assets,
  )
}

/** The assigned address and what comes next. Without a result it is the template that JavaScript fills in. */
export function resultPanel(result: Result | undefined): Markup {
  return html`<div class="result">
<p class="eyebrow">Welcome</p>
<h1 id="result-title" tabindex="-1">This address is yours</h1>
<div class="address"><output data-fill="xswarm_email">${result?.xswarm_email}</output>
<button class="button quiet" type="button" data-copy hidden>Copy</button></div>
<p class="fine" role="status" data-copied></p>
<p>It belongs to <strong data-fill="email">${result?.email}</strong> and stays yours for good.</p>
<h2>What comes next</h2>
<ol class="steps">
<li><strong>Keep the address.</strong> It is how your assistant is known to others.</li>
<li><strong>Say hello.</strong> It starts as ${result?.persona?.name ?? 'HAL 9000'} and answers to “${result?.persona?.wake_word ?? 'hey hal'}”.</li>
<li><strong>Make it yours.</strong> Choose another manner at any time: <code>xswarm config set persona jarvis</code></li>
</ol>
</div>`
}
