import { html } from './html.ts'
import { type Assets, layout } from './layout.ts'

export interface ErrorPage {
  readonly status: number
  readonly title: string
  /** A sentence that says what to do next. */
  readonly detail: string
  readonly reference: string
}

export function errorPage({ status, title, detail, reference }: ErrorPage, assets: Assets): string {
  const content = html`<main class="single">
<p class="eyebrow">${status}</p>
<h1>${title}</h1>
<p class="lead">${detail}</p>
<p><a class="button quiet" href="/">Go to the start page</a></p>
<p class="fine">Reference <code>${reference}</code></p>
</main>`
  return layout(`${title} · xSwarm`, content, assets)
}
