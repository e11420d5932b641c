import { describe, expect, test } from 'vitest'
import { layOut } from './mail-layout.ts'
import { type MailContent, type MailContext, type MailTemplate, renderMail } from './mails.ts'
import { createPersonas } from './personas.ts'
import type { User } from './users.ts'

const user: User = {
  id: 'u-1',
  email: 'alice@example.com',
  phone: '+15551234567',
  xswarm_email: 'alice@xswarm.ai',
  xswarm_phone: null,
  subscription_tier: 'free',
  persona: 'jarvis',
  wake_word: 'hey jarvis',
  stripe_customer_id: null,
  stripe_subscription_id: null,
  created_at: '2026-11-23 14:17:00',
}

function context(changed: Partial<User> = {}, publicUrl = 'https://xswarm.ai/'): MailContext {
  const server = { host: '', port: 1, public_url: publicUrl, trusted_proxies: [] }
  return {
    user: { ...user, ...changed },
    config: { accounts: { unproven_days: 7 }, server },
    personas: createPersonas({}),
  }
}

const samples = {
  welcome: { template: 'welcome' },
  'sign-in-code': { template: 'sign-in-code', code: '042917', minutes: 10 },
  'email-taken': { template: 'email-taken' },
  'address-change-code': { template: 'address-change-code', code: '042917', minutes: 10 },
  'address-changed': { template: 'address-changed' },
  'account-closed': { template: 'account-closed', receipt_id: 'r-123', closed_at: '2026-11-23 14:17:00' },
  'unproven-expires': { template: 'unproven-expires', days: 2 },
  'number-assigned': { template: 'number-assigned' },
  'number-restored': { template: 'number-restored' },
  'number-kept': { template: 'number-kept', until: '2026-12-23' },
  'number-alert': { template: 'number-alert', what: 'A number is nobody’s.' },
  'subscription-started': { template: 'subscription-started' },
  'payment-failed': { template: 'payment-failed', url: null, until: '2026-11-30' },
  'subscription-ends': { template: 'subscription-ends', on: '2026-12-23' },
  'subscription-ended': { template: 'subscription-ended' },
  'usage-reached': { template: 'usage-reached', kind: 'voice', share: 80, used: 80, included: 100 },
  'billing-alert': { template: 'billing-alert', what: 'Two events never arrived.' },
} as const satisfies { readonly [Template in MailTemplate]: MailContent & { template: Template } }

/** What must stand in both forms of each mail. */
const said: Readonly<Record<MailTemplate, readonly string[]>> = {
  welcome: ['alice@xswarm.ai', 'Jarvis', 'hey jarvis', 'https://xswarm.ai/sign-in', '7 days'],
  'sign-in-code': ['042917', '10 minutes', 'did not ask for it'],
  'email-taken': ['account already', 'https://xswarm.ai/sign-in', 'If it was not you'],
  'address-change-code': ['042917', '10 minutes', 'If it was not you'],
  'address-changed': ['another mail address', 'If it was you'],
  'account-closed': ['r-123', '2026-11-23 14:17:00 UTC'],
  'unproven-expires': ['2 days', 'https://xswarm.ai/sign-in'],
  'number-assigned': ['takes calls', 'approval of the carriers', 'https://xswarm.ai/account'],
  'number-restored': ['same one as before'],
  'number-kept': ['until 2026-12-23', 'same number back', 'https://xswarm.ai/account'],
  'number-alert': ['A number is nobody’s.', 'xswarm audit', 'https://xswarm.ai/admin/numbers'],
  'subscription-started': ['premium', 'https://xswarm.ai/account'],
  'payment-failed': ['could not charge', '2026-11-30', 'https://xswarm.ai/account'],
  'subscription-ends': ['until 2026-12-23', 'https://xswarm.ai/account'],
  'subscription-ended': ['no longer charged', 'stay yours'],
  'usage-reached': ['80 voice minutes', '100', 'https://xswarm.ai/account'],
  'billing-alert': ['Two events never arrived.', 'xswarm doctor'],
}

