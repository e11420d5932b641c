import type { App } from '../domain/app.ts'
import { kindOfText } from '../domain/calls-and-texts.ts'
import type { NumberRoute } from '../domain/number-queries.ts'
import type { Statement } from '../domain/ports.ts'
import { unexpectedRefusal, unknownOutcome } from '../domain/refusals.ts'
import { entitlementOf } from '../domain/tiers.ts'

export interface IncomingText {
  readonly sid: string
  readonly to: string
  readonly from: string
  readonly body: string
  /** What Twilio takes it for, when it answered it itself. */
  readonly optOutType?: string | undefined
}

type Parts = Pick<App, 'config' | 'database' | 'numbers' | 'traffic' | 'jobs' | 'ids' | 'clock'>

/**
 * Stores a text, once, and puts it on its way to the assistant. STOP, START and HELP are answered by the network and by
 * Twilio; we only take note of them. What comes for a number that is not ours, or of nobody any more, is not kept.
 * Throws AppError `unavailable`, `unknown-outcome`; then telling it again is right.
 */
export async function receiveText(app: Parts, text: IncomingText): Promise<void> {
  const route = await app.numbers.findRoute(text.to)
  if (route?.user === undefined || route.number.state !== 'active') return
  const kind = kindOfText(text.body, text.optOutType)
  const kept = app.traffic.keepText({
    message_sid: text.sid,
    number_id: route.number.id,
    user_id: route.user.id,
    from_number: text.from,
    body: text.body,
    kind,
    received_at: app.clock.now(),
  })
  const statements = [kept, ...(kind === 'text' ? onItsWay(app, text.sid, route.user) : [])]
  const outcome = await app.database.write({ opId: `text-${app.ids.uuid()}`, statements })
  if (outcome.outcome === 'unknown') throw unknownOutcome('Telling it again is safe.', outcome.cause)
  if (outcome.outcome === 'refused' && outcome.refusal.kind !== 'unique')
    throw unexpectedRefusal(outcome.statement, outcome.refusal)
}

/** To the assistant, and onto the account of what was used: only when the plan has texts, and somebody reads them. */
function onItsWay(app: Parts, sid: string, user: NonNullable<NumberRoute['user']>): Statement[] {
  const { features, assistant } = app.config
  const { sms_messages, toll_free_number } = entitlementOf(user.subscription_tier, app.config)
  if (!features.sms_enabled || !toll_free_number || sms_messages === 0) return []
  const { id: user_id } = user
  const usage = { kind: 'sms', source_id: sid, user_id, units: 1, at: app.clock.now() } as const
  return [
    app.jobs.enqueue({ name: 'record-usage', payload: usage, key: `sms:${sid}`, user_id }),
    ...(assistant.sms_url === undefined
      ? []
      : [
          app.jobs.enqueue({
            name: 'hand-on-text',
            payload: { message_sid: sid },
            key: sid,
            user_id,
            urgent: true,
          }),
        ]),
  ]
}
