import type { LoadedConfig } from '../config/load.ts'
import { AppError } from '../domain/errors.ts'
import { isConfigured } from '../domain/number-audit.ts'
import { idInTag } from '../domain/numbers.ts'
import type { ProjectConfig } from '../domain/project.ts'
import { type Telephony, urlsOf } from '../domain/telephony.ts'
import type { Check } from './examination.ts'

/** How the Twilio account fits the config. Nothing where calls and texts are switched off. */
export async function checkTwilio({ config, secrets }: LoadedConfig, offline: boolean): Promise<Check[]> {
  const { features, twilio, environment } = config
  if (!features.voice_enabled && !features.sms_enabled) return []
  const isDevelopment = environment === 'development'
  if (isDevelopment && secrets.TWILIO_AUTH_TOKEN === undefined)
    return [ok('no token, and none is needed: xswarm dev brings a sandbox')]
  const found = [...checkAccountSid(config), ...checkPublicUrl(config), ...checkAssistant(config)]
  const { account_sid: accountSid, api_base: apiBase, toll_free_country: country } = twilio
  const { splitRotated } = await import('../config/secrets.ts')
  const [authToken] = splitRotated(secrets.TWILIO_AUTH_TOKEN)
  // Elsewhere a missing token is told with the other secrets.
  if (accountSid === undefined || authToken === undefined) return found
  if (offline) return [...found, ok('not asked because of --offline')]
  const { createTwilio } = await import('../adapters/twilio.ts')
  return [...found, ...(await askTwilio(config, createTwilio({ accountSid, authToken, apiBase, country })))]
}

function checkAccountSid({ twilio }: ProjectConfig): Check[] {
  if (twilio.account_sid === undefined)
    return [
      fail('twilio.account_sid is missing, so no number can be bought', 'copy it from the Twilio console'),
    ]
  if (/^AC[0-9a-f]{32}$/.test(twilio.account_sid)) return []
  return [
    warn(
      'twilio.account_sid is not 34 characters long, as Twilio makes them',
      'copy it from the Twilio console',
    ),
  ]
}

function checkPublicUrl({ server, environment }: ProjectConfig): Check[] {
  const { hostname, protocol } = new URL(server.public_url)
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
  if (environment === 'development' || (!isLocal && protocol === 'https:')) return []
  return [
    fail(
      `Twilio cannot reach ${server.public_url}, so no call is answered`,
      'set server.public_url to the https address people use',
    ),
  ]
}

function checkAssistant({ assistant, features }: ProjectConfig): Check[] {
  return [
    ...(features.voice_enabled && assistant.stream_url === undefined
      ? [
          warn(
            'without assistant.stream_url callers hear the greeting and nothing else',
            'set it when there is one',
          ),
        ]
      : []),
    ...(features.sms_enabled && assistant.sms_url === undefined
      ? [
          warn(
            'without assistant.sms_url texts are stored and handed on to nobody',
            'set it when there is one',
          ),
        ]
      : []),
  ]
}

/** Only reads. */
async function askTwilio(config: ProjectConfig, telephony: Telephony): Promise<Check[]> {
  try {
    const { status, type } = await telephony.account()
    const ours = (await telephony.list()).filter(({ name }) => idInTag(name, config) !== undefined)
    const urls = urlsOf(config.server.public_url, config.twilio.fallback_url)
    const astray = ours.filter((number) => !isConfigured(number, urls)).length
    return [
      status === 'active'
        ? ok(`the account answers, ${status}`)
        : fail(`the account is ${status}`, 'ask Twilio why'),
      ...(type === 'Trial' ? [warn('a trial account can have one number only', 'upgrade it')] : []),
      astray === 0
        ? ok(`${ours.length} numbers carry our tag, and all point at us`)
        : warn(`${astray} of ${ours.length} numbers do not point at us`, 'xswarm audit --repair'),
    ]
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return [fail(error.message, 'check twilio.account_sid and TWILIO_AUTH_TOKEN')]
  }
}

function ok(message: string): Check {
  return { name: 'twilio', state: 'ok', message }
}

function warn(message: string, fix: string): Check {
  return { name: 'twilio', state: 'warn', message, fix }
}

function fail(message: string, fix: string): Check {
  return { name: 'twilio', state: 'FAIL', message, fix }
}
