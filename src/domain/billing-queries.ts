import type { Statement } from './ports.ts'
import type { MirroredSubscription } from './subscriptions.ts'
import type { RevisedUser } from './users.ts'

/** Our mirror of what Stripe holds, and who its customers are here. */
export interface SubscriptionQueries {
  /** Whoever has this customer id. Nobody for a foreign customer; more than one only after a slip by hand. */
  findOwners(customerId: string): Promise<readonly RevisedUser[]>
  find(id: string): Promise<MirroredSubscription | undefined>
  findMany(ids: readonly string[]): Promise<readonly MirroredSubscription[]>
  listForCustomer(customerId: string): Promise<readonly MirroredSubscription[]>
  listForUser(userId: string): Promise<readonly MirroredSubscription[]>
  /** Those that have not ended, in the order of their ids, after `cursor`. */
  listLiving(page: {
    readonly cursor?: string
    readonly limit: number
  }): Promise<readonly MirroredSubscription[]>
  /**
   * Customers whose owner's tier is not what the mirror says: paid and free, or a tier that nothing pays for any more.
   * `graceFrom`: what could not be charged since before this moment gives nothing.
   */
  findDoubtful(graceFrom: number, limit: number): Promise<readonly string[]>
  keep(subscription: MirroredSubscription): Statement
  remove(id: string): Statement
  /** Gives a user their Stripe customer. Aborts the unit (kind `rows`) when they have one, or are gone. */
  linkCustomer(userId: string, customerId: string): Statement
}
