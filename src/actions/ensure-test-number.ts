import type { App } from '../domain/app.ts'
import { tagOf } from '../domain/numbers.ts'
import { urlsOf } from '../domain/telephony.ts'

/**
 * Lets the number of `[test_user]` exist in the sandbox, as if it had been bought for the test user: then it can be called,
 * and goes the same ways as everybody's. A number that is there already is left alone, and so is a test user without one.
 * For the sandbox only: anywhere else it would try to buy. Throws TelephonyError.
 */
export async function ensureTestNumber(
  app: Pick<App, 'config' | 'database' | 'numbers' | 'telephony'>,
  userId: string,
): Promise<void> {
  const { numbers, telephony, config, database } = app
  const number = await numbers.findLive(userId)
  if (telephony === undefined || number?.state !== 'active' || number.e164 === null) return
  const tag = tagOf(number.id, config)
  const urls = urlsOf(config.server.public_url, config.twilio.fallback_url)
  // Buying what is there already is an update, so another port than last time is put right as well.
  const { sid } = await telephony.buy({ e164: number.e164, tag, urls })
  await database.write({ statements: [numbers.claimAdopted(number.id, sid, tag)] })
}
