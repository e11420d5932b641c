import { Argument, Option } from 'commander'
import { TIERS, USER_COLUMNS, type User } from '../../domain/users.ts'
import { confirm } from '../ask.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import { offer } from '../completion-tree.ts'
import { didYouMean } from '../did-you-mean.ts'
import { UsageError } from '../failure.ts'
import type { Io } from '../io.ts'
import { parseLimit } from '../limit.ts'
import { withProject } from '../project.ts'
import { formatTable, type Report } from '../report.ts'
import { getUser } from '../subject.ts'

export interface ListOptions extends GlobalOptions {
  readonly query?: string
  readonly tier?: string
  readonly cursor?: string
  readonly limit: number
}

export interface CreateOptions extends GlobalOptions {
  readonly phone?: string
  readonly tier?: string
  readonly persona?: string
  readonly wakeWord?: string
  readonly xswarmEmail?: string
  readonly xswarmPhone?: string
}

const WHO = ['<user>', 'email, assigned address, assigned number or id'] as const

export const defineUsers: Define = (users, act) => {
  defineList(users.command('list'), act)
  users
    .command('show')
    .summary('everything about one user')
    .description('Every column of one user.')
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
    .command('delete')
    .summary('remove a user')
    .description('Remove a user. The assigned address is never given to anybody else.')
    .argument(...WHO)
    .option('--yes', 'do not ask')
    .action((who: string, options: { yes?: boolean }) =>
      act((globals, io) => removeUser(who, { ...globals, ...options }, io)),
    )
}

const defineList: Define = (list, act) => {
  list
    .summary('who there is')
    .description('Users in the order of their ids.')
    .option('--query <text>', 'only those whose email or assigned address has this in it')
    .addOption(tierOption('only this tier'))
    .option('--limit <number>', 'how many at most', parseLimit, 100)
    .option('--cursor <id>', 'begin behind this id')
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

/** Users, a page at a time. */
export async function listUsers(options: ListOptions, io: Io): Promise<Report> {
  const tier = options.tier === undefined ? undefined : parseTier(options.tier)
  return withProject(options, io, async ({ app }) => {
    const found = await app.users.list({
      limit: options.limit + 1,
      ...(options.query !== undefined && { query: options.query }),
      ...(tier !== undefined && { tier }),
      ...(options.cursor !== undefined && { cursor: options.cursor }),
    })
    const users = found.slice(0, options.limit)
    const next = found.length > options.limit ? users.at(-1)?.id : undefined
    if (users.length === 0) io.say('Nobody.')
    if (next !== undefined) io.say(`There are more: --cursor ${next}`)
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
      document: { users, next_cursor: next ?? null },
    }
  })
}

/** One user, found by any of the names they go by. */
export async function showUser(who: string, options: GlobalOptions, io: Io): Promise<Report> {
  return withProject(options, io, async (project) => reportUser(await getUser(project, who)))
}

/** Makes a user by hand, with any tier. */
export async function makeUser(email: string, options: CreateOptions, io: Io): Promise<Report> {
  const tier = options.tier === undefined ? undefined : parseTier(options.tier)
  return withProject(options, io, async ({ app }) => {
    const { createUser } = await import('../../actions/create-user.ts')
    const user = await createUser(app, {
      email,
      ...(tier !== undefined && { subscription_tier: tier }),
      ...(options.phone !== undefined && { phone: options.phone }),
      ...(options.persona !== undefined && { persona: options.persona }),
      ...(options.wakeWord !== undefined && { wake_word: options.wakeWord }),
      ...(options.xswarmEmail !== undefined && { xswarm_email: options.xswarmEmail }),
      ...(options.xswarmPhone !== undefined && { xswarm_phone: options.xswarmPhone }),
    })
    return reportUser(user)
  })
}

/** Gives a user a tier. */
export async function setUserTier(
  who: string,
  name: string,
  options: GlobalOptions,
  io: Io,
): Promise<Report> {
  const tier = parseTier(name)
  return withProject(options, io, async (project) => {
    const { id } = await getUser(project, who)
    const { setTier } = await import('../../actions/set-tier.ts')
    const { user } = await setTier(project.app, id, tier)
    return reportUser(user)
  })
}

/** Removes a user after asking; without a terminal only with `--yes`. */
export async function removeUser(
  who: string,
  options: GlobalOptions & { readonly yes?: boolean },
  io: Io,
): Promise<Report> {
  return withProject(options, io, async (project) => {
    const user = await getUser(project, who)
    if (options.yes !== true) await confirm(`Delete ${user.email} for good?`, '--yes', io)
    const { deleteUser } = await import('../../actions/delete-user.ts')
    await deleteUser(project.app, user.id)
    return { text: `deleted ${user.email}`, document: { deleted: user } }
  })
}

function reportUser(user: User): Report {
  return {
    text: formatTable(USER_COLUMNS.map((column) => [column, user[column] ?? '(none)'])),
    document: user,
  }
}

function tierOption(description: string): Option {
  const option = new Option('--tier <tier>', description)
  option.argChoices = [...TIERS]
  return option
}

function parseTier(name: string): (typeof TIERS)[number] {
  const tier = TIERS.find((each) => each === name)
  if (tier !== undefined) return tier
  throw new UsageError(`unknown tier '${name}'${didYouMean(name, TIERS)}`, `There are ${TIERS.join(', ')}.`)
}
