import type { Mailbox, MailboxEntry } from '../domain/mailer.ts'
import type { Clock } from '../domain/ports.ts'
import { formatTimestamp } from '../domain/times.ts'

const KEPT = 200

/** Keeps the last 200 mails in memory and sends nothing: development, and tests that read mail. */
export function createMailbox(clock: Clock): Mailbox {
  const entries: MailboxEntry[] = []
  let last = 0
  return {
    async send(mail) {
      last += 1
      entries.unshift({ ...mail, id: last, received_at: formatTimestamp(clock.now()) })
      if (entries.length > KEPT) entries.pop()
    },
    async close() {
      entries.length = 0
    },
    list: () => [...entries],
    find: (id) => entries.find((entry) => entry.id === id),
  }
}
