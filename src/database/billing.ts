import type { App } from '../domain/app.ts'
import type { Database } from '../domain/ports.ts'
import { createReadAccountFacts } from './account-facts.ts'
import { createSubscriptionQueries } from './subscriptions.ts'
import { createUsageQueries } from './usage.ts'
import { createEventQueries } from './webhook-events.ts'

/** The parts of the App that billing stands on. */
export function createBillingQueries(
  database: Database,
): Pick<App, 'subscriptions' | 'events' | 'usage' | 'readAccountFacts'> {
  return {
    subscriptions: createSubscriptionQueries(database),
    events: createEventQueries(database),
    usage: createUsageQueries(database),
    readAccountFacts: createReadAccountFacts(database),
  }
}
