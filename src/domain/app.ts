import type { AccountFacts } from './account.ts'
import type { Assistant } from './assistant.ts'
import type { AuditLog } from './audit.ts'
import type { Billing } from './billing.ts'
import type { EventQueries } from './billing-events.ts'
import type { SubscriptionQueries } from './billing-queries.ts'
import type { TrafficQueries } from './calls-and-texts.ts'
import type { DeviceGrantQueries } from './device-grants.ts'
import type { DirectoryQueries } from './directory.ts'
import type { EmailChangeQueries } from './email-changes.ts'
import type { JobQueries } from './job-queries.ts'
import type { RateLimits } from './limits.ts'
import type { Mailer } from './mailer.ts'
import type { NumberQueries } from './number-queries.ts'
import type { PersonalData } from './personal-data.ts'
import type { Personas } from './personas.ts'
import type { ChangeQueries, Clock, Database, IdempotencyQueries, Ids, Log, UserQueries } from './ports.ts'
import type { ProjectConfig } from './project.ts'
import type { SessionQueries } from './sessions.ts'
import type { SignInCodeQueries } from './sign-in-codes.ts'
import type { Telephony } from './telephony.ts'
import type { UnprovenQueries } from './unproven-sign-ups.ts'
import type { UsageQueries } from './usage.ts'
import type { User } from './users.ts'

/** Everything the actions need, built once by `src/app.ts`. An action names only the parts it uses. */
export interface App {
  readonly config: ProjectConfig
  readonly personas: Personas
  readonly database: Database
  readonly users: UserQueries
  readonly changes: ChangeQueries
  readonly idempotency: IdempotencyQueries
  readonly jobs: JobQueries
  readonly codes: SignInCodeQueries
  readonly sessions: SessionQueries
  readonly devices: DeviceGrantQueries
  readonly unproven: UnprovenQueries
  readonly limits: RateLimits
  readonly audit: AuditLog
  readonly directory: DirectoryQueries
  readonly personal: PersonalData
  readonly emailChanges: EmailChangeQueries
  readonly subscriptions: SubscriptionQueries
  readonly events: EventQueries
  readonly usage: UsageQueries
  /** What an account shows beyond the user's row, in one read. */
  readonly readAccountFacts: (user: User, now: number) => Promise<AccountFacts>
  /** Undefined when `features.stripe_enabled` is off or there is no key for it. */
  readonly billing: Billing | undefined
  readonly numbers: NumberQueries
  readonly traffic: TrafficQueries
  /** Undefined when no Twilio account is set up; then numbers wait. */
  readonly telephony: Telephony | undefined
  readonly assistant: Assistant
  readonly mailer: Mailer
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}
