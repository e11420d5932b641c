import { digestOf } from '../domain/digests.ts'

export type TombstoneKind = 'address' | 'lookalike' | 'number'

/** What stays of an assigned address, its look-alike form or a number when the account is closed. */
export function tombstoneHash(kind: TombstoneKind, text: string): string {
  return digestOf(kind, text)
}
