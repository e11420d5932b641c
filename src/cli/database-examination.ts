import { existsSync } from 'node:fs'
import { AppError } from '../domain/errors.ts'
import type { Database } from '../domain/ports.ts'
import type { ProjectConfig } from '../domain/project.ts'
import type { Secrets } from '../domain/secrets.ts'
import { findDatabaseFile } from './database-file.ts'
import type { Check } from './examination.ts'
import { requireDatabaseFile } from './project.ts'

/** How many entries of the audit log are read. */
const AUDITED_MAX = 10_000

/** Whether the database answers, has our schema, commits durably, and what it says of itself. Changes nothing. */
export async function examineDatabase(
  config: ProjectConfig,
  secrets: Secrets,
  offline: boolean,
): Promise<Check[]> {
  try {
    return await askDatabase(config, secrets, offline)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return [{ name: 'database', state: 'FAIL', message: error.message }]
  }
}

/** Only looks: a file that is not there is not created by being checked. */
async function askDatabase(config: ProjectConfig, secrets: Secrets, offline: boolean): Promise<Check[]> {
  const { url } = config.database
  const file = await findDatabaseFile(url)
  if (file === undefined && offline) {
    return [{ name: 'database', state: 'ok', message: 'a server, not asked because of --offline' }]
  }
  if (config.environment === 'development' && file !== undefined && !existsSync(file)) {
    const message = `there is none at ${file} yet`
    return [{ name: 'database', state: 'warn', message, fix: 'xswarm dev makes it' }]
  }
  await requireDatabaseFile(url)
  const [{ openDatabase }, { migrationStatus }] = await Promise.all([
    import('../database/open.ts'),
    import('../database/migrate.ts'),
  ])
  const database = await openDatabase({ url, authToken: secrets.TURSO_AUTH_TOKEN, checkSchema: false })
  try {
    const { applied, pending, edited, newer } = await migrationStatus(database)
    const durability = await database.durability()
    const schema = describeSchema({ applied: applied.length, pending, edited, newer })
    return [
      { name: 'database', state: 'ok', message: `${database.location} answers` },
      schema,
      { name: 'durability', state: durability.level === 'full' ? 'ok' : 'warn', message: durability.message },
      // Their tables are there only with the whole schema.
      ...(schema.state === 'ok' ? [await checkAuditLog(database), await checkJobs(database)] : []),
    ]
  } finally {
    await database.close()
  }
}

function describeSchema(status: {
  applied: number
  pending: readonly string[]
  edited: readonly string[]
  newer: readonly string[]
}): Check {
  const { applied, pending, edited, newer } = status
  const fail = (message: string, fix: string): Check => ({ name: 'schema', state: 'FAIL', message, fix })
  if (newer.length > 0) return fail(`belongs to a newer xswarm: ${newer.join(', ')}`, 'update xswarm')
  if (edited.length > 0) return fail(`edited after it was applied: ${edited.join(', ')}`, 'restore the file')
  if (pending.length > 0) return fail(`waiting: ${pending.join(', ')}`, 'xswarm db migrate')
  return { name: 'schema', state: 'ok', message: `${applied} migrations, all that there are` }
}

/** Whether the audit log's hashes hold: of the end only where it is long, so that this takes no time anywhere. */
async function checkAuditLog(database: Database): Promise<Check> {
  const { verifyAuditLog } = await import('../database/audit.ts')
  const verdict = await verifyAuditLog(database, AUDITED_MAX)
  const name = 'audit-log'
  if (!verdict.ok) {
    const message = `entry ${verdict.id} does not follow from the one before it: ${verdict.fault}`
    const fix = 'find out who wrote to the database, and compare with a backup'
    return { name, state: 'FAIL', message, fix }
  }
  const { entries } = verdict
  if (entries <= AUDITED_MAX)
    return { name, state: 'ok', message: `${entries} entries, none changed or missing` }
  const message = `the newest ${AUDITED_MAX} of ${entries} entries, none changed or missing - /admin/audit checks all`
  return { name, state: 'ok', message }
}

/** Jobs that were given up wait for somebody to look. */
async function checkJobs(database: Database): Promise<Check> {
  const { createJobQueries } = await import('../database/jobs.ts')
  const { failed } = await createJobQueries(database, { now: Date.now }).state()
  const name = 'jobs'
  if (failed === 0) return { name, state: 'ok', message: 'none was given up' }
  return {
    name,
    state: 'warn',
    message: failed === 1 ? '1 job failed for good' : `${failed} jobs failed for good`,
    fix: 'see why: xswarm jobs list --state failed; mend it; then for each: xswarm jobs retry ID',
  }
}
