import { z } from 'zod'
import { answerCall } from '../../actions/answer-call.ts'
import { receiveText } from '../../actions/receive-text.ts'
import { recordCallStatus } from '../../actions/record-call-status.ts'
import type { App } from '../../domain/app.ts'
import { FALLBACK_TWIML, SILENT_TWIML } from '../../domain/call-answers.ts'
import { CALL_ENDS } from '../../domain/calls-and-texts.ts'
import { AppError } from '../../domain/errors.ts'
import { WEBHOOK_PATHS } from '../../domain/telephony.ts'
import { type Reply, type Route, reply, route } from '../route.ts'
import type { HttpOptions } from '../service.ts'

type Verify = NonNullable<HttpOptions['verifyTwilio']>

/** Everything that was signed; only what we know is looked at. */
const form = z.looseObject({ AccountSid: z.string().optional() })
type Form = Readonly<Record<string, string>>

const voiceFields = z.object({
  CallSid: z.string().regex(/^CA[0-9a-zA-Z]{1,40}$/),
  To: z.string().max(64),
  From: z.string().max(64),
})
const smsFields = z.object({
  MessageSid: z.string().regex(/^(SM|MM)[0-9a-zA-Z]{1,40}$/),
  To: z.string().max(64),
  From: z.string().max(64),
  Body: z.string().max(2000).default(''),
  OptOutType: z.string().max(20).optional(),
})
const statusFields = voiceFields.extend({
  CallStatus: z.string().max(30),
  CallDuration: z
    .string()
    .regex(/^\d{1,7}$/)
    .transform(Number)
    .optional(),
})

const TWIML_TYPE = 'text/xml; charset=utf-8'
const twimlAnswer = { 200: { description: 'TwiML.', type: 'text/xml' } }
/** The fields as Twilio sends them stay well below: the webhooks of contract section 5. */
const BYTES_MAX = 256 * 1024

/** What Twilio calls. Each is signed, and harmless to repeat: a captured request stays valid for ever. */
export function twilioWebhookRoutes(app: App, verify: Verify = () => false): readonly Route[] {
  const common = {
    who: 'signed',
    kind: 'api',
    body: { type: 'form', schema: form, bytesMax: BYTES_MAX },
  } as const
  const demand = createDemand(app, verify)
  return [
    route({
      ...common,
      method: 'POST',
      path: WEBHOOK_PATHS.voice,
      name: 'answerCall',
      summary: 'What a caller hears, as TwiML. For Twilio only.',
      answers: twimlAnswer,
      handle: async ({ body, request }) => {
        const { CallSid, To, From } = demand(WEBHOOK_PATHS.voice, request, body, voiceFields)
        return twimlReply(await answerCall(app, { sid: CallSid, to: To, from: From }))
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: WEBHOOK_PATHS.sms,
      name: 'receiveText',
      summary: 'Takes a text. For Twilio only.',
      answers: twimlAnswer,
      problems: ['unknown-outcome'],
      handle: async ({ body, request }) => {
        const fields = demand(WEBHOOK_PATHS.sms, request, body, smsFields)
        const { MessageSid: sid, To: to, From: from, Body, OptOutType } = fields
        await receiveText(app, { sid, to, from, body: Body, optOutType: OptOutType })
        return twimlReply(SILENT_TWIML)
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: WEBHOOK_PATHS.status,
      name: 'recordCallStatus',
      summary: 'Hears how a call ended. For Twilio only.',
      answers: twimlAnswer,
      problems: ['unknown-outcome'],
      handle: async ({ body, request }) => {
        const fields = demand(WEBHOOK_PATHS.status, request, body, statusFields)
        const status = CALL_ENDS.find((end) => end === fields.CallStatus)
        const { CallSid: sid, To: to, From: from, CallDuration: seconds = 0 } = fields
        if (status !== undefined) await recordCallStatus(app, { sid, to, from, status, seconds })
        return twimlReply(SILENT_TWIML)
      },
    }),
    ...fallbackRoutes(),
  ]
}

/** Depends on nothing: no database, no signature. */
function fallbackRoutes(): readonly Route[] {
  return (['GET', 'POST'] as const).map((method) =>
    route({
      method,
      path: WEBHOOK_PATHS.fallback,
      name: method === 'GET' ? 'readFallback' : 'sendFallback',
      who: 'anyone',
      // Twilio adds what it knows of the call, which changes nothing here.
      kind: 'asset',
      summary: 'What a caller hears when the other webhooks fail.',
      answers: twimlAnswer,
      handle: () => twimlReply(FALLBACK_TWIML),
    }),
  )
}

/** Answers the fields we know. Throws AppError `forbidden` for whatever Twilio did not send, or not about our account. */
function createDemand({ config }: Pick<App, 'config'>, verify: Verify) {
  return <Fields>(
    path: string,
    request: Request,
    /** Parsed from a form, so every value is text. */
    form: Readonly<Record<string, unknown>>,
    schema: z.ZodType<Fields>,
  ): Fields => {
    const body = form as Form
    const isSigned = verify(request.headers.get('x-twilio-signature'), path, body)
    if (!isSigned || body.AccountSid !== config.twilio.account_sid)
      throw new AppError('forbidden', 'This is for Twilio only, and its signature does not hold.')
    const parsed = schema.safeParse(body)
    if (parsed.success) return parsed.data
    const fields = parsed.error.issues.map(({ path: [field] }) => ({
      field: String(field),
      message: 'This is not what Twilio sends.',
    }))
    throw new AppError('invalid', 'The fields are not those of Twilio.', { fields })
  }
}

function twimlReply(twiml: string): Reply {
  return reply(200, TWIML_TYPE, twiml, { 'Cache-Control': 'no-store' })
}
