import { resolve } from 'node:path'
import { confirm } from '../ask.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import { runShellCommand } from '../db-shell.ts'
import type { Io } from '../io.ts'
import { readProject, withDatabase } from '../project.ts'
import { EXIT, formatTable, printable, type Report } from '../report.ts'

export interface RestoreOptions extends GlobalOptions {
  /** Replaces a database that is there, without asking. */
  readonly force?: boolean
}

export const defineDb: Define = (db, act) => {
  db.command('migrate')
    .summary('bring the schema up to date')
    .description('Create the database when there is none, and bring its schema up to date.')
    .action(() => act(migrateDatabase))
  db.command('status')
    .summary('where it is, its schema, how safe its commits are')
    .description(
      'Where the database is, its schema, how many users it has. Exit code 1 when a migration waits.',
    )
    .action(() => act(showStatus))
  db.command('backup')
    .summary('copy it into a file')
    .description('Copy the database into a file that must not be there yet. It may be in use meanwhile.')
    .argument('<path>')
    .action((path: string) => act((globals, io) => backUp(path, globals, io)))
  db.command('restore')
    .summary('put a backup in its place')
    .description('Put a backup in the place of the database. What was there is kept aside.')
    .argument('<path>')
    .option('--force', 'replace the database that is there without asking')
    .action((path: string, options: RestoreOptions) =>
      act((globals, io) => restoreBackup(path, { ...globals, ...options }, io)),
    )
  db.command('shell')
    .summary('run SQL')
    .description(
      'Run SQL: the argument, what is piped in, or what you type. A script happens all or not at all.',
    )
    .argument('[sql]')
    .action((sql: string | undefined) => act((globals, io) => runShellCommand(sql, globals, io)))
}

/** Applies what waits, in order. */
export async function migrateDatabase(options: GlobalOptions, io: Io): Promise<Report> {
  return withDatabase(options, io, 'create', async (database) => {
    const { migrate, migrationStatus } = await import('../../database/migrate.ts')
    const { pending } = await migrationStatus(database)
    await migrate(database)
    io.say(io.paint.faint(printable(database.location)))
    return {
      text: pending.length === 0 ? 'up to date' : pending.map((name) => `applied ${name}`).join('\n'),
      document: { database: database.location, applied: pending },
    }
  })
}

/** What an operator wants to know before touching anything. Changes nothing. */
export async function showStatus(options: GlobalOptions, io: Io): Promise<Report> {
  return withDatabase(options, io, 'inspect', async (database) => {
    const { migrationStatus } = await import('../../database/migrate.ts')
    const { applied, pending, edited, newer } = await migrationStatus(database)
    const durability = await database.durability()
    const users = applied.length === 0 ? undefined : await countUsers(database)
    const sound = pending.length + edited.length + newer.length === 0
    const rows = [
      ['database', database.location],
      ['schema', describeSchema({ applied: applied.length, pending, edited, newer })],
      ['commits', durability.message],
      ['users', users === undefined ? 'no table yet' : String(users)],
    ]
    if (pending.length > 0) io.say('Next: xswarm db migrate')
    return {
      text: formatTable(rows),
      document: {
        database: database.location,
        kind: database.kind,
        applied,
        pending,
        edited,
        newer,
        durability: durability.level,
        users: users ?? null,
      },
      exitCode: sound ? EXIT.done : EXIT.failed,
    }
  })
}

async function countUsers(database: import('../../database/opened.ts').OpenedDatabase): Promise<number> {
  const { createUserQueries } = await import('../../database/users.ts')
  return createUserQueries(database).count()
}

function describeSchema(status: {
  applied: number
  pending: readonly string[]
  edited: readonly string[]
  newer: readonly string[]
}): string {
  const parts = [`${status.applied} applied`]
  if (status.pending.length > 0) parts.push(`waiting: ${status.pending.join(', ')}`)
  if (status.edited.length > 0) parts.push(`edited after they were applied: ${status.edited.join(', ')}`)
  if (status.newer.length > 0) parts.push(`of a newer xswarm: ${status.newer.join(', ')}`)
  return parts.join('; ')
}

/** Copies the database, also a remote one, into a local file. */
export async function backUp(path: string, options: GlobalOptions, io: Io): Promise<Report> {
  return withDatabase(options, io, 'inspect', async (database) => {
    const { backup } = await import('../../database/backup.ts')
    const file = resolve(path)
    await backup(database, file)
    return { text: `saved ${printable(file)}`, document: { database: database.location, file } }
  })
}

/** Puts a backup in the place of the database, after asking. */
export async function restoreBackup(path: string, options: RestoreOptions, io: Io): Promise<Report> {
  const { config, secrets } = await readProject(options, io)
  const { restore } = await import('../../database/backup.ts')
  if (options.force !== true) {
    await confirm(`Put ${path} in the place of the database of config.toml?`, '--force', io)
  }
  const file = resolve(path)
  const { database, kept } = await restore(config.database.url, file, {
    force: true,
    authToken: secrets.TURSO_AUTH_TOKEN,
  })
  if (kept !== undefined) io.say(`What was there before is kept: ${printable(kept)}`)
  return { text: `restored ${printable(file)}`, document: { database, file, kept: kept ?? null } }
}
