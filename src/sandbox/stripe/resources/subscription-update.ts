import { changeItems } from '../engine/change-items.ts'
import { keepGoing, planEnd } from '../engine/end.ts'
import { updateSubscription } from '../engine/subscriptions.ts'
import { malformed, refuse } from '../errors.ts'
import { changed, mergeMetadata } from '../objects/shared.ts'
import { endOfTrial, isLiving, periodOf, type Subscription } from '../objects/subscription.ts'
import { clearable, type Field, flag, integer, list, metadata, oneOf, type Read, text } from '../params.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import { getMethod } from './payment-methods.ts'
import { readItemChange } from './subscription-items.ts'
import { cancellationDetails, itemChange, prorationBehavior, trialSettings } from './subscription-params.ts'

export const change = {
  cancel_at: clearable(cancelAt()),
  cancel_at_period_end: flag(),
  cancellation_details: cancellationDetails,
  default_payment_method: clearable(text()),
  description: clearable(text(500)),
  items: list(itemChange, 20),
  metadata: metadata(),
  off_session: flag(),
  payment_behavior: oneOf('allow_incomplete', 'error_if_incomplete'),
  proration_behavior: prorationBehavior,
  proration_date: integer(0),
  trial_settings: trialSettings,
}

type Change = Read<typeof change>

/** Whatever the API lets one change of a subscription. */
export function changeSubscription(sandbox: Sandbox, old: Subscription, params: Change): Subscription {
  if (params.cancel_at !== undefined && params.cancel_at_period_end !== undefined) {
    throw malformed('You may only specify one of these parameters: cancel_at, cancel_at_period_end.')
  }
  if (!isLiving(old)) return describeEnded(sandbox, old, params)
  const method = params.default_payment_method
  if (method != null && getMethod(sandbox, method, 'default_payment_method').customer !== old.customer) {
    throw refuse('The payment method must be attached to the customer.', { param: 'default_payment_method' })
  }
  const described = updateSubscription(sandbox, old, {
    default_payment_method: changed(method, old.default_payment_method),
    description: changed(params.description, old.description),
    metadata: mergeMetadata(old.metadata, params.metadata),
    trial_settings:
      params.trial_settings === undefined
        ? old.trial_settings
        : endOfTrial(params.trial_settings.end_behavior.missing_payment_method),
  })
  const moved =
    params.items === undefined ? described : changePrices(sandbox, described, params, params.items)
  return changeEnd(sandbox, moved, params)
}

function describeEnded(sandbox: Sandbox, old: Subscription, params: Change): Subscription {
  const { cancellation_details, metadata: _allowed, ...rest } = params
  if (Object.values(rest).some((value) => value !== undefined)) {
    throw refuse('A canceled subscription can only update its cancellation_details and metadata.')
  }
  return updateSubscription(sandbox, old, {
    cancellation_details: { ...old.cancellation_details, ...given(cancellation_details ?? {}) },
    metadata: mergeMetadata(old.metadata, params.metadata),
  })
}

function changePrices(
  sandbox: Sandbox,
  subscription: Subscription,
  params: Change,
  items: NonNullable<Change['items']>,
): Subscription {
  return changeItems(sandbox, subscription, {
    items: items.map((item, index) => readItemChange(sandbox, item, `items[${index}]`)),
    proration: params.proration_behavior ?? 'create_prorations',
    mustBePaid: params.payment_behavior === 'error_if_incomplete',
    at: params.proration_date,
  })
}

/**
 * `cancel_at_period_end` true plans the end and shows it in both fields. False takes back what true has done; an end that
 * the portal planned stands in `cancel_at` alone and is taken back by clearing that.
 */
function changeEnd(sandbox: Sandbox, subscription: Subscription, params: Change): Subscription {
  const { cancel_at, cancel_at_period_end, cancellation_details } = params
  const details = given(cancellation_details ?? {})
  const { end } = periodOf(subscription)
  if (cancel_at_period_end === true)
    return planEnd(sandbox, subscription, { at: end, atPeriodEnd: true, details })
  if (cancel_at_period_end === false && subscription.cancel_at_period_end)
    return keepGoing(sandbox, subscription)
  if (cancel_at === null && subscription.cancel_at !== null) return keepGoing(sandbox, subscription)
  if (cancel_at == null) return subscription
  const at = cancel_at === 'period_end' ? end : cancel_at
  if (at <= nowOf(sandbox)) throw refuse('`cancel_at` must be in the future.', { param: 'cancel_at' })
  return planEnd(sandbox, subscription, { at, atPeriodEnd: false, details })
}

/** Without the keys that were not given. */
function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> } // fewer keys, the same values
}

/** A moment, or the end of the period: all items share one, so the shortest and the longest are the same. */
function cancelAt(): Field<number | 'period_end' | undefined> {
  const moment = integer(0)
  return {
    read(raw, name) {
      if (raw === 'min_period_end' || raw === 'max_period_end') return 'period_end'
      return moment.read(raw, name)
    },
  }
}
