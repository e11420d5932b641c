import type { SmsStatus } from '../domain/numbers.ts'
import {
  type NumberUrls,
  type OwnedNumber,
  type Telephony,
  TelephonyError,
  type TelephonyFailure,
} from '../domain/telephony.ts'

export interface TwilioOptions {
  readonly accountSid: string
  readonly authToken: string
  /** Another address for every product, as the sandbox has one. */
  readonly apiBase?: string | undefined
  /** Where toll-free numbers are bought. */
  readonly country: string
  /** For one answer [10,000]. */
  readonly timeoutMs?: number
}

interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly product?: 'api' | 'messaging'
  /** With its query. */
  readonly path: string
  readonly form?: Readonly<Record<string, string>>
}

type Json = Readonly<Record<string, unknown>>
const PAGE_SIZE = 1000
/** A million numbers: rather stop than turn in circles. */
const PAGES_MAX = 1000

/**
 * Twilio's REST API over fetch. The official SDK would bring axios along for these few calls; the tests hold our sandbox
 * against it instead.
 */
export function createTwilio(options: TwilioOptions): Telephony {
  const send = createSend(options)
  const account = `/2010-04-01/Accounts/${options.accountSid}`
  const numbers = `${account}/IncomingPhoneNumbers`
  const available = `${account}/AvailablePhoneNumbers/${options.country}/TollFree.json`
  return {
    async search(limit) {
      const query = new URLSearchParams({
        VoiceEnabled: 'true',
        SmsEnabled: 'true',
        ExcludeAllAddressRequired: 'true',
        PageSize: String(limit),
      })
      const answer = await send({ method: 'GET', path: `${available}?${query}` })
      return listIn(answer, 'available_phone_numbers').map(({ phone_number }) => String(phone_number))
    },
    async buy({ e164, tag, urls }) {
      const form = { PhoneNumber: e164, FriendlyName: tag, ...urlFields(urls) }
      return toOwned(await send({ method: 'POST', path: `${numbers}/TollFree.json`, form }))
    },
    async find(e164) {
      const query = new URLSearchParams({ PhoneNumber: e164, PageSize: '50' })
      const answer = await send({ method: 'GET', path: `${numbers}.json?${query}` })
      // The filter also matches parts of numbers.
      return listIn(answer, 'incoming_phone_numbers')
        .map(toOwned)
        .find((number) => number.e164 === e164)
    },
    async list() {
      const found: OwnedNumber[] = []
      let path: string | undefined = `${numbers}.json?PageSize=${PAGE_SIZE}`
      for (let page = 0; page < PAGES_MAX && path !== undefined; page++) {
        const answer: Json = await send({ method: 'GET', path })
        found.push(...listIn(answer, 'incoming_phone_numbers').map(toOwned))
        path = typeof answer.next_page_uri === 'string' ? answer.next_page_uri : undefined
      }
      if (path !== undefined) throw unreadable()
      return found
    },
    async configure(sid, urls) {
      return toOwned(await send({ method: 'POST', path: `${numbers}/${sid}.json`, form: urlFields(urls) }))
    },
    async release(sid) {
      try {
        await send({ method: 'DELETE', path: `${numbers}/${sid}.json` })
        return true
      } catch (error) {
        if (error instanceof TelephonyError && error.failure === 'not-found') return false
        throw error
      }
    },
    smsStatuses: () => readSmsStatuses(send),
    async account() {
      const { status, type } = await send({ method: 'GET', path: `${account}.json` })
      return { status: String(status), type: String(type) }
    },
  }
}

type Send = (call: Call) => Promise<Json>

const BASES = { api: 'https://api.twilio.com', messaging: 'https://messaging.twilio.com' } as const

