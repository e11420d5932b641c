import { digestOf } from './digests.ts'
import type { Statement } from './ports.ts'

/** Sign-ups whose address nobody has proven yet. The first sign-in by code is the proof. */
export interface UnprovenQueries {
  /** Rides in the unit of a sign-up through a public door. */
  keep(signUp: {
    readonly user_id: string
    readonly signed_up_at: number
    readonly request_hash: string
  }): Statement
  /** The address is proven. */
  remove(userId: string): Statement
  isUnproven(userId: string): Promise<boolean>
  /** Those that signed up before `moment`, oldest first. */
  listBefore(moment: number, limit: number): Promise<readonly { user_id: string; signed_up_at: number }[]>
}

/** What is kept of the token that whoever signed up got. */
export function hashSignUpToken(token: string): string {
  return digestOf('sign-up', token)
}
