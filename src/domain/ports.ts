import type { RevisedUser, SettingKey, User } from './users.ts'

/** What a database cell holds. Booleans are 0 and 1; times are UTC text. */
export type SqlValue = string | number | null | Uint8Array
export type Row = Readonly<Record<string, SqlValue>>

/**
 * One statement, made by the query files of `src/database` and opaque to everybody else.
 * `expectRows` aborts the whole unit when the statement touched another number of rows.
 */
export interface Statement {
  readonly sql: string
  readonly args: readonly SqlValue[]
  readonly expectRows?: number
}

/** Statements that happen all or not at all. */
export interface WriteUnit {
  readonly statements: readonly Statement[]
  /**
   * Names this unit for ever. After a lost answer the port repeats the unit under the same name and
   * finds out whether it was done; without a name such a unit ends as `unknown`.
   */
  readonly opId?: string
}

/** Why the database refused: the constraint that stood in the way. */
export type Refusal =
  | { readonly kind: 'unique'; readonly columns: readonly string[] } // ['users.email']
  | { readonly kind: 'rows' } // expectRows did not hold
  | { readonly kind: 'check'; readonly name: string }
  | { readonly kind: 'not-null'; readonly column: string }
  | { readonly kind: 'foreign-key' }

export type WriteOutcome =
  /** Durable. `rows[i]` is what statement i returned; empty when `replayed`, so read again. */
  | { readonly outcome: 'done'; readonly rows: readonly (readonly Row[])[]; readonly replayed: boolean }
  /** Nothing of the unit happened. `statement` is the index of the one that was refused. */
  | { readonly outcome: 'refused'; readonly statement: number; readonly refusal: Refusal }
  /** The answer was lost on the way: it may have happened or not. */
  | { readonly outcome: 'unknown'; readonly cause: unknown }

/**
 * The database, in two verbs. There are no interactive transactions: decide in SQL, or read, decide
 * and write with a guard. Both throw AppError `unavailable` when the database cannot be reached (then
 * nothing was written) and `misconfigured` when it can never work (read-only file, newer schema, not a database).
 */
export interface Database {
  readonly kind: 'local' | 'remote'
  /** Where it is, without credentials, to show to an operator. */
  readonly location: string
  read(query: Statement): Promise<readonly Row[]>
  /** The first row or undefined: the fast way for a lookup by key. */
  readFirst(query: Statement): Promise<Row | undefined>
  write(unit: WriteUnit): Promise<WriteOutcome>
  /** Answers after the writes that were accepted. Idempotent. */
  close(): Promise<void>
}

/** Queries on `users` and what hangs on a user row. Lookups find exactly, through an index. */
export interface UserQueries {
  findById(id: string): Promise<User | undefined>
  /** `email` without regard to case. */
  findByEmail(email: string): Promise<User | undefined>
  findByXswarmPhone(phone: string): Promise<User | undefined>
  findByXswarmEmail(address: string): Promise<User | undefined>
  /** The user with the revision of their last change, read in one statement. */
  findRevised(id: string): Promise<RevisedUser | undefined>
  count(): Promise<number>
  /** Claims the assigned address for ever. Refused `unique` on `assigned_addresses.…` when it was ever given out. */
  claimAddress(address: { local_part: string; domain: string; user_id: string }): Statement
  insert(user: Omit<User, 'created_at'>): Statement
  update(id: string, columns: Partial<Omit<User, 'id' | 'created_at'>>): Statement
  /** Aborts the unit (kind `rows`) when the user's revision is not this one. Place it before the update. */
  expectRevision(id: string, revision: number): Statement
  remove(id: string): Statement
}

/** One change of one user. Written by triggers in the same commit as the row itself, whoever writes it. */
export interface Change {
  /** Grows over all users in the order of commits; a user's revision is that of their last change. */
  readonly revision: number
  readonly user_id: string
  /** The columns that changed; `['created']` for a new row. */
  readonly changed: readonly string[]
  /** Their values before; undo takes them from here. */
  readonly before: Partial<Record<SettingKey, string | null>>
  readonly at: string
}

export interface ChangeQueries {
  /** Changes of one user after a revision, oldest first. */
  listForUser(userId: string, afterRevision: number, limit: number): Promise<readonly Change[]>
  /** The last changes of one user, newest first. */
  listNewest(userId: string, limit: number): Promise<readonly Change[]>
  /** Changes of everybody after a revision, oldest first: what live sync polls. */
  listAll(afterRevision: number, limit: number): Promise<readonly Change[]>
  latestRevision(): Promise<number>
}

/** The remembered answer to a request that carried an `Idempotency-Key`. Kept for 24 hours. */
export interface RememberedAnswer {
  readonly request_hash: string
  readonly status: number
  readonly body: string
}

export interface IdempotencyQueries {
  find(scope: string, key: string): Promise<RememberedAnswer | undefined>
  /** Refused `unique` on `idempotency_keys.…` when another request with this key came first. */
  remember(scope: string, key: string, answer: RememberedAnswer): Statement
  /** Forgets answers older than 24 hours, a bounded number at a time. Returns a row for each. */
  forgetOld(): Statement
  /** Forgets the names of units done more than 30 days ago, a bounded number at a time. Returns a row for each. */
  forgetOldOperations(): Statement
}

/** Time. `now()` is milliseconds since the epoch. */
export interface Clock {
  now(): number
}

/** Randomness that must not be guessed. */
export interface Ids {
  /** A UUID, version 7: it begins with the time, so that what is made later sorts behind. */
  uuid(): string
  /** `bytes` random bytes as lower-case base32 without padding: for suffixes and tokens. */
  token(bytes: number): string
}

/** Structured log. Fields named in the redaction rules (emails, phones, secrets) never appear in clear. */
export interface Log {
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
}
