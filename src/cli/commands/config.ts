import { Argument, type Command } from 'commander'
import { createPersonas } from '../../domain/personas.ts'
import type { RevisedUser, SettingKey, Settings, User } from '../../domain/users.ts'
import { SETTING_KEYS } from '../../domain/users.ts'
import type { Define } from '../commands.ts'
import { offer, offerBehind } from '../completion-tree.ts'
import { didYouMean } from '../did-you-mean.ts'
import { UsageError } from '../failure.ts'
import type { Io } from '../io.ts'
import { formatTable, printable, type Report } from '../report.ts'
import { type Changed, type SettingsOptions, withSettings } from '../settings-door.ts'
import { watchSettings } from '../watch-settings.ts'

export const defineConfig: Define = (config, act) => {
  const key = () => offer(new Argument('<key>', SETTING_KEYS.join(', ')), SETTING_KEYS)
  const aboutUser = (command: Command) =>
    command
      .option('--user <email>', 'as an operator: whose settings, in the database')
      .option('--server <url>', 'the server you are signed in to (default: XSWARM_SERVER, or the last login)')
  config.addHelpText(
    'after',
    "\nThese are a user's settings, kept in the database: of whoever is signed in (xswarm login), in development the test user's.\nconfig.toml is checked by: xswarm doctor",
  )
  aboutUser(config.command('list'))
    .summary('every setting')
    .description('Every setting and its value.')
    .action((options: SettingsOptions) => act((globals, io) => listSettings({ ...globals, ...options }, io)))
  aboutUser(config.command('get'))
    .summary('one setting')
    .description('The value of one setting.')
    .addArgument(key())
    .action((name: string, options: SettingsOptions) =>
      act((globals, io) => getSetting(name, { ...globals, ...options }, io)),
    )
  aboutUser(offerBehind(config.command('set'), 'persona', [...createPersonas({}).keys()]))
    .summary('change one setting')
    .description('Change one setting. An empty phone ("") removes it.')
    .addArgument(key())
    .argument('<value>')
    .action((name: string, value: string, options: SettingsOptions) =>
      act((globals, io) => setSetting(name, value, { ...globals, ...options }, io)),
    )
  aboutUser(config.command('undo'))
    .summary('take the last change back')
    .description('Take the last change of the settings back.')
    .action((options: SettingsOptions) => act((globals, io) => undoChange({ ...globals, ...options }, io)))
  aboutUser(config.command('watch'))
    .summary('every change as it happens')
    .description('Print every change as it happens, one line each, wherever it was made. Stop it with ^C.')
    .action((options: SettingsOptions) => act((globals, io) => watchSettings({ ...globals, ...options }, io)))
}

/** Every setting of one user. */
export async function listSettings(options: SettingsOptions, io: Io): Promise<Report> {
  return withSettings(options, io, async (door) => {
    const { user, revision } = await door.read()
    sayWhose(user, io)
    const settings = settingsOf(user)
    const rows = SETTING_KEYS.map((key) => [key, settings[key] ?? '(none)'])
    return { text: formatTable(rows), document: { email: user.email, settings, revision } }
  })
}

/** One setting of one user. Throws a UsageError for a key that is none. */
export async function getSetting(name: string, options: SettingsOptions, io: Io): Promise<Report> {
  const key = parseKey(name)
  return withSettings(options, io, async (door) => {
    const { user } = await door.read()
    const value = user[key]
    return { text: `${printable(value ?? '')}\n`, document: { key, value } }
  })
}

/** Changes one setting; choosing a persona may bring its wake word along. */
export async function setSetting(
  name: string,
  value: string,
  options: SettingsOptions,
  io: Io,
): Promise<Report> {
  const key = parseKey(name)
  return withSettings(options, io, async (door) => {
    const { before, after } = await door.change(key, value)
    sayWhose(after.user, io)
    const changed = changedKeys(before.user, after.user)
    const shown = changed.includes(key) ? changed : [key, ...changed]
    return {
      text: shown.map((each) => describeStored(each, after, changed)).join('\n'),
      document: { key, value: after.user[key], stored: true, ...describeChange({ before, after }) },
    }
  })
}

/** Takes the last change of the settings back. */
export async function undoChange(options: SettingsOptions, io: Io): Promise<Report> {
  return withSettings(options, io, async (door) => {
    const { before, after } = await door.undo()
    sayWhose(after.user, io)
    const changed = changedKeys(before.user, after.user)
    return {
      text: changed.map((each) => describeStored(each, after, changed)).join('\n'),
      document: { stored: true, ...describeChange({ before, after }) },
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

function sayWhose({ email }: User, io: Io): void {
  io.say(io.paint.faint(`settings of ${printable(email)}`))
}

function settingsOf({ persona, wake_word, phone }: User): Settings {
  return { persona, wake_word, phone }
}

function changedKeys(before: User, after: User): readonly SettingKey[] {
  return SETTING_KEYS.filter((key) => before[key] !== after[key])
}

function describeStored(key: SettingKey, after: RevisedUser, changed: readonly SettingKey[]): string {
  const how = changed.includes(key) ? 'stored' : 'as it was'
  return `${key} = ${printable(after.user[key] ?? '(none)')} (${how}, revision ${after.revision})`
}

function describeChange({ before, after }: Changed): Readonly<Record<string, unknown>> {
  const changed = changedKeys(before.user, after.user)
  return { changed, settings: settingsOf(after.user), revision: after.revision }
}
