import type { App } from '../domain/app.ts'
import type { Clock, Database } from '../domain/ports.ts'
import type { ProjectConfig } from '../domain/project.ts'
import { createDeviceGrantQueries } from './device-grants.ts'
import { createRateLimits } from './rate-limits.ts'
import { createSessionQueries } from './sessions.ts'
import { createSignInCodeQueries } from './sign-in-codes.ts'
import { createUnprovenQueries } from './unproven-sign-ups.ts'

/** The parts of the App that sign-in stands on. */
export function createSignInQueries(
  database: Database,
  clock: Clock,
  config: Pick<ProjectConfig, 'limits'>,
): Pick<App, 'codes' | 'sessions' | 'devices' | 'unproven' | 'limits'> {
  return {
    codes: createSignInCodeQueries(database),
    sessions: createSessionQueries(database),
    devices: createDeviceGrantQueries(database),
    unproven: createUnprovenQueries(database),
    limits: createRateLimits(database, clock, config),
  }
}