function createSend({ accountSid, authToken, apiBase, timeoutMs = 10_000 }: TwilioOptions): Send {
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`
  return async ({ method, product = 'api', path, form }) => {
    // Naming Twilio's own address changes nothing: each product keeps its host.
    const base = apiBase === undefined || apiBase === BASES.api ? BASES[product] : apiBase
    const url = `${base.replace(/\/+$/, '')}${path}`
    let response: Response
    let text: string
    try {
      response = await fetch(url, {
        method,
        headers: { Authorization: authorization, Accept: 'application/json' },
        ...(form !== undefined && { body: new URLSearchParams(form) }),
        // A redirect would carry the credentials elsewhere.
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      text = await response.text()
    } catch (cause) {
      throw wasNeverSent(cause)
        ? new TelephonyError('unreachable', 'Twilio cannot be reached.', { cause, retryAfterSeconds: 5 })
        : new TelephonyError('unknown', "Twilio's answer was lost on the way.", { cause })
    }
    if (response.status === 204) return {}
    const body = parse(text)
    if (response.ok && body !== undefined) return body
    throw refusalOf(response, body)
  }
}

/** Failures before a connection stood. Everything later may have reached Twilio. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

function wasNeverSent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  const errors = cause instanceof AggregateError ? cause.errors : [cause]
  return errors.every((one) => one instanceof Error && 'code' in one && NEVER_SENT.has(String(one.code)))
}

/** https://www.twilio.com/docs/api/errors. What is not here says nothing certain, so it counts as unknown. */
const FAILURES: Readonly<Record<number, TelephonyFailure>> = {
  20001: 'refused',
  20003: 'account',
  20005: 'account',
  20404: 'not-found',
  20429: 'busy',
  21402: 'refused',
  21403: 'refused',
  21404: 'refused',
  21405: 'refused',
  21406: 'refused',
  21421: 'refused',
  21422: 'gone',
  21451: 'refused',
  21452: 'no-stock',
  // An address or a bundle is asked for: then another number, which asks for none.
  21613: 'gone',
  21631: 'gone',
  21649: 'refused',
}
const FAILURE_OF_STATUS: Readonly<Record<number, TelephonyFailure>> = {
  401: 'account',
  404: 'not-found',
  429: 'busy',
}

const MESSAGES: Readonly<Record<TelephonyFailure, string>> = {
  gone: 'This number cannot be bought any more.',
  'no-stock': 'Twilio has no toll-free number for sale now.',
  refused: 'Twilio refuses the request, and would again.',
  'not-found': 'Twilio knows no such thing, or not yet.',
  busy: 'Twilio asks for patience.',
  unreachable: 'Twilio cannot be reached.',
  unknown: 'Twilio failed without saying whether anything was done.',
  account: 'Twilio refuses the account. Check twilio.account_sid, TWILIO_AUTH_TOKEN and the account itself.',
}

function refusalOf(response: Response, body: Json | undefined): TelephonyError {
  const code = typeof body?.code === 'number' ? body.code : undefined
  const failure =
    response.status >= 500
      ? 'unknown'
      : ((code === undefined ? undefined : FAILURES[code]) ?? FAILURE_OF_STATUS[response.status] ?? 'unknown')
  const said = code === undefined ? `HTTP ${response.status}` : `code ${code}`
  return new TelephonyError(failure, `${MESSAGES[failure]} (Twilio: ${said})`, {
    vendorCode: code,
    ...retryAfter(failure, response.headers.get('retry-after')),
  })
}

function retryAfter(
  failure: TelephonyFailure,
  header: string | null,
): { readonly retryAfterSeconds?: number } {
  const asked = Number(header)
  if (header !== null && asked > 0) return { retryAfterSeconds: Math.min(asked, 3600) }
  const pauses: Partial<Record<TelephonyFailure, number>> = { account: 300, 'no-stock': 60, unreachable: 5 }
  const seconds = pauses[failure]
  return seconds === undefined ? {} : { retryAfterSeconds: seconds }
}

function parse(text: string): Json | undefined {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? { ...body } : undefined
  } catch (error) {
    // A page of HTML from a gateway.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function urlFields(urls: NumberUrls): Record<string, string> {
  return {
    VoiceUrl: urls.voice,
    VoiceMethod: 'POST',
    VoiceFallbackUrl: urls.voice_fallback,
    VoiceFallbackMethod: 'GET',
    SmsUrl: urls.sms,
    SmsMethod: 'POST',
    SmsFallbackUrl: urls.sms_fallback,
    SmsFallbackMethod: 'POST',
    StatusCallback: urls.status,
    StatusCallbackMethod: 'POST',
  }
}

function listIn(answer: Json, key: string): Json[] {
  const list = answer[key]
  if (!Array.isArray(list)) throw unreadable()
  return list
}

function unreadable(): TelephonyError {
  return new TelephonyError('unknown', "Twilio's answer cannot be read.")
}

function toOwned(json: Json): OwnedNumber {
  const text = (key: string) => (typeof json[key] === 'string' ? json[key] : '')
  if (!/^PN[0-9a-fA-F]{32}$/.test(text('sid'))) throw unreadable()
  return {
    sid: text('sid'),
    e164: text('phone_number'),
    name: text('friendly_name'),
    voice_url: text('voice_url'),
    sms_url: text('sms_url'),
    status_url: text('status_callback'),
    voice_fallback_url: text('voice_fallback_url'),
    created_at: Date.parse(text('date_created')) || 0,
  }
}

const SMS_STATUS: Readonly<Record<string, SmsStatus>> = {
  PENDING_REVIEW: 'pending',
  IN_REVIEW: 'pending',
  TWILIO_APPROVED: 'active',
  TWILIO_REJECTED: 'rejected',
}

/** The newest verification of a number counts; Twilio lists the newest first. */
async function readSmsStatuses(send: Send): Promise<ReadonlyMap<string, SmsStatus>> {
  const statuses = new Map<string, SmsStatus>()
  let path: string | undefined = `/v1/Tollfree/Verifications?PageSize=${PAGE_SIZE}`
  for (let page = 0; page < PAGES_MAX && path !== undefined; page++) {
    const answer: Json = await send({ method: 'GET', product: 'messaging', path })
    for (const { tollfree_phone_number_sid: sid, status } of listIn(answer, 'verifications')) {
      const known = SMS_STATUS[String(status)]
      if (typeof sid === 'string' && known !== undefined && !statuses.has(sid)) statuses.set(sid, known)
    }
    path = nextOf(answer)
  }
  return statuses
}

/** Newer products link with the whole address; only its path is followed, so that nothing leads elsewhere. */
function nextOf({ meta }: Json): string | undefined {
  if (typeof meta !== 'object' || meta === null || !('next_page_url' in meta)) return undefined
  if (typeof meta.next_page_url !== 'string') return undefined
  const { pathname, search } = new URL(meta.next_page_url)
  return pathname + search
}
