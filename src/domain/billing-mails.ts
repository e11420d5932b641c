import type { Block, Letter } from './mail-layout.ts'
import type { MailContext } from './mails.ts'
import type { UsageKind, UsageThreshold } from './usage.ts'

/** The mails about subscriptions and usage. Days are UTC, such as `2026-11-23`. */
export type BillingMailContent =
  | { readonly template: 'subscription-started' }
  | { readonly template: 'payment-failed'; readonly url: string | null; readonly until: string | null }
  | { readonly template: 'subscription-ends'; readonly on: string }
  | { readonly template: 'subscription-ended' }
  | {
      readonly template: 'usage-reached'
      readonly kind: UsageKind
      readonly share: UsageThreshold
      readonly used: number
      readonly included: number
    }
  /** To the operator. */
  | { readonly template: 'billing-alert'; readonly what: string }

type Writers = {
  readonly [Template in BillingMailContent['template']]: (
    content: Extract<BillingMailContent, { readonly template: Template }>,
    context: MailContext,
  ) => Letter
}

const UNITS = { voice: 'voice minutes', sms: 'text messages' } as const satisfies Record<UsageKind, string>

export const BILLING_WRITERS: Writers = {
  'subscription-started': (_, { config }) => ({
    subject: 'Your xSwarm is premium now',
    preview: 'Thank you. Here is what you have.',
    heading: 'You are premium now',
    blocks: [
      paragraph('Thank you. Your subscription has begun, and everything it includes is yours from now on.'),
      link('See your account', config),
      paragraph('There you also find your invoices, change your card, or cancel, whenever you like.'),
    ],
  }),
  'payment-failed': ({ url, until }, { config }) => ({
    subject: 'Your payment for xSwarm did not go through',
    preview: 'Nothing is lost yet. Pay or change your card.',
    heading: 'Your payment did not go through',
    blocks: [
      paragraph(
        `We could not charge your card. ${until === null ? 'Until it is paid you have what everybody has for free.' : `You keep premium until ${until}, so that you have time to put it right.`}`,
      ),
      url === null ? link('Pay or change your card', config) : { kind: 'link', label: 'Pay it now', url },
      paragraph('It is tried again by itself in the next days. If you have paid meanwhile, you are done.'),
    ],
  }),
  'subscription-ends': ({ on }, { config }) => ({
    subject: 'Your xSwarm subscription is cancelled',
    preview: `You keep premium until ${on}.`,
    heading: 'Your subscription is cancelled',
    blocks: [
      paragraph(`You keep everything that is premium until ${on}, and are not charged again.`),
      link('Change your mind', config),
      paragraph('Until that day you can take it back with one click, and nothing will have changed.'),
    ],
  }),
  'subscription-ended': (_, { config }) => ({
    subject: 'Your xSwarm subscription has ended',
    preview: 'Your account and your address stay yours.',
    heading: 'Your subscription has ended',
    blocks: [
      paragraph(
        'You are no longer charged. Your account, your settings and your assigned address stay yours; what came with premium is gone.',
      ),
      link('Come back', config),
    ],
  }),
  'usage-reached': ({ kind, share, used, included }, { config }) => ({
    subject:
      share === 100
        ? `Your included ${UNITS[kind]} are used up`
        : `${share} % of your ${UNITS[kind]} are used`,
    preview: `${used} of ${included} this month.`,
    heading: share === 100 ? `All included ${UNITS[kind]} are used` : `${share} % are used`,
    blocks: [
      {
        kind: 'facts',
        rows: [
          ['Used this month', `${used} ${UNITS[kind]}`],
          ['Included', `${included}`],
        ],
      },
      paragraph(
        share === 100
          ? 'What you use from now until the end of the month is billed on top, at the price of your subscription.'
          : 'What goes beyond the included amount is billed on top, at the price of your subscription.',
      ),
      link('See your usage', config),
    ],
  }),
  'billing-alert': ({ what }) => ({
    subject: 'xSwarm billing needs a person',
    preview: what,
    heading: 'Billing needs a person',
    blocks: [
      paragraph(what),
      paragraph(
        'xswarm doctor compares the Stripe account with the config, and xswarm jobs list shows what failed.',
      ),
    ],
  }),
}

function paragraph(text: string): Block {
  return { kind: 'paragraph', text }
}

function link(label: string, { server }: MailContext['config']): Block {
  return { kind: 'link', label, url: `${server.public_url.replace(/\/+$/, '')}/account` }
}
