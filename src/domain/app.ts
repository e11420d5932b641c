import type { JobQueries } from './job-queries.ts'
import type { Mailer } from './mailer.ts'
import type { Personas } from './personas.ts'
import type { ChangeQueries, Clock, Database, IdempotencyQueries, Ids, Log, UserQueries } from './ports.ts'
import type { ProjectConfig } from './project.ts'

/** Everything the actions need, built once by `src/app.ts`. An action names only the parts it uses. */
export interface App {
  readonly config: ProjectConfig
  readonly personas: Personas
  readonly database: Database
  readonly users: UserQueries
  readonly changes: ChangeQueries
  readonly idempotency: IdempotencyQueries
  readonly jobs: JobQueries
  readonly mailer: Mailer
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}
