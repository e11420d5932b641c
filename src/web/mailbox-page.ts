import type { MailboxEntry } from '../domain/mailer.ts'
import { html, type Markup } from './html.ts'
import { type Assets, layout } from './layout.ts'

/** The mails of development, newest first. */
export function mailboxPage(mails: readonly MailboxEntry[], assets: Assets): string {
  const content = html`<main class="mailbox">
<h1>Mailbox</h1>
<p class="lead">In development no mail leaves this machine. The last 200 are here until the server stops.</p>
${mails.length === 0 ? html`<p class="fine">Nothing has arrived yet. Sign up, or ask for a code.</p>` : list(mails)}
</main>`
  return layout('Mailbox · xSwarm', content, assets)
}

function list(mails: readonly MailboxEntry[]): Markup {
  return html`<ol class="mails">${mails.map(
    ({ id, subject, to, received_at }) =>
      html`<li><a href="/dev/mail/${id}">${subject}</a><span class="fine">${to} · ${time(received_at)}</span></li>`,
  )}</ol>`
}

/** One mail, as text and as a mail program shows it. */
export function mailPage(mail: MailboxEntry, assets: Assets): string {
  const content = html`<main class="mailbox">
<p class="fine"><a href="/dev/mail">Mailbox</a></p>
<h1>${mail.subject}</h1>
<p class="fine">To ${mail.to} · ${time(mail.received_at)} · <code>${mail.message_id}</code></p>
<iframe title="The mail as HTML" sandbox src="/dev/mail/${mail.id}/html"></iframe>
<h2>As text</h2>
<pre class="mail-text">${linked(mail.text)}</pre>
</main>`
  return layout(`${mail.subject} · Mailbox`, content, assets)
}

function time(utc: string): Markup {
  return html`<time datetime="${utc.replace(' ', 'T')}Z">${utc} UTC</time>`
}

/** Links work here: the frame above may not open anything. */
function linked(text: string): readonly Markup[] {
  return text.split(/(https?:\/\/[^\s<>"]+)/).map((part, index) => {
    return index % 2 === 1 ? html`<a href="${part}">${part}</a>` : html`${part}`
  })
}
