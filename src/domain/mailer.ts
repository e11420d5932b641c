/** A mail, ready to be sent to one person. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** With its angle brackets. The same for every attempt to send this mail, so that a repeat is recognisable. */
  readonly message_id: string
}

/** Whatever takes mails to people. */
export interface Mailer {
  /**
   * Answers when the mail was accepted. Throws AppError `unavailable` when trying later makes sense, `invalid` when this
   * mail is refused for good, `misconfigured` when an operator must act before any mail can go.
   */
  send(mail: Mail): Promise<void>
  /** Lets go of connections. Idempotent. */
  close(): Promise<void>
}

export interface MailboxEntry extends Mail {
  readonly id: number
  /** UTC text. */
  readonly received_at: string
}

/** The mailbox of development: mails stay on this machine. */
export interface Mailbox extends Mailer {
  /** Newest first. */
  list(): readonly MailboxEntry[]
  find(id: number): MailboxEntry | undefined
}
