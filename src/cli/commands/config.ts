import { Argument } from 'commander'
import { createPersonas } from '../../domain/personas.ts'
import { SETTING_KEYS, type SettingKey, type Settings, type User } from '../../domain/users.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import { offer, offerBehind } from '../completion-tree.ts'
import { didYouMean } from '../did-you-mean.ts'
import { UsageError } from '../failure.ts'
import type { Io } from '../io.ts'
import { withProject } from '../project.ts'
import { formatTable, printable, type Report } from '../report.ts'
import { getSubject } from '../subject.ts'

export interface ConfigOptions extends GlobalOptions {
  /** The email of the user; an operator names them. */
  readonly user?: string
}

export const defineConfig: Define = (config, act) => {
  const userFlag = ['--user <email>', 'whose settings (default in development: the test user)'] as const
  const key = () => offer(new Argument('<key>', SETTING_KEYS.join(', ')), SETTING_KEYS)
  config.addHelpText(
    'after',
    "\nThese are a user's settings, kept in the database. config.toml is checked by: xswarm doctor",
  )
  config
    .command('list')
    .summary('every setting')
    .description('Every setting and its value.')
    .option(...userFlag)
    .action((options: ConfigOptions) => act((globals, io) => listSettings({ ...globals, ...options }, io)))
  config
    .command('get')
    .summary('one setting')
    .description('The value of one setting.')
    .addArgument(key())
    .option(...userFlag)
    .action((name: string, options: ConfigOptions) =>
      act((globals, io) => getSetting(name, { ...globals, ...options }, io)),
    )
  offerBehind(config.command('set'), 'persona', [...createPersonas({}).keys()])
    .summary('change one setting')
    .description('Change one setting. An empty phone ("") removes it.')
    .addArgument(key())
    .argument('<value>')
    .option(...userFlag)
    .action((name: string, value: string, options: ConfigOptions) =>
      act((globals, io) => setSetting(name, value, { ...globals, ...options }, io)),
    )
  config
    .command('undo')
    .summary('take the last change back')
    .description('Take the last change of the settings back.')
    .option(...userFlag)
    .action((options: ConfigOptions) => act((globals, io) => undoChange({ ...globals, ...options }, io)))
}

/** Every setting of one user. */
export async function listSettings(options: ConfigOptions, io: Io): Promise<Report> {
  return withProject(options, io, async (project) => {
    const { user, revision } = await getSubject(project, options.user)
    io.say(io.paint.faint(`settings of ${printable(user.email)}`))
    const settings = settingsOf(user)
    const rows = SETTING_KEYS.map((key) => [key, settings[key] ?? '(none)'])
    return { text: formatTable(rows), document: { email: user.email, settings, revision } }
  })
}

/** One setting of one user. Throws a UsageError for a key that is none. */
export async function getSetting(name: string, options: ConfigOptions, io: Io): Promise<Report> {
  const key = parseKey(name)
  return withProject(options, io, async (project) => {
    const { user } = await getSubject(project, options.user)
    const value = user[key]
    return { text: `${printable(value ?? '')}\n`, document: { key, value } }
  })
}

/** Changes one setting; choosing a persona may bring its wake word along. */
export async function setSetting(
  name: string,
  value: string,
  options: ConfigOptions,
  io: Io,
): Promise<Report> {
  const key = parseKey(name)
  return withProject(options, io, async (project) => {
    const before = await getSubject(project, options.user)
    const { changeSettings } = await import('../../actions/change-settings.ts')
    const after = await changeSettings(project.app, before.user.id, { [key]: value })
    io.say(io.paint.faint(`settings of ${printable(after.user.email)}`))
    const changed = changedKeys(before.user, after.user)
    const shown = changed.includes(key) ? changed : [key, ...changed]
    return {
      text: shown.map((each) => describeSetting(each, after.user)).join('\n'),
      document: {
        key,
        value: after.user[key],
        changed,
        settings: settingsOf(after.user),
        revision: after.revision,
      },
    }
  })
}

/** Takes the last change of the settings back. */
export async function undoChange(options: ConfigOptions, io: Io): Promise<Report> {
  return withProject(options, io, async (project) => {
    const before = await getSubject(project, options.user)
    const { undoSettings } = await import('../../actions/undo-settings.ts')
    const after = await undoSettings(project.app, before.user.id)
    io.say(io.paint.faint(`settings of ${printable(after.user.email)}`))
    const changed = changedKeys(before.user, after.user)
    return {
      text: changed.map((each) => describeSetting(each, after.user)).join('\n'),
      document: { changed, settings: settingsOf(after.user), revision: after.revision },
    }
  })
}

function parseKey(name: string): SettingKey {
  const key = SETTING_KEYS.find((each) => each === name)
  if (key !== undefined) return key
  throw new UsageError(
    `unknown setting '${name}'${didYouMean(name, SETTING_KEYS)}`,
    `There are ${SETTING_KEYS.join(', ')}.`,
  )
}

function settingsOf({ persona, wake_word, phone }: User): Settings {
  return { persona, wake_word, phone }
}

function changedKeys(before: User, after: User): readonly SettingKey[] {
  return SETTING_KEYS.filter((key) => before[key] !== after[key])
}

function describeSetting(key: SettingKey, user: User): string {
  return `${key} = ${printable(user[key] ?? '(none)')}`
}
