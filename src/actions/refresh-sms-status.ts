import type { App } from '../domain/app.ts'
import type { SmsStatus } from '../domain/numbers.ts'

const PAGE = 1_000

/**
 * Takes over from Twilio how far the verification for texts is of every number. A number that nobody handed in is
 * `unverified`. Throws TelephonyError, and AppError `unavailable`.
 */
export async function refreshSmsStatus(app: Pick<App, 'database' | 'numbers' | 'telephony'>): Promise<void> {
  const { telephony, numbers, database } = app
  if (telephony === undefined) return
  const statuses = await telephony.smsStatuses()
  for (let after = ''; ; ) {
    const page = await numbers.listHeld(after, PAGE)
    const changed = page.filter(
      ({ sid, sms_status }) => sid !== null && sms_status !== statusOf(statuses, sid),
    )
    if (changed.length > 0)
      await database.write({
        statements: changed.map(({ id, sid }) => numbers.learn(id, { sms_status: statusOf(statuses, sid) })),
      })
    const last = page.at(-1)
    if (page.length < PAGE || last === undefined) return
    after = last.id
  }
}

function statusOf(statuses: ReadonlyMap<string, SmsStatus>, sid: string | null): SmsStatus {
  return (sid === null ? undefined : statuses.get(sid)) ?? 'unverified'
}
