import { breakable, copyable } from './address.ts'
import { html, type Markup } from './html.ts'
import { type Assets, layout } from './layout.ts'
import { codeForms } from './sign-in-page.ts'

export interface Result {
  readonly email: string
  readonly xswarm_email: string
  /** Whether a code is on its way; else the person asks for one at the sign-in page. */
  readonly isCodeSent: boolean
  /** In development the mail is on a page of ours. */
  readonly hasMailbox: boolean
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
export function resultTemplate(hasMailbox: boolean): Markup {
  return resultPanel({ email: '', xswarm_email: '', isCodeSent: true, hasMailbox }, 'h2', 'h3')
}

function resultPanel(
  { email, xswarm_email, isCodeSent, hasMailbox }: Result,
  title: 'h1' | 'h2',
  next: 'h2' | 'h3',
): Markup {
  const code = html`<p>We mailed a code to <strong data-fill="email">${breakable(email)}</strong>. It shows that the mailbox is yours
and takes you to your account.</p>
${codeForms({ email, returnTo: '/account', hasMailbox })}`
  const later = html`<p>Sign in with <strong data-fill="email">${breakable(email)}</strong> to make it yours.</p>
<p><a class="button" href="/sign-in?return=/account">Sign in</a></p>`
  return html`<div class="result">
<p class="eyebrow">Welcome</p>
<${title} class="title" id="result-title" tabindex="-1">This address is yours</${title}>
${copyable(breakable(xswarm_email), 'xswarm_email')}
<${next} class="next">One step to go</${next}>
<div class="code" data-code ${!isCodeSent && html`hidden`}>${isCodeSent && code}</div>
<div class="code" data-code-later ${isCodeSent && html`hidden`}>${later}</div>
</div>`
}
