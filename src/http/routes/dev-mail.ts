import { z } from 'zod'
import { AppError } from '../../domain/errors.ts'
import type { Mailbox, MailboxEntry } from '../../domain/mailer.ts'
import { mailboxPage, mailPage } from '../../web/mailbox-page.ts'
import type { Asset, AssetName } from '../assets.ts'
import { json, page, type Route, route } from '../route.ts'

const mail = z.strictObject({
  id: z.int(),
  received_at: z.string(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  message_id: z.string(),
})

/**
 * The mailbox of development. These routes exist only where there is one; they hold codes that sign in, so they answer
 * only whoever sits at this machine.
 */
export function devMailRoutes(mailbox: Mailbox, assets: ReadonlyMap<AssetName, Asset>): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/dev/mail',
      name: 'showMailbox',
      who: 'operations',
      kind: 'page',
      summary: 'The mails of development, newest first.',
      answers: { 200: { description: 'The page.', type: 'text/html' } },
      handle: () => page(200, mailboxPage(mailbox.list(), assets)),
    }),
    route({
      method: 'GET',
      path: '/dev/mail.json',
      name: 'listMails',
      who: 'operations',
      kind: 'api',
      summary: 'The mails of development, newest first.',
      answers: { 200: { description: 'The mails.', schema: z.strictObject({ mails: z.array(mail) }) } },
      handle: () => json(200, { mails: mailbox.list() }),
    }),
    route({
      method: 'GET',
      path: '/dev/mail/:id',
      name: 'showMail',
      who: 'operations',
      kind: 'page',
      summary: 'One mail of development, as text and HTML.',
      answers: { 200: { description: 'The page.', type: 'text/html' } },
      problems: ['not-found'],
      handle: ({ params }) => page(200, mailPage(getMail(mailbox, params.id), assets), { [CSP]: pagePolicy }),
    }),
    route({
      method: 'GET',
      path: '/dev/mail/:id/html',
      name: 'showMailHtml',
      who: 'operations',
      kind: 'page',
      summary: 'The HTML of a mail, which can neither run nor load anything.',
      answers: { 200: { description: 'The HTML.', type: 'text/html' } },
      problems: ['not-found'],
      handle: ({ params }) => page(200, getMail(mailbox, params.id).html, { [CSP]: mailPolicy }),
    }),
  ]
}

const CSP = 'Content-Security-Policy'

const pagePolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'; object-src 'none'"

/** Mail programs want inline styles; apart from those nothing in a mail counts. */
const mailPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"

/** Throws AppError `not-found`. */
function getMail(mailbox: Mailbox, id: string | undefined): MailboxEntry {
  const found = /^\d{1,9}$/.test(id ?? '') ? mailbox.find(Number(id)) : undefined
  if (found === undefined)
    throw new AppError('not-found', 'There is no such mail, or it was pushed out by newer ones.')
  return found
}
