import { personaOf } from '../domain/personas.ts'
import type { AccountForm, AccountView, Refused } from './account-page.ts'
import { field } from './field.ts'
import { html, type Markup } from './html.ts'
import { lensOf } from './wording.ts'

/** What a form was refused for at one of its fields. */
export function faultAt(refused: Refused | undefined, form: AccountForm, name: string): string | undefined {
  return refused?.form === form ? refused.errors.find(({ field }) => field === name)?.message : undefined
}

/** One part of the page: what it is on the left, what can be done on the right. */
export function section(id: string, title: string, about: Markup | string, content: Markup): Markup {
  return html`<section class="part" id="${id}" aria-labelledby="${id}-title">
<div class="about"><h2 id="${id}-title">${title}</h2>
<p class="hint">${about}</p></div>
<div class="does">${content}</div>
</section>`
}

/** A card for each; choosing one is enough where there is JavaScript. */
export function personaSection({ account, personas, refused }: AccountView): Markup {
  const chosen = personaOf(account, personas).key
  const cards = [...personas.values()].map(
    ({ key, name, wake_word, greeting }) => html`<label class="persona">
<input type="radio" name="persona" value="${key}" ${key === chosen && html`checked`} data-name="${name}" data-greeting="${greeting}" data-lens-class="${lensOf(key)}">
<span class="lens ${lensOf(key)}" aria-hidden="true"></span>
<span class="name">${name}</span>
<span class="wakes">“${wake_word}”</span>
<span class="greets">${greeting}</span>
</label>
`,
  )
  const fault = faultAt(refused, 'persona', 'persona')
  return section(
    'persona',
    'Persona',
    'The voice and manner that answers, on every device. Each brings its own wake word, unless you chose one yourself.',
    html`<form method="post" action="/account" data-setting="persona">
<input type="hidden" name="form" value="persona">
<fieldset aria-labelledby="persona-title"><div class="personas">${cards}</div></fieldset>
<p class="fault" data-fault="persona" role="alert">${fault}</p>
<button class="button" type="submit" data-without-script>Use this persona</button>
</form>`,
  )
}

export function contactSection({ account, refused }: AccountView): Markup {
  const entered = (form: AccountForm, name: string) =>
    refused?.form === form ? refused.entered[name] : undefined
  return section(
    'settings',
    'Wake word and phone',
    'Say the wake word to be heard. Your phone is how your assistant knows you when you call.',
    html`<div class="pair">
<form method="post" action="/account" data-setting="wake_word">
<input type="hidden" name="form" value="wake_word">
${field({
  name: 'wake_word',
  label: 'Wake word',
  hint: 'Two characters or more, easy to say.',
  attributes: html`type="text" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="60" required`,
  value: entered('wake_word', 'wake_word') ?? account.wake_word,
  fault: faultAt(refused, 'wake_word', 'wake_word'),
})}
<p class="elsewhere fine" data-elsewhere hidden></p>
<button class="button quiet" type="submit">Save wake word</button>
</form>
<form method="post" action="/account" data-setting="phone">
<input type="hidden" name="form" value="phone">
${field({
  name: 'phone',
  label: 'Your phone',
  hint: 'With country code; empty for none.',
  attributes: html`type="tel" autocomplete="tel" inputmode="tel" maxlength="40"`,
  value: entered('phone', 'phone') ?? account.phone ?? '',
  fault: faultAt(refused, 'phone', 'phone'),
})}
<p class="elsewhere fine" data-elsewhere hidden></p>
<button class="button quiet" type="submit">Save phone</button>
</form>
</div>`,
  )
}
