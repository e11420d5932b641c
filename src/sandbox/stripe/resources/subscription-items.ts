import { endpoint, listing } from '../api.ts'
import { changeItems, type ItemChange } from '../engine/change-items.ts'
import { getSubscription } from '../engine/subscriptions.ts'
import { missing } from '../errors.ts'
import type { Subscription } from '../objects/subscription.ts'
import type { SubscriptionItem } from '../objects/subscription-item.ts'
import { integer, type Metadata, metadata, oneOf, required, text } from '../params.ts'
import type { Sandbox } from '../sandbox.ts'
import { checkQuantity, prorationBehavior, recurringPrice } from './subscription-params.ts'

const fields = {
  metadata: metadata(),
  payment_behavior: oneOf('allow_incomplete', 'error_if_incomplete'),
  price: text(),
  proration_behavior: prorationBehavior,
  proration_date: integer(0),
  quantity: integer(0),
}

export const subscriptionItems = [
  listing(
    '/v1/subscription_items',
    'subscription item',
    { subscription: required(text()) },
    (sandbox, { subscription }) =>
      getSubscription(sandbox, subscription, 'subscription').items.data.toReversed(),
  ),

  endpoint('GET', '/v1/subscription_items/:id', {}, (sandbox, _params, { id }) => getItem(sandbox, id).item),

  endpoint(
    'POST',
    '/v1/subscription_items',
    { ...fields, price: required(text()), subscription: required(text()) },
    (sandbox, params) => {
      const subscription = getSubscription(sandbox, params.subscription, 'subscription')
      const item = readItemChange(sandbox, params, '')
      return change(sandbox, subscription, item, params).items.data.at(-1)
    },
  ),

  endpoint('POST', '/v1/subscription_items/:id', fields, (sandbox, params, { id }) => {
    const { subscription } = getItem(sandbox, id)
    const item = readItemChange(sandbox, { ...params, id }, '')
    return change(sandbox, subscription, item, params).items.data.find((one) => one.id === id)
  }),

  endpoint(
    'DELETE',
    '/v1/subscription_items/:id',
    { proration_behavior: prorationBehavior, proration_date: integer(0) },
    (sandbox, params, { id }) => {
      change(sandbox, getItem(sandbox, id).subscription, { id, deleted: true }, params)
      return { id, object: 'subscription_item', deleted: true }
    },
  ),
]

interface WrittenItem {
  readonly id?: string | undefined
  readonly price?: string | undefined
  readonly quantity?: number | undefined
  readonly metadata?: Metadata | null | undefined
  readonly deleted?: boolean | undefined
}

/** Throws ApiError for a price that a subscription cannot have. */
export function readItemChange(sandbox: Sandbox, item: WrittenItem, param: string): ItemChange {
  const name = (key: string) => (param === '' ? key : `${param}[${key}]`)
  const { id, quantity, deleted } = item
  const price = item.price === undefined ? undefined : recurringPrice(sandbox, item.price, name('price'))
  if (price !== undefined) checkQuantity(price, quantity, param)
  return { id, price, quantity, deleted, metadata: item.metadata ?? undefined }
}

function change(
  sandbox: Sandbox,
  subscription: Subscription,
  item: ItemChange,
  how: {
    readonly proration_behavior?: 'always_invoice' | 'create_prorations' | 'none' | undefined
    readonly payment_behavior?: string | undefined
    readonly proration_date?: number | undefined
  },
): Subscription {
  return changeItems(sandbox, subscription, {
    items: [item],
    proration: how.proration_behavior ?? 'create_prorations',
    mustBePaid: how.payment_behavior === 'error_if_incomplete',
    at: how.proration_date,
  })
}

function getItem(
  sandbox: Sandbox,
  id: string,
): { readonly item: SubscriptionItem; readonly subscription: Subscription } {
  for (const subscription of sandbox.store.all('subscription')) {
    const item = subscription.items.data.find((one) => one.id === id)
    if (item !== undefined) return { item, subscription }
  }
  throw missing('subscription_item', id)
}
