import type { Params } from './api.ts'
import { TwilioError } from './errors.ts'
import type { Operation } from './misbehaviour.ts'
import { applySettings, defaultSettings } from './number-settings.ts'
import type { OwnedNumber } from './state.ts'
import { displayName, isStock, stockOf } from './stock.ts'
import type { World } from './world.ts'

/** What a search may ask for. */
export interface StockQuery {
  readonly areaCode: string | undefined
  readonly matches: (phoneNumber: string) => boolean
  readonly limit: number
}

/** Numbers that can be bought now. Nothing is reserved by looking. */
export function searchStock(world: World, { areaCode, matches, limit }: StockQuery): readonly string[] {
  const taken = takenNumbers(world)
  const found: string[] = []
  for (const phoneNumber of stockOf(areaCode)) {
    if (found.length === limit) break
    if (!taken.has(phoneNumber) && matches(phoneNumber)) found.push(phoneNumber)
  }
  return found
}

/**
 * Buys, and configures in the same step. A number that is owned already is not bought again: the request then acts
 * as an update. Throws TwilioError 21421, 21422, 21451, 21452 and 21404.
 */
export function buyNumber(world: World, params: Params): OwnedNumber {
  const wanted = params.get('PhoneNumber')
  const areaCode = params.get('AreaCode')
  const owned = wanted === undefined ? undefined : findByPhone(world, wanted)
  if (owned !== undefined) return updateNumber(world, owned, params)
  if (wanted === undefined && areaCode === undefined)
    throw new TwilioError(21421, 'PhoneNumber or AreaCode is required')
  const phoneNumber = wanted === undefined ? pickInArea(world, areaCode ?? '') : claim(world, wanted)
  if (world.account().type === 'Trial' && world.store.list('number').length > 0) throw new TwilioError(21404)
  const now = world.now()
  const number: OwnedNumber = {
    sid: world.sid('PN'),
    phone_number: phoneNumber,
    ordinal: world.nextOrdinal(),
    created_at: now,
    updated_at: now,
    ...applySettings(defaultSettings(displayName(phoneNumber)), params),
  }
  world.store.put('number', number.sid, number)
  return number
}

export function updateNumber(world: World, number: OwnedNumber, params: Params): OwnedNumber {
  const after = { ...number, ...applySettings(number, params), updated_at: world.now() }
  world.store.put('number', number.sid, after)
  return after
}

/** Gives a number back. It is not for sale again while the sandbox lives, as at Twilio for months. */
export function releaseNumber(world: World, number: OwnedNumber): void {
  world.store.remove('number', number.sid)
  world.store.put('released', number.sid, { number, released_at: world.now() })
  for (const verification of world.store.list('verification'))
    if (verification.phone_number === number.phone_number)
      world.store.remove('verification', verification.sid)
}

/** The number by its SID as writes see it: at once. */
export function findNumber(world: World, sid: string): OwnedNumber | undefined {
  return world.store.get('number', sid)
}

/** By its E.164 number. */
export function findByPhone(world: World, phoneNumber: string): OwnedNumber | undefined {
  return world.store.list('number').find((number) => number.phone_number === phoneNumber)
}

/** What a read sees: with a lag, what was bought is missing for a while and what was released is still there. */
export function readableNumbers(world: World, operation: Operation): readonly OwnedNumber[] {
  const lag = world.faults.take('readLag', operation)?.ms ?? 0
  const horizon = world.now() - lag
  const owned = world.store.list('number').filter((number) => lag === 0 || number.created_at <= horizon)
  const ghosts = world.store
    .list('released')
    .filter(({ released_at, number }) => lag > 0 && released_at > horizon && number.created_at <= horizon)
  return [...owned, ...ghosts.map(({ number }) => number)]
}

function takenNumbers(world: World): ReadonlySet<string> {
  return new Set([
    ...world.store.list('number').map((number) => number.phone_number),
    ...world.store.list('released').map(({ number }) => number.phone_number),
    ...world.store.ids('stolen'),
  ])
}

function claim(world: World, phoneNumber: string): string {
  if (!/^\+[1-9]\d{6,14}$/.test(phoneNumber))
    throw new TwilioError(21421, `PhoneNumber is invalid: ${phoneNumber}`)
  const isThere =
    isStock(phoneNumber) &&
    !takenNumbers(world).has(phoneNumber) &&
    world.faults.take('stockEmpty', 'buy') === undefined
  if (isThere && world.faults.take('stolen', 'buy') === undefined) return phoneNumber
  if (isThere) world.store.put('stolen', phoneNumber, { at: world.now() })
  throw new TwilioError(21422, `${phoneNumber} is not available`)
}

function pickInArea(world: World, areaCode: string): string {
  if (!/^[2-9]\d{2}$/.test(areaCode)) throw new TwilioError(21451, `Invalid area code: ${areaCode}`)
  const [found] = searchStock(world, { areaCode, matches: () => true, limit: 1 })
  if (found !== undefined && world.faults.take('stockEmpty', 'buy') === undefined) return found
  throw new TwilioError(21452, `No phone numbers found in area code ${areaCode}`)
}
