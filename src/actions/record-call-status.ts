import type { App } from '../domain/app.ts'
import { doorFor } from '../domain/call-answers.ts'
import type { CallEnd } from '../domain/calls-and-texts.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import { formatTimestamp } from '../domain/times.ts'
import { minutesOf } from '../domain/usage.ts'

export interface CallStatus {
  readonly sid: string
  readonly to: string
  readonly from: string
  readonly status: CallEnd
  readonly seconds: number
}

type Parts = Pick<App, 'config' | 'database' | 'numbers' | 'traffic' | 'jobs' | 'ids' | 'clock'>

/**
 * Writes down that a call ended, once, and what it used of the plan: only minutes with the assistant count, not those of
 * people who were turned away. A number that is not ours, or not any more, is no call of ours.
 * Throws AppError `unavailable`, `unknown-outcome`; then telling it again is right.
 */
export async function recordCallStatus(app: Parts, call: CallStatus): Promise<void> {
  const route = await app.numbers.findRoute(call.to)
  if (route === undefined) return
  const now = app.clock.now()
  const door = doorFor(route, call.from, app.config)
  const units = call.status === 'completed' ? minutesOf(call.seconds) : 0
  const kept = app.traffic.keepCall({
    call_sid: call.sid,
    number_id: route.number.id,
    user_id: route.number.user_id,
    from_number: call.from,
    status: call.status,
    seconds: call.seconds,
    ended_at: formatTimestamp(now),
  })
  const usage =
    door.open && units > 0
      ? [
          app.jobs.enqueue({
            name: 'record-usage',
            payload: { kind: 'voice', source_id: call.sid, user_id: door.user.id, units, at: now },
            key: `voice:${call.sid}`,
            user_id: door.user.id,
          }),
        ]
      : []
  const outcome = await app.database.write({ opId: `call-${app.ids.uuid()}`, statements: [kept, ...usage] })
  if (outcome.outcome === 'unknown') throw unknownOutcome('Telling it again is safe.', outcome.cause)
  if (outcome.outcome === 'refused' && outcome.refusal.kind !== 'unique')
    throw unexpectedRefusal(outcome.statement, outcome.refusal)
}
