import { field } from './field.ts'
import { html, type Markup } from './html.ts'
import { type Assets, layout } from './layout.ts'

export interface SignInState {
  readonly email: string
  /** Where to go afterwards; a path of ours. */
  readonly returnTo: string
  /** What is wrong with the field. */
  readonly fault?: string | undefined
  /** What is wrong, when it is no field. */
  readonly problem?: string | undefined
}

export interface CodeState extends SignInState {
  /** In development the mail is on a page of ours. */
  readonly hasMailbox: boolean
}

/** The first step: who it is. */
export function signInPage(state: SignInState, assets: Assets): string {
  const { email, returnTo, fault, problem } = state
  const content = html`<form method="post" action="/sign-in">
<h1 class="title" id="title">Sign in</h1>
${summary(problem)}
${field({
  name: 'email',
  label: 'Email',
  hint: 'We mail you a code. There is no password.',
  attributes: html`type="email" autocomplete="email" inputmode="email" maxlength="254" required`,
  value: email,
  isFocused: true,
  fault,
})}
<input type="hidden" name="return" value="${returnTo}">
<button class="button" type="submit">Mail me a code</button>
<p class="fine">New here? <a href="/">Get your address</a></p>
</form>`
  return frame(
    fault === undefined && problem === undefined ? 'Sign in' : 'Please check: Sign in',
    content,
    assets,
  )
}

/** The second step: the code. Says the same whether anybody has the address. */
export function codePage(state: CodeState, assets: Assets): string {
  const content = html`<h1 class="title" id="title">Check your mail</h1>
<p>If <strong>${state.email}</strong> has an account, a code is on its way there.</p>
${codeForms(state)}`
  return frame('Enter the code', content, assets)
}

/** The code, and a way to get another one. */
export function codeForms({ email, returnTo, fault, problem, hasMailbox }: CodeState): Markup {
  return html`<form method="post" action="/sign-in/code" class="code-form">
${summary(problem)}
${field({
  name: 'code',
  label: 'Code',
  hint: html`Six digits, good for ten minutes.${hasMailbox && html` <a href="/dev/mail" target="_blank">Open the mailbox of development</a>`}`,
  attributes: html`type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="12" required`,
  value: '',
  isFocused: true,
  fault,
})}
<input type="hidden" name="email" value="${email}">
<input type="hidden" name="return" value="${returnTo}">
<button class="button" type="submit">Sign in</button>
</form>
<form method="post" action="/sign-in" class="again">
<input type="hidden" name="email" value="${email}">
<input type="hidden" name="return" value="${returnTo}">
<p class="fine">Nothing arrived? Look among the spam, or <button class="link" type="submit">get a new code</button></p>
</form>`
}

function summary(problem: string | undefined): Markup {
  return html`<div class="summary" role="alert">${problem !== undefined && html`<p>${problem}</p>`}</div>`
}

function frame(title: string, content: Markup, assets: Assets): string {
  const panel = html`<main class="single"><section class="card narrow" aria-labelledby="title">
${content}
</section></main>`
  return layout(`${title} · xSwarm`, panel, assets)
}
