import type { ApiRequest, ApiRoute, Params } from '../api.ts'
import { notFound } from '../errors.ts'
import { numberJson } from '../number-json.ts'
import { SETTING_PARAMETERS } from '../number-settings.ts'
import { buyNumber, findNumber, readableNumbers, releaseNumber, updateNumber } from '../numbers.ts'
import { classicList, PAGING, pageOf } from '../paging.ts'
import type { OwnedNumber } from '../state.ts'
import { matcherOf } from '../stock.ts'
import type { World } from '../world.ts'

const BASE = '/2010-04-01/Accounts/:account/IncomingPhoneNumbers'
const FILTERS = ['PhoneNumber', 'FriendlyName', 'Beta', 'Origin', ...PAGING]

/** Numbers the account owns: buy, list, read, configure, release. */
export function incomingRoutes(world: World): readonly ApiRoute[] {
  const show = (number: OwnedNumber) => numberJson(number, world.accountSid)
  const buy = ({ params }: ApiRequest) => ({ status: 201, body: show(buyNumber(world, params)) })
  const list = (numbers: readonly OwnedNumber[], request: ApiRequest) => ({
    status: 200,
    body: classicList('incoming_phone_numbers', pageOf(numbers, request), request, show),
  })
  const all = (request: ApiRequest) => {
    const numbers = readableNumbers(world, 'list').filter(filterOf(request.params))
    return list(numbers, request)
  }
  const owned = (request: ApiRequest): OwnedNumber => {
    const number = findNumber(world, request.segment('sid'))
    if (number === undefined) throw notFound(request.path)
    return number
  }
  const parameters = ['AccountSid', 'ApiVersion', ...SETTING_PARAMETERS]
  return [
    { method: 'GET', path: `${BASE}.json`, operation: 'list', parameters: FILTERS, handle: all },
    {
      method: 'POST',
      path: `${BASE}.json`,
      operation: 'buy',
      parameters: ['PhoneNumber', 'AreaCode', ...parameters],
      handle: buy,
    },
    { method: 'GET', path: `${BASE}/TollFree.json`, operation: 'list', parameters: FILTERS, handle: all },
    {
      method: 'POST',
      path: `${BASE}/TollFree.json`,
      operation: 'buy',
      parameters: ['PhoneNumber', ...parameters],
      handle: buy,
    },
    // Nothing but toll-free numbers is sold here, so the account's other lists are empty.
    ...['Local', 'Mobile'].map((kind): ApiRoute => {
      const handle = (request: ApiRequest) => list([], request)
      return { method: 'GET', path: `${BASE}/${kind}.json`, operation: 'list', parameters: FILTERS, handle }
    }),
    {
      method: 'GET',
      path: `${BASE}/:sid`,
      operation: 'read',
      parameters: [],
      handle(request) {
        const sid = request.segment('sid')
        const number = readableNumbers(world, 'read').find((one) => one.sid === sid)
        if (number === undefined) throw notFound(request.path)
        return { status: 200, body: show(number) }
      },
    },
    {
      method: 'POST',
      path: `${BASE}/:sid`,
      operation: 'configure',
      parameters,
      handle: (request) => ({
        status: 200,
        body: show(updateNumber(world, owned(request), request.params)),
      }),
    },
    {
      method: 'DELETE',
      path: `${BASE}/:sid`,
      operation: 'release',
      parameters: [],
      handle(request) {
        releaseNumber(world, owned(request))
        return { status: 204 }
      },
    },
  ]
}

/** `PhoneNumber` may be a part or hold `*`; `FriendlyName` is exact. Everything here is bought from Twilio and past beta. */
function filterOf(params: Params): (number: OwnedNumber) => boolean {
  const phone = params.get('PhoneNumber')
  const matches = phone === undefined ? () => true : matcherOf(phone)
  const name = params.get('FriendlyName')
  const isNone = params.get('Origin') === 'hosted'
  return (number) =>
    !isNone && matches(number.phone_number) && (name === undefined || number.friendly_name === name)
}
