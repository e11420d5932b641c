import type { App } from '../domain/app.ts'
import { answerTo } from '../domain/call-answers.ts'
import { AppError } from '../domain/errors.ts'
import { isConfigured } from '../domain/number-audit.ts'
import type { LedgerNumber } from '../domain/numbers.ts'
import { type OwnedNumber, urlsOf } from '../domain/telephony.ts'
import { failed, passed, pending, type UserCheck } from '../domain/user-checks.ts'
import type { User } from '../domain/users.ts'

type Parts = Pick<App, 'config' | 'personas' | 'users' | 'numbers' | 'telephony'>

/**
 * Checks the number of a user from end to end without changing anything: in the ledger, at Twilio, its webhooks pointing at
 * us, and what a call from the user's own phone would say. Nothing for somebody who has none. Throws only what the database
 * throws when it is away.
 */
export async function checkNumber(app: Parts, email: string): Promise<readonly UserCheck[]> {
  const user = await app.users.findByEmail(email)
  if (user === undefined || user.xswarm_phone === null) return []
  const number = await app.numbers.findByE164(user.xswarm_phone)
  if (number?.state !== 'active' || number.user_id !== user.id)
    return [failed('ledger', 'The ledger does not have this number as theirs. See: xswarm audit')]
  return [
    passed('ledger', `${number.state}, ${number.origin}, texts: ${number.sms_status}.`),
    ...(await checkAtTwilio(app, number)),
    await checkAnswer(app, user, user.xswarm_phone),
  ]
}

async function checkAtTwilio(app: Parts, number: LedgerNumber): Promise<UserCheck[]> {
  const { telephony, config } = app
  if (telephony === undefined)
    return [pending('at Twilio', 'There is no Twilio account here to ask; xswarm dev brings one.')]
  try {
    const found = await telephony.find(number.e164 ?? '')
    if (found === undefined) return [failed('at Twilio', 'The account does not own it. See: xswarm audit')]
    return [describe(found, number), checkWebhooks(found, config)]
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return [failed('at Twilio', error.message)]
  }
}

function describe(found: OwnedNumber, { tag }: LedgerNumber): UserCheck {
  if (found.name === tag) return passed('at Twilio', `${found.sid}, tagged ${found.name}.`)
  return passed('at Twilio', `${found.sid}, under a name that is not ours: it was set by hand.`)
}

function checkWebhooks(found: OwnedNumber, config: Parts['config']): UserCheck {
  const urls = urlsOf(config.server.public_url, config.twilio.fallback_url)
  if (isConfigured(found, urls)) return passed('webhooks', `They point at ${config.server.public_url}.`)
  return failed(
    'webhooks',
    `They do not point at ${config.server.public_url}. Put it right: xswarm audit --repair`,
  )
}

/** The same computation as for a real call, from the phone that the owner gave. */
async function checkAnswer(app: Parts, user: User, to: string): Promise<UserCheck> {
  const route = await app.numbers.findRoute(to)
  const from = user.phone ?? '+15550100000'
  const twiml = answerTo(route, { from, sid: 'CA-simulated' }, app.config, app.personas)
  const heard = [...twiml.matchAll(/<Say[^>]*>([^<]*)<\/Say>/g)].map(([, text]) => text)
  const connected = twiml.includes('<Stream') ? ' Then the assistant.' : ''
  return heard.length === 0
    ? failed('simulated call', 'Nothing would be heard.')
    : passed('simulated call', `“${heard.join(' ')}”${connected}`)
}
