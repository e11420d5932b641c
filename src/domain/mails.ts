import { BILLING_WRITERS, type BillingMailContent } from './billing-mails.ts'
import { type Block, type Letter, layOut, type RenderedMail } from './mail-layout.ts'
import { NUMBER_WRITERS, type NumberMailContent } from './number-mails.ts'
import { type Personas, personaOf } from './personas.ts'
import type { ProjectConfig } from './project.ts'
import type { User } from './users.ts'

/** What a mail says, by template, with everything it needs that is not in the user's row. */
export type MailContent =
  | { readonly template: 'welcome' }
  | { readonly template: 'sign-in-code'; readonly code: string; readonly minutes: number }
  | { readonly template: 'email-taken' }
  | { readonly template: 'address-change-code'; readonly code: string; readonly minutes: number }
  | { readonly template: 'address-changed' }
  | { readonly template: 'account-closed'; readonly receipt_id: string; readonly closed_at: string }
  | { readonly template: 'unproven-expires'; readonly days: number }
  | NumberMailContent
  | BillingMailContent

export type MailTemplate = MailContent['template']

/**
 * The payload of `send-mail`. It goes to the address of the job's `user_id`, looked up when it is sent; `to` is for the
 * mails that must reach an address which is not (or no longer) the user's, and such a job must have `expires_at`.
 */
export type MailRequest = MailContent & { readonly to?: string }

export interface MailContext {
  /** Whom it is about, when there still is such a user. */
  readonly user: User | undefined
  readonly config: Pick<ProjectConfig, 'accounts' | 'server'>
  readonly personas: Personas
}

type Writers = {
  readonly [Template in MailTemplate]: (
    content: Extract<MailContent, { readonly template: Template }>,
    context: MailContext,
  ) => Letter
}

const WRITERS: Writers = {
  ...NUMBER_WRITERS,
  ...BILLING_WRITERS,
  welcome: writeWelcome,
  'sign-in-code': ({ code, minutes }) => ({
    subject: `${code} is your xSwarm code`,
    preview: `It works for ${minutes} minutes.`,
    heading: 'Your sign-in code',
    blocks: [
      { kind: 'code', code },
      paragraph(`Enter it where you asked for it. It works once, for ${minutes} minutes.`),
      paragraph('You did not ask for it? Then do nothing, and tell the code to nobody: we never ask for it.'),
    ],
  }),
  'email-taken': (_, { config }) => ({
    subject: 'You already have an xSwarm account',
    preview: 'Sign in instead of signing up.',
    heading: 'You already have an account',
    blocks: [
      paragraph(
        'Somebody, most likely you, tried to sign up with this address. It has an account already: sign in.',
      ),
      link('Sign in', config, '/sign-in'),
      paragraph('If it was not you, you need not do anything. Nothing was changed, and nobody got in.'),
    ],
  }),
  'address-change-code': ({ code, minutes }) => ({
    subject: `${code} confirms your new address`,
    preview: `It works for ${minutes} minutes.`,
    heading: 'Confirm this address',
    blocks: [
      paragraph(
        'Somebody wants to use this address for their xSwarm account. If that is you, enter this code:',
      ),
      { kind: 'code', code },
      paragraph(`It works once, for ${minutes} minutes. Until then the account keeps its present address.`),
      paragraph('If it was not you, do nothing, and tell the code to nobody.'),
    ],
  }),
  'address-changed': (_, { config }) => ({
    subject: 'The address of your xSwarm account was changed',
    preview: 'If it was not you, act now.',
    heading: 'Your address was changed',
    blocks: [
      paragraph(
        'Your xSwarm account now uses another mail address. From now on codes go there, and no longer to this one.',
      ),
      paragraph(
        'If it was you, you are done. If it was not, somebody else can read the codes: ask the people who run this service for help at once.',
      ),
      link('Go to xSwarm', config, '/'),
    ],
  }),
  'account-closed': ({ receipt_id, closed_at }) => ({
    subject: 'Your xSwarm account is closed',
    preview: 'Keep this receipt.',
    heading: 'Your account is closed',
    blocks: [
      paragraph('What we held about you is removed. The address we gave you is never given to anybody else.'),
      {
        kind: 'facts',
        rows: [
          ['Receipt', receipt_id],
          ['Closed', `${closed_at} UTC`],
        ],
      },
      paragraph('Keep this mail: it is the only thing left that connects the receipt with you.'),
    ],
  }),
  'unproven-expires': ({ days }, { config }) => ({
    subject: 'Your xSwarm account is about to expire',
    preview: 'Sign in once to keep it.',
    heading: 'Sign in once to keep your account',
    blocks: [
      paragraph(`Nobody has signed in yet with this address. ${expiry(days)} unless you do.`),
      link('Sign in', config, '/sign-in'),
      paragraph('If you did not sign up, do nothing: it goes away by itself.'),
    ],
  }),
}

/** The subject, text and HTML of a mail. Pure: the same request gives the same mail. */
export function renderMail(content: MailContent, context: MailContext): RenderedMail {
  const write: (content: never, context: MailContext) => Letter = WRITERS[content.template]
  // The table pairs every template with its content; TypeScript cannot follow that through an index.
  return layOut(write(content as never, context))
}

function writeWelcome(_: unknown, { user, config, personas }: MailContext): Letter {
  const address = user?.xswarm_email ?? ''
  const persona = user === undefined ? undefined : personaOf(user, personas)
  return {
    subject: 'Welcome to xSwarm',
    preview: `${address} is yours.`,
    heading: 'Welcome to xSwarm',
    blocks: [
      paragraph('Your account is there, and this address is yours for good:'),
      {
        kind: 'facts',
        rows: [
          ['Your address', address],
          ...(persona === undefined ? [] : ([['Your assistant', persona.name]] as const)),
          ['It answers to', `“${user?.wake_word ?? ''}”`],
        ],
      },
      paragraph(
        'Next: sign in once with this mail address. That proves it is yours, and opens your account, where you choose the persona and see what you have.',
      ),
      link('Sign in', config, '/sign-in'),
      paragraph(
        `If you did not sign up, do nothing. ${expiry(config.accounts.unproven_days)} when nobody signs in.`,
      ),
    ],
  }
}

function expiry(days: number): string {
  return `The account goes away in ${days} ${days === 1 ? 'day' : 'days'}`
}

function paragraph(text: string): Block {
  return { kind: 'paragraph', text }
}

function link(label: string, { server }: MailContext['config'], path: string): Block {
  return { kind: 'link', label, url: `${server.public_url.replace(/\/+$/, '')}${path}` }
}
