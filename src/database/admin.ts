import type { App } from '../domain/app.ts'
import type { Clock, Database, UserQueries } from '../domain/ports.ts'
import { createAuditLog } from './audit.ts'
import { createDirectoryQueries } from './directory.ts'
import { createEmailChangeQueries } from './email-changes.ts'
import { createPersonalData } from './personal-data.ts'

/** The parts of the App that administration, export and closing stand on. */
export function createAdminQueries(
  database: Database,
  clock: Clock,
  users: UserQueries,
): Pick<App, 'audit' | 'directory' | 'personal' | 'emailChanges'> {
  return {
    audit: createAuditLog(database, clock),
    directory: createDirectoryQueries(database),
    personal: createPersonalData(database, users),
    emailChanges: createEmailChangeQueries(database),
  }
}
