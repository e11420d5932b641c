/** What a person gets when their account is closed. It names nobody: the mail it came with is what connects it to them. */
export interface ClosingReceipt {
  readonly receipt_id: string
  /** UTC text. */
  readonly closed_at: string
  /** Rows removed, by table. */
  readonly removed: Readonly<Record<string, number>>
  /** What is kept and why, in sentences. */
  readonly kept: readonly string[]
}
