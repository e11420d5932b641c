import type { ClosingReceipt } from '../domain/closing.ts'
import { html } from './html.ts'
import { type Assets, layout } from './layout.ts'

/** What remains of an account that was closed: its receipt. */
export function closedPage({ receipt_id, closed_at, kept }: ClosingReceipt, assets: Assets): string {
  const content = html`<main class="single"><section class="card" aria-labelledby="title">
<div class="result"><p class="eyebrow">Goodbye</p>
<h1 class="title" id="title">Your account is closed</h1>
<p>Everything held about you was removed at ${closed_at} UTC. The same is in your mail.</p>
<p class="fine">Receipt <code>${receipt_id}</code></p>
<h2 class="next">What stays</h2>
<ul class="kept">${kept.map((one) => html`<li>${one}</li>`)}</ul>
<p><a class="button quiet" href="/">Go to the start page</a></p></div>
</section></main>`
  return layout('Your account is closed · xSwarm', content, assets, { extra: ['account.css'] })
}
