import type { App } from '../domain/app.ts'
import { AppError } from '../domain/errors.ts'
import type { ClaimedJob } from '../domain/jobs.ts'
import { renderMail } from '../domain/mails.ts'

type Parts = Pick<App, 'config' | 'mailer' | 'personas' | 'users'>
type MailJob = Extract<ClaimedJob, { readonly name: 'send-mail' }>

/**
 * Sends one mail: to the address the user has now, or to the one the job names. Sending it a second time cannot be ruled
 * out - the answer of a mail server can be lost - but both carry the same Message-ID. A user who is gone gets no mail.
 * Throws AppError `unavailable`, `misconfigured` or `invalid`, as the mailer says.
 */
export async function sendMail(app: Parts, job: MailJob): Promise<void> {
  const user = job.user_id === null ? undefined : await app.users.findById(job.user_id)
  const to = job.payload.to ?? user?.email
  if (to === undefined) {
    if (job.user_id !== null) return
    throw new AppError('invalid', 'The mail names neither a user nor an address.')
  }
  const content = renderMail(job.payload, { user, config: app.config, personas: app.personas })
  await app.mailer.send({ ...content, to, message_id: messageIdOf(job, app.config.email.domain) })
}

/**
 * The same for every attempt at one wish. Another wish for the same key counts `wanted` up, and gets another one: mail
 * programs drop what they have seen. The time keeps it apart from jobs that a restored backup has forgotten.
 */
function messageIdOf({ id, wanted, created_at }: MailJob, domain: string): string {
  return `<job-${id}-${wanted}-${created_at.replace(/\D/g, '')}@${domain}>`
}
