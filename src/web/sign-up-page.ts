import type { FieldFault } from '../domain/errors.ts'
import type { Persona, Personas } from '../domain/personas.ts'
import { field } from './field.ts'
import { html, type Markup } from './html.ts'
import { type Assets, layout, signInLink } from './layout.ts'
import { resultTemplate } from './result-panel.ts'

export interface SignUpForm {
  /** What was entered before, to be corrected. */
  readonly email: string
  readonly phone: string
  /** Makes pressing the button twice one sign-up. */
  readonly idempotencyKey: string
  /** In development the mail is on a page of ours. */
  readonly hasMailbox: boolean
  /** What went wrong, when something did. */
  readonly problem?: { readonly detail: string; readonly errors: readonly FieldFault[] }
}

/** The front page. The form posts to this very page; with JavaScript it talks to `/api/signup` instead. */
export function signUpPage(form: SignUpForm, personas: Personas, assets: Assets): string {
  const title = 'xSwarm – an assistant that picks up'
  return layout(
    form.problem === undefined ? title : `Please check: ${title}`,
    content(form, personas),
    assets,
    { corner: signInLink },
  )
}

function content(form: SignUpForm, personas: Personas): Markup {
  return html`<main class="split">
<section class="pitch" aria-labelledby="promise">
<h1 id="promise">An assistant that picks up.</h1>
<p class="lead">xSwarm gives you a voice assistant with an address of its own, a manner you choose, and a phone
number when you want one.</p>
<ul class="points">
<li><strong>An address that stays yours</strong> You get it now. It is never given to anybody else.</li>
<li><strong>Settings that follow you</strong> Change one anywhere and it holds on every device.</li>
<li><strong>No password</strong> One email address is all it takes.</li>
</ul>
${personaList([...personas.values()])}
</section>
<section class="card" id="sign-up" aria-labelledby="form-title">
${formPanel(form)}
</section>
<template id="result-template">${resultTemplate(form.hasMailbox)}</template>
</main>`
}

function personaList(personas: readonly Persona[]): Markup {
  return html`<p class="wake" id="wake">It answers to</p>
<ul class="chips" aria-labelledby="wake">${personas.map((one) => html`<li>“${one.wake_word}”</li>`)}</ul>`
}

function formPanel(form: SignUpForm): Markup {
  const { problem } = form
  return html`<form method="post" action="/" data-enhance="sign-up">
<h2 id="form-title">Get your address</h2>
<div class="summary" role="alert" tabindex="-1" data-summary>${problem && problemText(problem)}</div>
${field({
  name: 'email',
  label: 'Email',
  hint: 'Where you read your mail today.',
  attributes: html`type="email" autocomplete="email" inputmode="email" maxlength="254" required`,
  value: form.email,
  isFocused: problem === undefined || faultOf(problem, 'email') !== undefined,
  fault: faultOf(problem, 'email'),
})}
${field({
  name: 'phone',
  label: html`Phone <span class="optional">optional</span>`,
  hint: 'With country code: +1\u00a0555\u00a0123\u00a04567',
  attributes: html`type="tel" autocomplete="tel" inputmode="tel" maxlength="40"`,
  value: form.phone,
  isFocused: faultOf(problem, 'email') === undefined && faultOf(problem, 'phone') !== undefined,
  fault: faultOf(problem, 'phone'),
})}
<input type="hidden" name="idempotency_key" value="${form.idempotencyKey}">
<button class="button" type="submit"><span data-label>Get my address</span></button>
<p class="fine">Free, and no card needed. Here already? <a href="/sign-in">Sign in</a></p>
</form>`
}

/** What concerns no field; faults of fields are named in brief, they stand at their field in full. */
function problemText(problem: NonNullable<SignUpForm['problem']>): Markup {
  const named = problem.errors.filter(({ field }) => field === 'email' || field === 'phone')
  if (named.length === 0) return html`<p>${problem.detail}</p>`
  return html`<p>Please check ${named.length === 1 ? 'one field' : 'these fields'}:</p>
<ul>${named.map((fault) => html`<li><a href="#${fault.field}">${fault.message}</a></li>`)}</ul>`
}

function faultOf(problem: SignUpForm['problem'], name: string): string | undefined {
  return problem?.errors.find(({ field }) => field === name)?.message
}