describe.each(Object.values(samples))('the mail $template', (content) => {
  const { subject, text, html } = renderMail(content, context())
  const shown = html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')

  test('says the same in both forms', () => {
    for (const words of said[content.template]) {
      expect(text.replace(/\s+/g, ' ')).toContain(words)
      expect(shown.replace(/\s+/g, ' ')).toContain(words)
    }
  })

  test('has a short subject, lines that fit, and no line that ends the mail', () => {
    expect(subject.length).toBeGreaterThan(10)
    expect(subject.length).toBeLessThanOrEqual(60)
    for (const line of text.split('\n')) {
      expect(line.length).toBeLessThanOrEqual(78)
      expect(line).not.toBe('.')
    }
  })

  test('needs nothing from outside and runs nothing', () => {
    expect(html).not.toMatch(/<(?:script|img|link|iframe|object|form|style)\b|url\(|@import|\son\w+=/i)
    expect(
      html.match(/https?:\/\/[^"<\s]+/g)?.every((url) => url.startsWith('https://xswarm.ai/')) ?? true,
    ).toBe(true)
    // Mail programs cut longer ones off.
    expect(html.length).toBeLessThan(100_000)
  })

  test('is well-formed HTML: every element is closed in its order', () => {
    const open: string[] = []
    for (const [, end, name = ''] of html.matchAll(/<(\/?)([a-z0-9]+)[^>]*>/g)) {
      if (name === 'meta' || name === 'br') continue
      if (end === '') open.push(name)
      else expect(open.pop()).toBe(name)
    }
    expect(open).toEqual([])
  })

  test('is the same whenever it is rendered', () => {
    expect(renderMail(content, context())).toEqual({ subject, text, html })
  })
})

test('the code stands in the subject, where people look for it first', () => {
  expect(renderMail(samples['sign-in-code'], context()).subject).toBe('042917 is your xSwarm code')
})

test.each([
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  'a\r\nBcc: eve@example.com\r\n\r\nbody',
  'a\u0000b\u001b[31mred',
  '\u202egnp.exe\u202c',
  'a\u2028b\u2029c',
  '&lt;script&gt;',
])('hostile text in a row stays text: %j', (evil) => {
  const { subject, text, html } = renderMail(
    samples.welcome,
    context({ xswarm_email: `${evil}@xswarm.ai`, wake_word: evil }),
  )
  const clean = renderMail(samples.welcome, context())
  const tags = (markup: string) => markup.match(/<[^>]*>/g)
  expect(tags(html)).toEqual(tags(clean.html))
  expect(subject).toBe(clean.subject)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  const hidden = /[\u0000-\u0009\u000b-\u001f\u2028\u2029\u202a-\u202e\u2066-\u2069]/
  expect(text).not.toMatch(hidden)
  expect(html).not.toMatch(hidden)
  expect(text).not.toMatch(/^Bcc:/m)
})

test('hostile text in a subject makes one line', () => {
  const { subject } = layOut({ subject: 'a\r\nBcc: eve\u2028x', preview: '', heading: '', blocks: [] })
  expect(subject).toBe('a Bcc: eve x')
})

test('a mail about somebody who is gone can still be written', () => {
  const mail = renderMail(samples['account-closed'], { ...context(), user: undefined })
  expect(mail.text).toContain('r-123')
})

test('a single day is one day', () => {
  expect(
    renderMail({ template: 'unproven-expires', days: 1 }, context()).text.replace(/\s+/g, ' '),
  ).toContain('in 1 day unless')
})

test('a payment that failed is paid where Stripe says, and without a grace nothing is promised', () => {
  const content = { template: 'payment-failed', url: 'https://pay.example/in_1', until: null } as const
  const { text, html } = renderMail(content, context())
  for (const form of [text, html]) expect(form).toContain('https://pay.example/in_1')
  expect(text).not.toContain('You keep premium')
})
