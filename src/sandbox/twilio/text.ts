import { phoneOf } from './call.ts'
import { type KeywordEffect, keywordEffect } from './keywords.ts'
import { findByPhone } from './numbers.ts'
import { segmentsOf } from './segments.ts'
import type { OwnedNumber } from './state.ts'
import { type Message, optOutKey, type Reply, replyTo } from './text-reply.ts'
import { MESSAGING_VERBS, type Problem, readTwiml } from './twiml.ts'
import { type Delivery, deliver } from './webhook.ts'
import type { World } from './world.ts'
import { type Element, textOf } from './xml.ts'

export interface TextOptions {
  /** E.164. */
  readonly to: string
  /** E.164. */
  readonly from: string
  readonly body: string
}

/** What became of a text, and what its sender got back. */
export interface TextResult {
  readonly messageSid: string
  readonly to: string
  readonly from: string
  /** `undelivered` when nobody has that number. */
  readonly status: 'received' | 'undelivered'
  /** What the network or Twilio answered by itself. */
  readonly network: readonly string[]
  /** What our webhook answered, each with whether it arrived. */
  readonly replies: readonly Reply[]
  readonly webhooks: readonly Delivery[]
  /** Status callbacks of the replies. */
  readonly callbacks: readonly Delivery[]
  readonly problems: readonly Problem[]
}

const REDIRECTS_MAX = 20

/** Texts a number from outside. Throws AppError `invalid` when `to` or `from` is no phone number. */
export async function sendText(world: World, options: TextOptions): Promise<TextResult> {
  const [to, from] = [phoneOf('to', options.to), phoneOf('from', options.from)]
  const messageSid = world.sid('SM')
  const number = findByPhone(world, to)
  if (number === undefined || world.account().status !== 'active') {
    const nothing = { network: [], replies: [], webhooks: [], callbacks: [], problems: [] }
    return { messageSid, to, from, status: 'undelivered', ...nothing }
  }
  const network = await actOnKeyword(world, number, from, keywordEffect(options.body))
  const message: Message = {
    ...{ world, number, params: textParams(world, messageSid, from, to, options.body) },
    ...{ webhooks: [], problems: [], fetches: 0 },
  }
  const verbs = await ask(message)
  const replies: Reply[] = []
  const callbacks: Delivery[] = []
  for (const verb of verbs) {
    const sent = await replyTo(message, from, verb)
    replies.push(sent.reply)
    callbacks.push(...sent.callbacks)
  }
  const { webhooks, problems } = message
  return { messageSid, to, from, status: 'received', network, replies, webhooks, callbacks, problems }
}

/** The webhook hears of the text all the same: it is for recording, not for answering. */
async function actOnKeyword(
  { store, now }: World,
  { phone_number }: OwnedNumber,
  from: string,
  keyword: KeywordEffect | undefined,
): Promise<readonly string[]> {
  if (keyword === undefined) return []
  const key = optOutKey(phone_number, from)
  const isOut = store.get('opt_out', key) !== undefined
  if (keyword.effect === 'help') return isOut ? [] : [keyword.reply]
  if (keyword.effect === 'opt-in') store.remove('opt_out', key)
  else store.put('opt_out', key, { by: keyword.by, at: now() })
  await store.saved()
  return [keyword.reply]
}

/** The messages that the webhook, or its fallback, wants sent. */
async function ask(message: Message): Promise<readonly Element[]> {
  const { sms_url, sms_method, sms_fallback_url, sms_fallback_method } = message.number
  if (sms_url === '') return []
  const answer = await fetchMessages(message, sms_url, sms_method, {})
  if (!('code' in answer)) return answer
  if (sms_fallback_url === '') return []
  const why = { ErrorCode: String(answer.code), ErrorUrl: sms_url }
  const last = await fetchMessages(message, sms_fallback_url, sms_fallback_method, why)
  return 'code' in last ? [] : last
}

async function fetchMessages(
  message: Message,
  url: string,
  method: 'GET' | 'POST',
  extra: Readonly<Record<string, string>>,
): Promise<readonly Element[] | Problem> {
  const params = { ...message.params, ...extra }
  const deliveries = await deliver(message.world, 'sms', { url, method, params })
  message.webhooks.push(...deliveries)
  const [{ body = '', contentType = '', error }] = deliveries
  const document =
    error ??
    (body.trim() === '' ? { verbs: [], problems: [] } : readTwiml(body, contentType, MESSAGING_VERBS))
  if ('code' in document) {
    message.problems.push(document)
    return document
  }
  message.problems.push(...document.problems)
  const at = document.verbs.findIndex(({ name }) => name === 'Redirect')
  const before = (at === -1 ? document.verbs : document.verbs.slice(0, at)).filter(isMessage)
  const redirect = document.verbs[at]
  if (redirect === undefined || ++message.fetches > REDIRECTS_MAX) return before
  const next = redirect.attributes.method?.toUpperCase() === 'GET' ? 'GET' : 'POST'
  const rest = await fetchMessages(message, new URL(textOf(redirect), url).href, next, {})
  return 'code' in rest ? rest : [...before, ...rest]
}

function isMessage({ name }: Element): boolean {
  return name === 'Message'
}

function textParams(
  world: World,
  messageSid: string,
  from: string,
  to: string,
  body: string,
): Record<string, string> {
  const isNorthAmerican = from.startsWith('+1')
  return {
    ToCountry: 'US',
    ToState: '',
    ToCity: '',
    ToZip: '',
    FromCountry: isNorthAmerican ? 'US' : '',
    FromState: isNorthAmerican ? 'CA' : '',
    FromCity: isNorthAmerican ? 'LOS ANGELES' : '',
    FromZip: isNorthAmerican ? '90001' : '',
    SmsMessageSid: messageSid,
    SmsSid: messageSid,
    MessageSid: messageSid,
    SmsStatus: 'received',
    NumMedia: '0',
    NumSegments: String(segmentsOf(body)),
    Body: body,
    From: from,
    To: to,
    AccountSid: world.accountSid,
    ApiVersion: '2010-04-01',
  }
}
