/** A text as the assistant gets it. */
export interface TextForAssistant {
  readonly message_sid: string
  readonly user_id: string
  readonly persona: string
  readonly to: string
  readonly from: string
  /** A hint from the network, never a proof. */
  readonly sender: 'owner' | 'unknown'
  readonly body: string
  /** UTC text. */
  readonly received_at: string
}

/** The assistant that talks and texts, behind `[assistant]` of config.toml. */
export interface Assistant {
  /**
   * Hands a text on; the same `message_sid` may come twice. Throws AppError `unavailable` when trying later makes sense,
   * `invalid` when this text is refused for good.
   */
  takeText(url: string, text: TextForAssistant): Promise<void>
}
