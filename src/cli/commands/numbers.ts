import { InvalidArgumentError, Option } from 'commander'
import { type LedgerNumber, NUMBER_STATES, type NumberState } from '../../domain/numbers.ts'
import { confirm } from '../ask.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import type { Io } from '../io.ts'
import { parseLimit } from '../limit.ts'
import { operatorOf } from '../operator.ts'
import { withProject } from '../project.ts'
import { formatTable, printable, type Report } from '../report.ts'
import { getUser } from '../subject.ts'

export interface ListOptions extends GlobalOptions {
  readonly state?: NumberState
  readonly cursor?: number
  readonly limit: number
}

const WHO = ['<user>', 'email, assigned address, assigned number or id'] as const

export const defineNumbers: Define = (numbers, act) => {
  numbers
    .command('list')
    .summary('the ledger')
    .description('Every number that was ever wanted, held or given back, the newest first.')
    .addOption(new Option('--state <state>', 'only these').choices(NUMBER_STATES))
    .option('--limit <number>', 'how many at most', parseLimit, 100)
    .option('--cursor <number>', 'go on behind this one', parseCursor)
    .action((options: ListOptions) => act((globals, io) => listNumbers({ ...globals, ...options }, io)))
  numbers
    .command('provision')
    .summary('put a number on its way')
    .description(
      'Buy a number for a user whose tier includes one, or restore the one that is kept. A worker does it; running it again is harmless.',
    )
    .argument(...WHO)
    .action((who: string) => act((globals, io) => provisionNumber(who, globals, io)))
  numbers
    .command('release')
    .summary('give a number back for good')
    .description(
      'Take the number of a user away and give it back at Twilio. It cannot be had again. Somebody whose tier includes one gets another.',
    )
    .argument(...WHO)
    .option('--yes', 'do not ask')
    .action((who: string, options: { yes?: boolean }) =>
      act((globals, io) => releaseNumber(who, { ...globals, ...options }, io)),
    )
}

/** The ledger, a page at a time. */
export async function listNumbers(
  { state, cursor, limit, ...globals }: ListOptions,
  io: Io,
): Promise<Report> {
  return withProject(globals, io, async ({ app }) => {
    const actions = await import('../../actions/list-numbers.ts')
    const found = await actions.listNumbers(app, { state, cursor, limit }, operatorOf())
    const { numbers, next_cursor: next, spending, pause } = found
    if (numbers.length === 0) io.say('No numbers.')
    if (next !== undefined) io.say(`There are more: --cursor ${next}`)
    io.say(
      `Bought in the last hour: ${spending.lastHour} of ${spending.perHourMax}; in 30 days: ${spending.last30Days}.`,
    )
    if (pause !== undefined) io.say(`${io.paint.bad('Twilio refuses the account')}: ${pause.reason}`)
    return {
      text: numbers.length === 0 ? '' : formatTable([HEADING, ...numbers.map(rowOf)]),
      document: { ...found, next_cursor: next ?? null, pause: pause ?? null },
    }
  })
}

/** Throws AppError `conflict` when the tier includes no number. */
export async function provisionNumber(who: string, globals: GlobalOptions, io: Io): Promise<Report> {
  return withProject(globals, io, async (project) => {
    const user = await getUser(project, who)
    const { provideNumber } = await import('../../actions/provide-number.ts')
    const number = await provideNumber(project.app, user.id, operatorOf())
    const text =
      number?.state === 'active'
        ? `${printable(user.email)} has ${number.e164}`
        : `A number for ${printable(user.email)} is on its way. See: xswarm numbers list`
    return { text, document: { user_id: user.id, number: number ?? null } }
  })
}

/** After asking; without a terminal only with `--yes`. */
export async function releaseNumber(
  who: string,
  options: GlobalOptions & { readonly yes?: boolean },
  io: Io,
): Promise<Report> {
  return withProject(options, io, async (project) => {
    const user = await getUser(project, who)
    if (options.yes !== true) await confirm(`Give the number of ${user.email} back for good?`, '--yes', io)
    const { withdrawNumber } = await import('../../actions/withdraw-number.ts')
    const number = await withdrawNumber(project.app, user.id, operatorOf())
    const text = `${number.e164 ?? 'The wish for a number'} of ${printable(user.email)} is ${number.state}`
    return { text, document: { user_id: user.id, number } }
  })
}

const HEADING = ['number', 'state', 'user', 'came by', 'texts', 'wanted', 'note']

function rowOf(number: LedgerNumber): string[] {
  return [
    number.e164 ?? '',
    number.state,
    number.user_id ?? '',
    number.origin === 'adopted' ? 'hand' : 'purchase',
    number.state === 'active' ? number.sms_status : '',
    number.wanted_at,
    number.last_error ?? '',
  ]
}

function parseCursor(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Take it from the page before.')
}
