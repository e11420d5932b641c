import type { App } from '../domain/app.ts'
import type { Clock, Database } from '../domain/ports.ts'
import { createNumberQueries } from './numbers.ts'
import { createTrafficQueries } from './traffic.ts'

/** The parts of the App that numbers, calls and texts stand on. */
export function createTelephonyQueries(database: Database, clock: Clock): Pick<App, 'numbers' | 'traffic'> {
  return { numbers: createNumberQueries(database, clock), traffic: createTrafficQueries(database) }
}
