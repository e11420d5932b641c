import { html, type Markup } from './html.ts'

export interface Field {
  readonly name: string
  /** Of the input; its name unless told. */
  readonly id?: string
  readonly label: Markup | string
  readonly hint: Markup | string
  /** Type, autocomplete, bounds. */
  readonly attributes: Markup
  readonly value: string
  readonly isFocused?: boolean
  /** What is wrong with it. */
  readonly fault: string | undefined
}

/** A field with its label, what it is for and what is wrong with it, tied together for screen readers. */
export function field(given: Field): Markup {
  const { name, id = name, label, hint, attributes, value, isFocused = false, fault } = given
  return html`<div class="field">
<label for="${id}">${label}</label>
<p class="hint" id="${id}-hint">${hint}</p>
<input id="${id}" name="${name}" ${attributes} value="${value}" aria-describedby="${id}-hint ${id}-fault"
${fault !== undefined && html`aria-invalid="true"`} ${isFocused && html`autofocus`}>
<p class="fault" id="${id}-fault" data-fault="${name}">${fault}</p>
</div>`
}
