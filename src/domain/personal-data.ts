import type { SqlValue, Statement } from './ports.ts'
import type { RevisedUser } from './users.ts'

export type ExportedRow = Readonly<Record<string, SqlValue | object>>

/** Everything the database holds about one person, wherever it is. */
export interface PersonalData {
  /** By table, every row about this user; secrets and their hashes left out. One moment in time. */
  collect(userId: string): Promise<Readonly<Record<string, readonly ExportedRow[]>>>
  /** How many rows there are about this user, by table; only those that `remove` would take. */
  count(userId: string): Promise<Readonly<Record<string, number>>>
  /**
   * Statements that remove all of it and leave tombstones of what was assigned, so that it is never given to a second
   * person. Refused (`rows`) when the user changed since `user` was read, or is gone.
   */
  close(user: RevisedUser, closedAt: string): Promise<readonly Statement[]>
  /** As `close`, for a sign-up never proven: no tombstones, so that the address is free again. */
  expire(user: RevisedUser, signedUpBefore: number): readonly Statement[]
}

/** What is left of an account after it was closed, and why, in words for the person. */
export const KEPT = [
  'A hash of your assigned address and of your assigned number, so that neither is ever given to another person.',
  'The entries about you in the audit log, which name you by an id only.',
] as const
