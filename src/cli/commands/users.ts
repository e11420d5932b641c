import { Argument, InvalidArgumentError, Option } from 'commander'
import type { UserStory } from '../../domain/admin-views.ts'
import { TIERS, USER_COLUMNS } from '../../domain/users.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import { offer } from '../completion-tree.ts'
import type { Io } from '../io.ts'
import { parseLimit } from '../limit.ts'
import {
  type CreateOptions,
  exportOneUser,
  makeUser,
  parseTier,
  removeUser,
  setUserTier,
} from '../manage-users.ts'
import { operatorOf } from '../operator.ts'
import { withProject } from '../project.ts'
import { formatTable, type Report } from '../report.ts'
import { getUser } from '../subject.ts'

export interface ListOptions extends GlobalOptions {
  readonly query?: string
  readonly tier?: string
  readonly cursor?: number
  readonly limit: number
}

const WHO = ['<user>', 'email, assigned address, assigned number or id'] as const

export const defineUsers: Define = (users, act) => {
  users.addHelpText(
    'after',
    '\nEverything done here is written to the audit log, with the name of your account on this machine.',
  )
  defineList(users.command('list'), act)
  users
    .command('show')
    .summary('everything about one user')
    .description('One user: every column, and with --json also changes, sessions, jobs and audit log.')
    .argument(...WHO)
    .action((who: string) => act((globals, io) => showUser(who, globals, io)))
  defineCreate(users.command('create'), act)
  users
    .command('set-tier')
    .summary('grant or take a tier')
    .description('Give a user a tier. A tier without a Stripe customer counts as granted.')
    .argument(...WHO)
    .addArgument(offer(new Argument('<tier>', TIERS.join(' or ')), TIERS))
    .action((who: string, tier: string) => act((globals, io) => setUserTier(who, tier, globals, io)))
  users
    .command('export')
    .summary('everything held about a user, as JSON')
    .description('Everything held about one user, as JSON: what they get when they ask for their data.')
    .argument(...WHO)
    .action((who: string) => act((globals, io) => exportOneUser(who, globals, io)))
  users
    .command('delete')
    .summary('close an account')
    .description(
      'Remove a user and everything held about them, and mail them a receipt. The assigned address is never given to anybody else.',
    )
    .argument(...WHO)
    .option('--yes', 'do not ask')
    .action((who: string, options: { yes?: boolean }) =>
      act((globals, io) => removeUser(who, { ...globals, ...options }, io)),
    )
}

const defineList: Define = (list, act) => {
  list
    .summary('who there is')
    .description('Users, the newest first.')
    .option('--query <text>', 'only those with this in their email, phone, assigned address or number')
    .addOption(tierOption('only this tier'))
    .option('--limit <number>', 'how many at most', parseLimit, 100)
    .option('--cursor <number>', 'go on behind this one', parseCursor)
    .action((options: ListOptions) => act((globals, io) => listUsers({ ...globals, ...options }, io)))
}

const defineCreate: Define = (create, act) => {
  create
    .summary('make a user by hand')
    .description('Make a user by hand. What is not given is as for a sign-up.')
    .argument('<email>')
    .option('--phone <number>')
    .addOption(tierOption('the tier, granted'))
    .option('--persona <name>')
    .option('--wake-word <words>')
    .option('--xswarm-email <address>', 'the assigned address (default: proposed from the email)')
    .option('--xswarm-phone <number>', 'the assigned number, when there is one already')
    .action((email: string, options: CreateOptions) =>
      act((globals, io) => makeUser(email, { ...globals, ...options }, io)),
    )
}

/** Users, a page at a time, the newest first. */
export async function listUsers(options: ListOptions, io: Io): Promise<Report> {
  const tier = options.tier === undefined ? undefined : parseTier(options.tier)
  return withProject(options, io, async ({ app }) => {
    const { findUsers } = await import('../../actions/find-users.ts')
    const { query, cursor, limit } = options
    const { users, next_cursor, complete } = await findUsers(
      app,
      { query, tier, cursor, limit },
      operatorOf(),
    )
    if (users.length === 0) io.say('Nobody.')
    if (!complete) io.say('The directory is being built up, so some may be missing. Look again in a minute.')
    if (next_cursor !== undefined) io.say(`There are more: --cursor ${next_cursor}`)
    const heading = ['id', 'email', 'tier', 'persona', 'xswarm_email', 'xswarm_phone']
    const rows = users.map((user) => [
      user.id,
      user.email,
      user.subscription_tier,
      user.persona,
      user.xswarm_email,
      user.xswarm_phone ?? '',
    ])
    return {
      text: users.length === 0 ? '' : formatTable([heading, ...rows]),
      document: { users, next_cursor: next_cursor ?? null },
    }
  })
}

/** One user, found by any of the names they go by, with their whole story. */
export async function showUser(who: string, options: GlobalOptions, io: Io): Promise<Report> {
  return withProject(options, io, async (project) => {
    const { id } = await getUser(project, who)
    const { viewUser } = await import('../../actions/view-user.ts')
    const story = await viewUser(project.app, id, operatorOf())
    const { user, ...rest } = story
    return { text: formatTable(describe(story)), document: { ...user, ...rest } }
  })
}

function describe({ user, proven, sessions, changes, jobs }: UserStory): string[][] {
  const failed = jobs.filter(({ state }) => state === 'failed').length
  const [last] = changes
  return [
    ...USER_COLUMNS.map((column) => [column, user[column] ?? '(none)']),
    ['proven', proven ? 'yes' : 'no, expires unless they sign in'],
    ['subscription', user.subscription.state],
    ['number', user.number.state],
    ['sessions', String(sessions.length)],
    ['last change', last === undefined ? '(none)' : `${last.at} ${last.changed.join(', ')}`],
    ['failed jobs', String(failed)],
  ]
}

function tierOption(description: string): Option {
  const option = new Option('--tier <tier>', description)
  option.argChoices = [...TIERS]
  return option
}

function parseCursor(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Take it from the page before.')
}
