import { html, type Markup } from './html.ts'

/** An address that is too long for its line breaks before the @, not in the middle of a word. */
export function breakable(address: string): Markup {
  const at = address.indexOf('@')
  return at === -1 ? html`${address}` : html`${address.slice(0, at)}<wbr>${address.slice(at)}`
}

/** Something to take along, with a button that copies it where there is JavaScript. */
export function copyable(value: Markup, what: string): Markup {
  return html`<div class="address"><output data-fill="${what}">${value}</output>
<button class="button quiet" type="button" data-copy hidden>Copy</button></div>
<p class="fine" role="status" data-copied></p>`
}
