import { endpoint, listing, matches, within } from '../api.ts'
import { getCustomer } from '../engine/customers.ts'
import { billUsage, endSubscription } from '../engine/end.ts'
import { pauseSubscription, resumeSubscription } from '../engine/pause.ts'
import { prorate } from '../engine/prorate.ts'
import { getSubscription } from '../engine/subscriptions.ts'
import { missing, refuse } from '../errors.ts'
import { isLiving, periodOf, type Subscription } from '../objects/subscription.ts'
import { flag, oneOf, range, text } from '../params.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import { createSubscription, creation } from './subscription-create.ts'
import { cancellationDetails } from './subscription-params.ts'
import { change, changeSubscription } from './subscription-update.ts'

const status = oneOf(
  'active',
  'all',
  'canceled',
  'ended',
  'incomplete',
  'incomplete_expired',
  'past_due',
  'paused',
  'trialing',
  'unpaid',
)

export const subscriptions = [
  endpoint('POST', '/v1/subscriptions', creation, createSubscription),

  listing(
    '/v1/subscriptions',
    'subscription',
    {
      collection_method: oneOf('charge_automatically', 'send_invoice'),
      created: range(),
      current_period_end: range(),
      current_period_start: range(),
      customer: text(),
      price: text(),
      status,
    },
    (sandbox, asked) => {
      if (asked.customer !== undefined) findAnyCustomer(sandbox, asked.customer)
      return sandbox.store
        .all('subscription')
        .filter((one) => matches(one.customer, asked.customer) && hasStatus(one, asked.status))
        .filter((one) => within(one.created, asked.created))
        .filter((one) => matches<string>(one.collection_method, asked.collection_method))
        .filter((one) => within(periodOf(one).end, asked.current_period_end))
        .filter((one) => within(periodOf(one).start, asked.current_period_start))
        .filter(
          (one) => asked.price === undefined || one.items.data.some(({ price }) => price.id === asked.price),
        )
    },
  ),

  endpoint('GET', '/v1/subscriptions/:id', {}, (sandbox, _params, { id }) => getSubscription(sandbox, id)),

  endpoint('POST', '/v1/subscriptions/:id', change, (sandbox, params, { id }) =>
    changeSubscription(sandbox, getSubscription(sandbox, id), params),
  ),

  endpoint(
    'DELETE',
    '/v1/subscriptions/:id',
    { cancellation_details: cancellationDetails, invoice_now: flag(), prorate: flag() },
    (sandbox, params, { id }) => {
      const subscription = getSubscription(sandbox, id)
      if (!isLiving(subscription)) throw missing('subscription', id)
      if (params.prorate === true) giveBack(sandbox, subscription)
      const { comment, feedback } = params.cancellation_details ?? {}
      const details = {
        ...subscription.cancellation_details,
        ...(comment === undefined ? {} : { comment }),
        ...(feedback === undefined ? {} : { feedback }),
      }
      const told = { ...subscription, cancellation_details: details }
      const over = endSubscription(sandbox, told, 'cancellation_requested')
      if (params.invoice_now === true) billUsage(sandbox, over)
      return over
    },
  ),

  endpoint(
    'POST',
    '/v1/subscriptions/:id/pause',
    { type: oneOf('subscription') },
    (sandbox, _params, { id }) => {
      const subscription = getSubscription(sandbox, id)
      const { status } = subscription
      if (status === 'active' || status === 'trialing') return pauseSubscription(sandbox, subscription)
      throw refuse(`Only active and trialing subscriptions can be paused. This one is ${status}.`)
    },
  ),

  endpoint(
    'POST',
    '/v1/subscriptions/:id/resume',
    { billing_cycle_anchor: oneOf('now'), proration_behavior: oneOf('none') },
    (sandbox, _params, { id }) => resumeSubscription(sandbox, getSubscription(sandbox, id)),
  ),
]

/** Of a deleted customer the subscriptions can still be listed. */
function findAnyCustomer(sandbox: Sandbox, id: string): void {
  if (sandbox.store.find('deleted_customer', id) === undefined) getCustomer(sandbox, id, 'customer')
}

/** Without a status: all that have not been canceled. */
function hasStatus({ status }: Subscription, asked: string | undefined): boolean {
  if (asked === 'all') return true
  if (asked === 'ended') return status === 'canceled' || status === 'incomplete_expired'
  return asked === undefined ? status !== 'canceled' : status === asked
}

function giveBack(sandbox: Sandbox, subscription: Subscription): void {
  for (const item of subscription.items.data) prorate(sandbox, subscription, item, nowOf(sandbox), 'unused')
}
