import { Argument } from 'commander'
import { withBilling } from '../billing-door.ts'
import { openInBrowser } from '../browser.ts'
import type { Define } from '../commands.ts'
import { offer } from '../completion-tree.ts'
import type { Io } from '../io.ts'
import { printable, type Report } from '../report.ts'
import type { SettingsOptions } from '../settings-door.ts'

/** What can be bought. */
const SOLD = ['premium'] as const

export const defineSubscribe: Define = (subscribe, act) => {
  subscribe
    .description('The page where you pay for a tier; the billing portal when you pay already.')
    .addArgument(offer(new Argument('[tier]', SOLD.join(' or ')).default('premium'), SOLD))
    .option('--user <email>', 'as an operator: for whom')
    .option('--server <url>', 'the server you are signed in to (default: XSWARM_SERVER, or the last login)')
    .action((tier: string, options: SettingsOptions) =>
      act((globals, io) => subscribeTo(tier, { ...globals, ...options }, io)),
    )
}

/** Prints the page to pay on, and opens it where there is a screen. */
export async function subscribeTo(tier: string, options: SettingsOptions, io: Io): Promise<Report> {
  return withBilling(options, io, async (door) => {
    const { url } = await door.checkout(tier)
    io.say(io.paint.faint('Open this page; afterwards: xswarm subscription status'))
    openInBrowser(url, io)
    return { text: printable(url), document: { url } }
  })
}
