import { TIERS, USER_COLUMNS, type User } from '../domain/users.ts'
import { confirm } from './ask.ts'
import type { GlobalOptions } from './commands.ts'
import { didYouMean } from './did-you-mean.ts'
import { UsageError } from './failure.ts'
import type { Io } from './io.ts'
import { operatorOf } from './operator.ts'
import { withProject } from './project.ts'
import { formatTable, printable, type Report } from './report.ts'
import { getUser } from './subject.ts'

export interface CreateOptions extends GlobalOptions {
  readonly phone?: string
  readonly tier?: string
  readonly persona?: string
  readonly wakeWord?: string
  readonly xswarmEmail?: string
  readonly xswarmPhone?: string
}

/** Makes a user by hand, with any tier. */
export async function makeUser(email: string, options: CreateOptions, io: Io): Promise<Report> {
  const tier = options.tier === undefined ? undefined : parseTier(options.tier)
  return withProject(options, io, async ({ app }) => {
    const { createUser } = await import('../actions/create-user.ts')
    const wanted = {
      email,
      ...(tier !== undefined && { subscription_tier: tier }),
      ...(options.phone !== undefined && { phone: options.phone }),
      ...(options.persona !== undefined && { persona: options.persona }),
      ...(options.wakeWord !== undefined && { wake_word: options.wakeWord }),
      ...(options.xswarmEmail !== undefined && { xswarm_email: options.xswarmEmail }),
      ...(options.xswarmPhone !== undefined && { xswarm_phone: options.xswarmPhone }),
    }
    return reportUser(await createUser(app, wanted, operatorOf()))
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
    const { setTier } = await import('../actions/set-tier.ts')
    const { user } = await setTier(project.app, id, tier, operatorOf())
    return reportUser(user)
  })
}

/** Everything held about a user, as JSON with and without `--json`. */
export async function exportOneUser(who: string, options: GlobalOptions, io: Io): Promise<Report> {
  return withProject(options, io, async (project) => {
    const { id } = await getUser(project, who)
    const { exportUser } = await import('../actions/export-user.ts')
    const everything = await exportUser(project.app, id, operatorOf())
    return { text: JSON.stringify(everything, null, 2), document: everything }
  })
}

/** Closes a user's account after asking; without a terminal only with `--yes`. */
export async function removeUser(
  who: string,
  options: GlobalOptions & { readonly yes?: boolean },
  io: Io,
): Promise<Report> {
  return withProject(options, io, async (project) => {
    const user = await getUser(project, who)
    if (options.yes !== true) await confirm(`Delete ${user.email} for good?`, '--yes', io)
    const { closeAccount } = await import('../actions/close-account.ts')
    const receipt = await closeAccount(project.app, user.id, operatorOf())
    io.say(`Receipt ${receipt.receipt_id}, also on its way to ${printable(user.email)}.`)
    for (const sentence of receipt.kept) io.say(`Kept: ${sentence}`)
    return { text: `deleted ${printable(user.email)}`, document: { deleted: user, receipt } }
  })
}

function reportUser(user: User): Report {
  return {
    text: formatTable(USER_COLUMNS.map((column) => [column, user[column] ?? '(none)'])),
    document: user,
  }
}

/** Throws UsageError with a suggestion. */
export function parseTier(name: string): (typeof TIERS)[number] {
  const tier = TIERS.find((each) => each === name)
  if (tier !== undefined) return tier
  throw new UsageError(`unknown tier '${name}'${didYouMean(name, TIERS)}`, `There are ${TIERS.join(', ')}.`)
}
