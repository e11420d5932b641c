import type { App } from '../domain/app.ts'
import type { ClaimedJob } from '../domain/jobs.ts'
import { formatTimestamp } from '../domain/times.ts'

type Job = Extract<ClaimedJob, { readonly name: 'hand-on-text' }>

/**
 * Hands a text on to the assistant. It may get it twice, under the same `message_sid`. Throws AppError `unavailable`,
 * `invalid`, as the assistant says.
 */
export async function handOnText(
  app: Pick<App, 'config' | 'database' | 'users' | 'numbers' | 'traffic' | 'assistant' | 'clock'>,
  job: Job,
): Promise<void> {
  const { sms_url } = app.config.assistant
  const text = await app.traffic.findText(job.payload.message_sid)
  if (sms_url === undefined || text === undefined || text.handed_on_at !== null || text.user_id === null)
    return
  const [user, number] = [await app.users.findById(text.user_id), await app.numbers.find(text.number_id)]
  if (user === undefined || number?.e164 == null) return
  await app.assistant.takeText(sms_url, {
    message_sid: text.message_sid,
    user_id: user.id,
    persona: user.persona,
    to: number.e164,
    from: text.from_number,
    sender: user.phone === text.from_number ? 'owner' : 'unknown',
    body: text.body,
    received_at: formatTimestamp(text.received_at),
  })
  await app.database.write({ statements: [app.traffic.noteHandedOn(text.message_sid, app.clock.now())] })
}
