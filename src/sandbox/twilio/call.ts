import { AppError } from '../../domain/errors.ts'
import { rfc2822 } from './api.ts'
import { findByPhone } from './numbers.ts'
import type { Caller, CallStatus, Connection, Flow, PhoneCall, Step } from './phone-call.ts'
import { type Problem, readTwiml, VOICE_VERBS } from './twiml.ts'
import { performVerbs } from './voice-verbs.ts'
import { type Delivery, deliver } from './webhook.ts'
import type { World } from './world.ts'

export interface CallOptions extends Caller {
  /** E.164. */
  readonly to: string
  /** E.164, or `anonymous` for a caller who hides theirs. */
  readonly from: string
}

/** What a call was like for the caller, and what was asked of us for it. */
export interface CallResult {
  readonly callSid: string
  readonly to: string
  readonly from: string
  readonly status: CallStatus
  /** Line by line. What is no speech stands in brackets. */
  readonly heard: readonly string[]
  readonly steps: readonly Step[]
  readonly connected?: Connection
  /** As it would have taken; the sandbox's clock stands still meanwhile. */
  readonly seconds: number
  /** Requests for TwiML, in order. */
  readonly webhooks: readonly Delivery[]
  /** Status callbacks. */
  readonly callbacks: readonly Delivery[]
  /** What Twilio's debugger would show. */
  readonly problems: readonly Problem[]
}

/** What Twilio sends as the number of somebody who hides theirs: the keys of ANONYMOUS. */
const ANONYMOUS = '+266696687'
const NOT_IN_SERVICE = 'The number you have dialed is not in service.'
const APPLICATION_ERROR = "We're sorry, an application error has occurred. Goodbye."
const TRIAL =
  'You have a trial account. You can remove this message at any time by upgrading to a full account. Press any key to execute your code.'
/** Documents that only redirect to each other end here. */
const FETCHES_MAX = 20

/** Calls a number from outside. Throws AppError `invalid` when `to` or `from` is no phone number. */
export async function placeCall(world: World, options: CallOptions): Promise<CallResult> {
  const to = phoneOf('to', options.to)
  const from = options.from === 'anonymous' ? ANONYMOUS : phoneOf('from', options.from)
  const callSid = world.sid('CA')
  const number = findByPhone(world, to)
  const isActive = world.account().status === 'active'
  if (number === undefined || !isActive) {
    const problems = isActive
      ? []
      : [{ code: 10003, message: 'Incoming call rejected due to inactive account' }]
    const nothing = { steps: [], seconds: 0, webhooks: [], callbacks: [], problems }
    return { callSid, to, from, status: 'failed', heard: [NOT_IN_SERVICE], ...nothing }
  }
  const call: PhoneCall = {
    ...{ world, number, params: callParams(world, callSid, from, to), caller: options },
    ...{ heard: [], steps: [], webhooks: [], problems: [], seconds: 0, fetches: 0, hasPressed: false },
  }
  const status = await converse(call)
  const callbacks = await reportStatus(call, status)
  const { heard, steps, webhooks, problems, connected, seconds } = call
  const result = { callSid, to, from, status, heard, steps, seconds, webhooks, callbacks, problems }
  return connected === undefined ? result : { ...result, connected }
}

/** Throws AppError `invalid`. */
export function phoneOf(field: string, text: string): string {
  if (/^\+[1-9]\d{6,14}$/.test(text)) return text
  const message = `Give a phone number with + and country code, such as +15550100123, as ${field}.`
  throw new AppError('invalid', message, { fields: [{ field, message }] })
}

async function converse(call: PhoneCall): Promise<CallStatus> {
  const { number, problems } = call
  const overriding = [number.voice_application_sid, number.trunk_sid].find(
    (sid) => sid !== '' && sid !== null,
  )
  if (overriding !== undefined)
    problems.push({ code: 21218, message: `${overriding} overrides VoiceUrl and is not known here` })
  if (overriding !== undefined || number.voice_url === '') return apologise(call)
  if (call.world.account().type === 'Trial') call.heard.push(TRIAL)
  let flow: Flow = { kind: 'fetch', url: number.voice_url, method: number.voice_method, params: {} }
  while (flow.kind === 'fetch') {
    if (call.fetches++ === FETCHES_MAX) return apologise(call)
    const next = await fetchAndPerform(call, flow)
    if (next === undefined) return apologise(call)
    flow = next
  }
  if (flow.kind === 'over' && flow.status !== 'completed') return flow.status
  call.heard.push('[the call ends]')
  return 'completed'
}

