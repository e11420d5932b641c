import type { Block, Letter } from './mail-layout.ts'
import type { MailContext } from './mails.ts'

/** The mails about numbers. Days are UTC, such as `2026-11-23`. */
export type NumberMailContent =
  | { readonly template: 'number-assigned' }
  | { readonly template: 'number-restored' }
  | { readonly template: 'number-kept'; readonly until: string }
  /** To the operator. */
  | { readonly template: 'number-alert'; readonly what: string }

type Writers = {
  readonly [Template in NumberMailContent['template']]: (
    content: Extract<NumberMailContent, { readonly template: Template }>,
    context: MailContext,
  ) => Letter
}

export const NUMBER_WRITERS: Writers = {
  'number-assigned': (_, context) => ({
    subject: 'Your xSwarm number is there',
    preview: 'Call it: your assistant answers.',
    heading: 'Your number is there',
    blocks: [
      ...numberFacts(context),
      paragraph('It takes calls from now on. Call it from your own phone, and your assistant answers.'),
      paragraph(
        'Texts from toll-free numbers need the approval of the carriers first, which takes days to weeks. Your account shows how far it is.',
      ),
      link('See your account', context),
    ],
  }),
  'number-restored': (_, context) => ({
    subject: 'Your xSwarm number is back',
    preview: 'The same one as before.',
    heading: 'Your number is back',
    blocks: [...numberFacts(context), paragraph('It is the same one as before, and it answers again.')],
  }),
  'number-kept': ({ until }, context) => ({
    subject: 'We keep your xSwarm number for a while',
    preview: `You can have it back until ${until}.`,
    heading: 'We keep your number for a while',
    blocks: [
      paragraph(
        `Your plan no longer includes a number, so it does not answer any more. We keep it for you until ${until}: subscribe again by then, and you have the same number back at once.`,
      ),
      paragraph('After that it is given back and cannot be had again.'),
      link('See your account', context),
    ],
  }),
  'number-alert': ({ what }, context) => ({
    subject: 'xSwarm needs a person: numbers',
    preview: what,
    heading: 'Something about numbers needs a person',
    blocks: [
      paragraph(what),
      paragraph('See it with: xswarm audit'),
      link('Open the ledger', context, '/admin/numbers'),
    ],
  }),
}

function numberFacts({ user }: MailContext): Block[] {
  const number = user?.xswarm_phone
  return typeof number === 'string' ? [{ kind: 'facts', rows: [['Your number', number]] }] : []
}

function paragraph(text: string): Block {
  return { kind: 'paragraph', text }
}

function link(label: string, { config }: MailContext, path = '/account'): Block {
  return { kind: 'link', label, url: `${config.server.public_url.replace(/\/+$/, '')}${path}` }
}
