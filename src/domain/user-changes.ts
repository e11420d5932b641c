import type { User } from './users.ts'

/** One change of a user, as devices hear of it: the `data` of a `change` event. */
export interface UserChange {
  readonly revision: number
  /** The columns that changed; `[]` says that this is simply the state now. */
  readonly changed: readonly string[]
  /** The user after it. Settings are those of this revision, columns we assign are those of now. */
  readonly user: User
}
