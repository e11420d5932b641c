import type { User } from './users.ts'

/** What an operator looks for. */
export interface DirectorySearch {
  /** Any part, three characters or more, of email, phone, assigned number or assigned address. */
  readonly query?: string | undefined
  readonly tier?: string | undefined
  /** `next_cursor` of the page before. */
  readonly cursor?: number | undefined
  readonly limit: number
}

export interface DirectoryPage {
  /** The newest first. */
  readonly users: readonly User[]
  /** Undefined on the last page. */
  readonly next_cursor: number | undefined
  /** False while the directory is being built up: then some may be missing. */
  readonly complete: boolean
}

/** How many users there are, as of now. */
export interface DirectoryTotals {
  readonly users: number
  /** By tier, the largest first. */
  readonly tiers: readonly { readonly tier: string; readonly users: number }[]
  /** With an assigned number. */
  readonly numbers: number
  /** Who is still here of those who came that day; every day of the span, oldest first. */
  readonly sign_ups: readonly { readonly day: string; readonly users: number }[]
  /** False while the directory is being built up: then there are more. */
  readonly complete: boolean
}

/** Everybody, as an operator looks for them, among millions. It follows the change log; nobody waits for it but who looks. */
export interface DirectoryQueries {
  /**
   * A page of users. Sees every change committed before it, unless more than ten thousand of them wait to be
   * followed; then `complete` is false. Throws AppError `invalid` for a query of one or two characters.
   */
  find(search: DirectorySearch): Promise<DirectoryPage>
  /** `today` is a UTC day such as `2026-11-23`; `days` of sign-ups up to it. */
  totals(today: string, days: number): Promise<DirectoryTotals>
  /** Follows the change log by up to `changes` of its entries. Answers whether it is up to date now. */
  follow(changes: number): Promise<boolean>
  /** A bounded step of taking out of the search index what it still holds of people who left. Answers whether that is done. */
  forget(): Promise<boolean>
}

export const QUERY_LENGTH_MIN = 3
export const QUERY_LENGTH_MAX = 254
