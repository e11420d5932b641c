import type { Command } from 'commander'
import type { Account, Used } from '../../domain/account.ts'
import { type BillingDoor, withBilling } from '../billing-door.ts'
import { openInBrowser } from '../browser.ts'
import type { Define } from '../commands.ts'
import type { Io } from '../io.ts'
import { formatTable, printable, type Report } from '../report.ts'
import type { SettingsOptions } from '../settings-door.ts'

type Show = (door: BillingDoor, io: Io) => Promise<Report>

export const defineSubscription: Define = (subscription, act) => {
  const define = (name: string, summary: string, description: string, show: Show) =>
    aboutUser(subscription.command(name))
      .summary(summary)
      .description(description)
      .action((options: SettingsOptions) =>
        act((globals, io) => withBilling({ ...globals, ...options }, io, (door) => show(door, io))),
      )
  define(
    'status',
    'what you have',
    'The tier, how the subscription stands and when it renews or ends.',
    showStatus,
  )
  define('usage', 'what you used', 'Included, used and billed on top, of this month.', showUsage)
  define(
    'manage',
    'the billing portal',
    'The page with your invoices and your card, to cancel and resume.',
    openManage,
  )
  define('cancel', 'end with what is paid', 'Cancel for the end of the period that is paid.', (door, io) =>
    change(door, io, 'cancel'),
  )
  define('resume', 'take a cancellation back', 'Take a cancellation back, before the end.', (door, io) =>
    change(door, io, 'resume'),
  )
}

function aboutUser(command: Command): Command {
  return command
    .option('--user <email>', 'as an operator: whose')
    .option('--server <url>', 'the server you are signed in to (default: XSWARM_SERVER, or the last login)')
}

async function showStatus(door: BillingDoor): Promise<Report> {
  const { subscription, email } = await door.account()
  const { state, tier, period_end, ends_at, grace_ends_at, payment_url } = subscription
  const rows = [
    ['tier', tier],
    ['subscription', state],
    ...(ends_at === null && period_end !== null ? [['renews', `${period_end} UTC`]] : []),
    ...(ends_at === null ? [] : [['ends', `${ends_at} UTC, and is not charged again`]]),
    ...(grace_ends_at === null ? [] : [['unpaid', `the tier is kept until ${grace_ends_at} UTC`]]),
    ...(payment_url === null ? [] : [['pay at', payment_url]]),
  ]
  return { text: formatTable(rows), document: { email, ...subscription } }
}

async function showUsage(door: BillingDoor): Promise<Report> {
  const { usage } = await door.account()
  const kinds = [
    ['voice minutes', usage.voice_minutes],
    ['messages', usage.sms_messages],
  ] as const
  const rows = kinds.map(([name, { used, included }]) => [
    name,
    String(used),
    String(included),
    String(overage({ used, included })),
  ])
  const document = {
    period_start: usage.period_start,
    period_end: usage.period_end,
    voice_minutes: withOverage(usage.voice_minutes),
    sms_messages: withOverage(usage.sms_messages),
  }
  const heading = [`${usage.period_start} to ${usage.period_end}`, 'used', 'included', 'on top']
  return { text: formatTable([heading, ...rows]), document }
}

function overage({ used, included }: Used): number {
  return Math.max(0, used - included)
}

function withOverage(used: Account['usage']['voice_minutes']): Used & { readonly overage: number } {
  return { ...used, overage: overage(used) }
}

async function openManage(door: BillingDoor, io: Io): Promise<Report> {
  const { url } = await door.portal()
  openInBrowser(url, io)
  return { text: printable(url), document: { url } }
}

async function change(door: BillingDoor, io: Io, what: 'cancel' | 'resume'): Promise<Report> {
  const changed = await door.change(what)
  const { ends_at } = changed
  if (ends_at !== null) io.say(io.paint.faint('Until then it can be taken back: xswarm subscription resume'))
  const text =
    ends_at === null ? 'The subscription goes on.' : `Cancelled. You keep everything until ${ends_at} UTC.`
  return { text, document: changed }
}
