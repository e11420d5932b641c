import { flagOf, type Params } from './api.ts'
import { TwilioError } from './errors.ts'
import type { NumberSettings } from './state.ts'

type Key = keyof NumberSettings
type Reader = (text: string, name: string) => string | boolean | null

const FRIENDLY_NAME_MAX = 64

/** The parameters of POST that set something, and how each is read. */
const SETTINGS: Readonly<Record<string, readonly [key: Key, read: Reader]>> = {
  FriendlyName: ['friendly_name', readFriendlyName],
  VoiceUrl: ['voice_url', readUrl],
  VoiceMethod: ['voice_method', readMethod],
  VoiceFallbackUrl: ['voice_fallback_url', readUrl],
  VoiceFallbackMethod: ['voice_fallback_method', readMethod],
  VoiceCallerIdLookup: ['voice_caller_id_lookup', flagOf],
  VoiceApplicationSid: ['voice_application_sid', (text) => text],
  VoiceReceiveMode: ['voice_receive_mode', (text) => text],
  SmsUrl: ['sms_url', readUrl],
  SmsMethod: ['sms_method', readMethod],
  SmsFallbackUrl: ['sms_fallback_url', readUrl],
  SmsFallbackMethod: ['sms_fallback_method', readMethod],
  SmsApplicationSid: ['sms_application_sid', (text) => text],
  StatusCallback: ['status_callback', readUrl],
  StatusCallbackMethod: ['status_callback_method', readMethod],
  TrunkSid: ['trunk_sid', readSid],
  AddressSid: ['address_sid', readSid],
  IdentitySid: ['identity_sid', readSid],
  BundleSid: ['bundle_sid', readSid],
  EmergencyStatus: ['emergency_status', (text) => (text === 'Inactive' ? 'Inactive' : 'Active')],
  EmergencyAddressSid: ['emergency_address_sid', readSid],
}

export const SETTING_PARAMETERS = Object.keys(SETTINGS)

/** What a number has when nobody set anything. */
export function defaultSettings(friendlyName: string): NumberSettings {
  return {
    friendly_name: friendlyName,
    voice_url: '',
    voice_method: 'POST',
    voice_fallback_url: '',
    voice_fallback_method: 'POST',
    voice_caller_id_lookup: false,
    voice_application_sid: '',
    voice_receive_mode: 'voice',
    sms_url: '',
    sms_method: 'POST',
    sms_fallback_url: '',
    sms_fallback_method: 'POST',
    sms_application_sid: '',
    status_callback: '',
    status_callback_method: 'POST',
    trunk_sid: null,
    address_sid: null,
    identity_sid: null,
    bundle_sid: null,
    emergency_status: 'Active',
    emergency_address_sid: null,
  }
}

/** The settings after a request: those it names are replaced. Throws TwilioError for the first that is wrong. */
export function applySettings(before: NumberSettings, params: Params): NumberSettings {
  const changes = Object.entries(SETTINGS).flatMap(([name, [key, read]]) => {
    const text = params.get(name)
    return text === undefined ? [] : [[key, read(text, name)]]
  })
  const after = { ...before, ...(Object.fromEntries(changes) as Partial<NumberSettings>) } // read by the readers of their keys
  if (after.voice_fallback_url !== '' && after.voice_url === '') throw new TwilioError(21405)
  if (after.sms_fallback_url !== '' && after.sms_url === '') throw new TwilioError(21406)
  return after
}

function readFriendlyName(text: string): string {
  if (text.length <= FRIENDLY_NAME_MAX) return text
  throw new TwilioError(20001, `FriendlyName is longer than ${FRIENDLY_NAME_MAX} characters`)
}

function readUrl(text: string, name: string): string {
  if (text === '') return ''
  if (/^https?:\/\/[^/]/i.test(text) && URL.canParse(text)) return text
  throw new TwilioError(21402, `${name} is not a valid URL: ${text}`)
}

function readMethod(text: string, name: string): string {
  const method = text.toUpperCase()
  if (method === 'GET' || method === 'POST') return method
  throw new TwilioError(21403, `${name} must be GET or POST`)
}

function readSid(text: string): string | null {
  return text === '' ? null : text
}
