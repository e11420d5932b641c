import { endpoint, listing, matches, within } from '../api.ts'
import { malformed, missing, refuse } from '../errors.ts'
import { emit } from '../events.ts'
import { newPrice, newProduct, type Price, type Recurring } from '../objects/product.ts'
import { changed, mergeMetadata } from '../objects/shared.ts'
import {
  clearable,
  decimal,
  flag,
  integer,
  list,
  metadata,
  object,
  oneOf,
  type Read,
  range,
  required,
  text,
} from '../params.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import { getProduct } from './products.ts'

const interval = oneOf('day', 'week', 'month', 'year')
const usageType = oneOf('licensed', 'metered')
const fields = {
  active: flag(),
  metadata: metadata(),
  nickname: clearable(text()),
  transfer_lookup_key: flag(),
}

const creation = {
  ...fields,
  billing_scheme: oneOf('per_unit'),
  currency: required(text(3)),
  lookup_key: text(200),
  product: text(),
  product_data: object({ name: required(text()), metadata: metadata(), unit_label: text(12) }),
  recurring: object({
    interval: required(interval),
    interval_count: integer(1, 1095),
    meter: text(),
    usage_type: usageType,
  }),
  tax_behavior: oneOf('unspecified'),
  unit_amount: integer(0, 99_999_999),
  unit_amount_decimal: decimal(),
}

export const prices = [
  endpoint('POST', '/v1/prices', creation, (sandbox, params) => {
    const recurring = params.recurring === undefined ? null : readRecurring(sandbox, params.recurring)
    const price = newPrice(nowOf(sandbox), {
      active: params.active ?? true,
      currency: params.currency.toLowerCase(),
      lookup_key: claimLookupKey(sandbox, params.lookup_key, params.transfer_lookup_key),
      metadata: mergeMetadata({}, params.metadata),
      nickname: params.nickname ?? null,
      product: productOf(sandbox, params),
      recurring,
      ...amountOf(params),
    })
    sandbox.store.put('price', price)
    emit(sandbox, 'price.created', price)
    return price
  }),

  listing(
    '/v1/prices',
    'price',
    {
      active: flag(),
      created: range(),
      currency: text(3),
      lookup_keys: list(text(), 10),
      product: text(),
      recurring: object({ interval, meter: text(), usage_type: usageType }),
      type: oneOf('one_time', 'recurring'),
    },
    (sandbox, { active, created, currency, lookup_keys, product, recurring, type }) =>
      sandbox.store
        .all('price')
        .filter((one) => matches(one.active, active) && within(one.created, created))
        .filter((one) => matches(one.currency, currency) && matches(one.product, product))
        .filter((one) => matches(one.type, type) && recurs(one.recurring, recurring))
        .filter((one) => lookup_keys === undefined || lookup_keys.some((key) => key === one.lookup_key)),
  ),

  endpoint('GET', '/v1/prices/:id', {}, (sandbox, _params, { id }) => getPrice(sandbox, id)),

  endpoint('POST', '/v1/prices/:id', { ...fields, lookup_key: text(200) }, (sandbox, params, { id }) => {
    const old = getPrice(sandbox, id)
    const next: Price = {
      ...old,
      active: params.active ?? old.active,
      lookup_key:
        params.lookup_key === undefined || params.lookup_key === old.lookup_key
          ? old.lookup_key
          : claimLookupKey(sandbox, params.lookup_key, params.transfer_lookup_key),
      metadata: mergeMetadata(old.metadata, params.metadata),
      nickname: changed(params.nickname, old.nickname),
    }
    sandbox.store.put('price', next)
    emit(sandbox, 'price.updated', next, old)
    return next
  }),
]

/** Throws `resource_missing` when there is none. */
export function getPrice(sandbox: Sandbox, id: string, param = 'id'): Price {
  const found = sandbox.store.find('price', id)
  if (found === undefined) throw missing('price', id, param)
  return found
}

function readRecurring(sandbox: Sandbox, given: NonNullable<Read<typeof creation>['recurring']>): Recurring {
  const { interval, interval_count = 1, meter, usage_type = 'licensed' } = given
  if (usage_type === 'metered' && meter === undefined) {
    throw refuse('All metered prices must be backed by meters. Set `recurring[meter]`.', {
      param: 'recurring[meter]',
    })
  }
  if (usage_type === 'licensed' && meter !== undefined) {
    throw refuse('You cannot attach a meter to a price that is not metered.', { param: 'recurring[meter]' })
  }
  if (meter !== undefined && sandbox.store.find('meter', meter) === undefined) {
    throw missing('meter', meter, 'recurring[meter]')
  }
  return { interval, interval_count, meter: meter ?? null, trial_period_days: null, usage_type }
}

function amountOf({ unit_amount, unit_amount_decimal }: Read<typeof creation>) {
  if (unit_amount !== undefined && unit_amount_decimal !== undefined) {
    throw malformed('You may only specify one of these parameters: unit_amount, unit_amount_decimal.')
  }
  if (unit_amount === undefined && unit_amount_decimal === undefined) {
    const message = 'Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.'
    throw malformed(message, { code: 'parameter_missing', param: 'unit_amount' })
  }
  const written = unit_amount_decimal ?? String(unit_amount)
  const whole = Number(written)
  return { unit_amount: Number.isInteger(whole) ? whole : null, unit_amount_decimal: written }
}

function productOf(sandbox: Sandbox, { product, product_data }: Read<typeof creation>): string {
  if ((product === undefined) === (product_data === undefined)) {
    throw malformed('You must specify either `product` or `product_data` when creating a price.', {
      param: 'product',
    })
  }
  if (product !== undefined) return getProduct(sandbox, product, 'product').id
  const made = newProduct(nowOf(sandbox), {
    name: product_data?.name ?? '',
    active: true,
    description: null,
    metadata: mergeMetadata({}, product_data?.metadata),
    unit_label: product_data?.unit_label ?? null,
  })
  sandbox.store.put('product', made)
  emit(sandbox, 'product.created', made)
  return made.id
}

/** A lookup key belongs to one price; another takes it only when it says so. */
function claimLookupKey(sandbox: Sandbox, key: string | undefined, transfer = false): string | null {
  if (key === undefined) return null
  const owner = sandbox.store.all('price').find(({ lookup_key }) => lookup_key === key)
  if (owner === undefined) return key
  if (!transfer) {
    const message = `A price (\`${owner.id}\`) already uses that lookup key.`
    throw refuse(message, { param: 'lookup_key' })
  }
  sandbox.store.put('price', { ...owner, lookup_key: null })
  return key
}

function recurs(
  actual: Recurring | null,
  asked:
    | { interval?: string | undefined; meter?: string | undefined; usage_type?: string | undefined }
    | undefined,
): boolean {
  if (asked === undefined) return true
  if (actual === null) return false
  return (
    matches<string>(actual.interval, asked.interval) &&
    matches<string | null>(actual.meter, asked.meter) &&
    matches<string>(actual.usage_type, asked.usage_type)
  )
}
