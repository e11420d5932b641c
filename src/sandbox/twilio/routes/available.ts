import { type ApiRequest, type ApiRoute, flagOf } from '../api.ts'
import { notFound, TwilioError } from '../errors.ts'
import { searchStock } from '../numbers.ts'
import { PAGING } from '../paging.ts'
import { displayName, matcherOf } from '../stock.ts'
import type { World } from '../world.ts'

const BASE = '/2010-04-01/Accounts/:account/AvailablePhoneNumbers'
const COUNTRIES: Readonly<Record<string, string>> = { US: 'United States', CA: 'Canada' }
const LIMIT_DEFAULT = 50
const LIMIT_MAX = 1000

/** Filters that Twilio has for numbers with a place; toll-free ones have none, so they filter nothing. */
const PLACES = [
  ...['NearNumber', 'NearLatLong', 'Distance', 'InPostalCode', 'InRegion', 'InRateCenter', 'InLata'],
  'InLocality',
]
const ADDRESSES = [
  'ExcludeAllAddressRequired',
  'ExcludeLocalAddressRequired',
  'ExcludeForeignAddressRequired',
]

/** Numbers that could be bought. A snapshot: nothing is reserved by looking. */
export function availableRoutes(world: World): readonly ApiRoute[] {
  return [
    {
      method: 'GET',
      path: `${BASE}/:country`,
      operation: 'search',
      parameters: [],
      handle: (request) => ({ status: 200, body: countryJson(world, request) }),
    },
    {
      method: 'GET',
      path: `${BASE}/:country/TollFree.json`,
      operation: 'search',
      parameters: [
        ...['AreaCode', 'Contains', 'SmsEnabled', 'MmsEnabled', 'VoiceEnabled', 'FaxEnabled', 'Beta'],
        ...ADDRESSES,
        ...PLACES,
        ...PAGING,
      ],
      handle: (request) => ({ status: 200, body: search(world, request) }),
    },
  ]
}

function search(world: World, request: ApiRequest): unknown {
  const country = countryOf(request)
  const { params } = request
  const areaCode = params.get('AreaCode')
  if (areaCode !== undefined && !/^\d{3}$/.test(areaCode))
    throw new TwilioError(20001, `AreaCode must be three digits: ${areaCode}`)
  const contains = params.get('Contains')
  if (contains !== undefined && !/^[0-9A-Za-z*+]{2,16}$/.test(contains))
    throw new TwilioError(20001, 'Contains must be 2 to 16 digits, letters or *')
  // No toll-free number can fax.
  const isNone =
    flagOf(params.get('FaxEnabled') ?? 'false') || world.faults.take('stockEmpty', 'search') !== undefined
  const numbers = isNone
    ? []
    : searchStock(world, {
        areaCode,
        matches: contains === undefined ? () => true : matcherOf(contains),
        limit: limitOf(request),
      })
  return {
    available_phone_numbers: numbers.map((number) => availableJson(number, country)),
    uri: request.target,
  }
}

function limitOf({ params }: ApiRequest): number {
  const size = Number(params.get('PageSize') ?? LIMIT_DEFAULT)
  if (Number.isInteger(size) && size > 0) return Math.min(size, LIMIT_MAX)
  throw new TwilioError(20001, 'PageSize must be a number from 1 to 1000')
}

function availableJson(phoneNumber: string, country: string): Record<string, unknown> {
  return {
    friendly_name: displayName(phoneNumber),
    phone_number: phoneNumber,
    lata: null,
    locality: null,
    rate_center: null,
    latitude: null,
    longitude: null,
    region: null,
    postal_code: null,
    iso_country: country,
    address_requirements: 'none',
    beta: false,
    // Upper case here and lower case on owned numbers, as live answers have been seen to be.
    capabilities: { voice: true, SMS: true, MMS: true, fax: false },
  }
}

function countryJson(world: World, request: ApiRequest): unknown {
  const code = countryOf(request)
  const uri = `/2010-04-01/Accounts/${world.accountSid}/AvailablePhoneNumbers/${code}`
  return {
    country_code: code,
    country: COUNTRIES[code],
    uri: `${uri}.json`,
    beta: false,
    subresource_uris: { toll_free: `${uri}/TollFree.json` },
  }
}

function countryOf(request: ApiRequest): string {
  const code = request.segment('country')
  if (Object.hasOwn(COUNTRIES, code)) return code
  throw notFound(request.path)
}
