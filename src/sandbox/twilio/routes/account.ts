import { type ApiRoute, rfc2822 } from '../api.ts'
import type { World } from '../world.ts'

/** The account itself. */
export function accountRoutes(world: World): readonly ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/2010-04-01/Accounts/:account',
      operation: 'account',
      parameters: [],
      handle: () => ({ status: 200, body: accountJson(world) }),
    },
  ]
}

function accountJson(world: World): Record<string, unknown> {
  const { status, type, created_at } = world.account()
  const uri = `/2010-04-01/Accounts/${world.accountSid}`
  return {
    sid: world.accountSid,
    auth_token: world.authToken,
    owner_account_sid: world.accountSid,
    friendly_name: 'xSwarm sandbox',
    status,
    type,
    date_created: rfc2822(created_at),
    date_updated: rfc2822(created_at),
    subresource_uris: {
      available_phone_numbers: `${uri}/AvailablePhoneNumbers.json`,
      incoming_phone_numbers: `${uri}/IncomingPhoneNumbers.json`,
    },
    uri: `${uri}.json`,
  }
}