/** The document at the address or, when that fails, the number's fallback. Undefined when both fail. */
async function fetchAndPerform(
  call: PhoneCall,
  { url, method, params }: Extract<Flow, { kind: 'fetch' }>,
): Promise<Flow | undefined> {
  const failed = await tryDocument(call, url, method, params)
  if ('kind' in failed) return failed
  const { voice_fallback_url: fallback, voice_fallback_method } = call.number
  if (fallback === '') return undefined
  const why = { ...params, ErrorCode: String(failed.code), ErrorUrl: url }
  const last = await tryDocument(call, fallback, voice_fallback_method, why)
  return 'kind' in last ? last : undefined
}

async function tryDocument(
  call: PhoneCall,
  url: string,
  method: 'GET' | 'POST',
  params: Readonly<Record<string, string>>,
): Promise<Flow | Problem> {
  const status = call.webhooks.length === 0 ? 'ringing' : 'in-progress'
  const all = { ...call.params, CallStatus: status, ...params }
  const deliveries = await deliver(call.world, 'voice', { url, method, params: all })
  call.webhooks.push(...deliveries)
  const [{ body = '', contentType = '', error }] = deliveries
  const fault = error ?? performBody(call, body, contentType, url)
  if ('code' in fault) call.problems.push(fault)
  return fault
}

function performBody(call: PhoneCall, body: string, contentType: string, url: string): Flow | Problem {
  if (contentType.startsWith('audio/')) {
    call.heard.push(`[plays ${url}]`)
    return { kind: 'next' }
  }
  const document = readTwiml(body, contentType, VOICE_VERBS)
  if ('code' in document) return document
  call.problems.push(...document.problems)
  return performVerbs(call, document.verbs, url)
}

/** What a caller hears when no document could be had. */
function apologise(call: PhoneCall): CallStatus {
  call.heard.push(APPLICATION_ERROR)
  call.seconds += 4
  return 'completed'
}

async function reportStatus(call: PhoneCall, status: CallStatus): Promise<readonly Delivery[]> {
  const { world, number, params } = call
  if (number.status_callback === '') return []
  const seconds = status === 'completed' ? Math.max(1, Math.round(call.seconds)) : 0
  return await deliver(world, 'status', {
    url: number.status_callback,
    method: number.status_callback_method,
    params: {
      ...params,
      CallStatus: status,
      CallDuration: String(seconds),
      // Minutes, as they are billed.
      Duration: String(Math.ceil(seconds / 60)),
      Timestamp: rfc2822(world.now() + seconds * 1000),
      CallbackSource: 'call-progress-events',
      SequenceNumber: '0',
    },
  })
}

function callParams(world: World, callSid: string, from: string, to: string): Record<string, string> {
  const isNorthAmerican = from.startsWith('+1') && from !== ANONYMOUS
  const place = isNorthAmerican
    ? { City: 'LOS ANGELES', State: 'CA', Zip: '90001', Country: 'US' }
    : { City: '', State: '', Zip: '', Country: '' }
  const tollFree = { City: '', State: '', Zip: '', Country: 'US' }
  return {
    AccountSid: world.accountSid,
    ApiVersion: '2010-04-01',
    CallSid: callSid,
    Direction: 'inbound',
    From: from,
    To: to,
    Caller: from,
    Called: to,
    ...prefixed('From', place),
    ...prefixed('Caller', place),
    ...prefixed('To', tollFree),
    ...prefixed('Called', tollFree),
    ...(isNorthAmerican ? { StirVerstat: 'TN-Validation-Passed-A' } : {}),
  }
}

function prefixed(prefix: string, place: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(place).map(([name, value]) => [prefix + name, value]))
}
