import { missing, refuse } from '../errors.ts'
import { isMetered, type Price } from '../objects/product.ts'
import { flag, integer, metadata, object, oneOf, required, text } from '../params.ts'
import type { Sandbox } from '../sandbox.ts'

export const feedback = oneOf(
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
)
export const cancellationDetails = object({ comment: text(), feedback })
export const prorationBehavior = oneOf('always_invoice', 'create_prorations', 'none')
export const trialSettings = object({
  end_behavior: required(
    object({ missing_payment_method: required(oneOf('cancel', 'create_invoice', 'pause')) }),
  ),
})
export const itemChange = required(
  object({ id: text(), price: text(), quantity: integer(0), metadata: metadata(), deleted: flag() }),
)

/** A price that a subscription may have. Throws ApiError when it is unknown, archived or not recurring. */
export function recurringPrice(sandbox: Sandbox, id: string, param: string): Price {
  const price = sandbox.store.find('price', id)
  if (price === undefined) throw missing('price', id, param)
  if (!price.active) {
    const message = 'The price specified is inactive. This field only accepts active prices.'
    throw refuse(message, { param })
  }
  if (price.recurring !== null) return price
  const message = `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`
  throw refuse(message, { param })
}

/** Throws ApiError where a quantity makes no sense. */
export function checkQuantity(price: Price, quantity: number | undefined, param: string): void {
  if (!isMetered(price) || quantity === undefined) return
  throw refuse(
    `Quantity should not be specified where usage_type is \`metered\`. Remove quantity from \`${param}\``,
    {
      param: `${param}[quantity]`,
    },
  )
}

/** Throws ApiError when the prices cannot be billed together. */
export function checkTogether(prices: readonly Price[]): void {
  if (new Set(prices.map(({ id }) => id)).size < prices.length) {
    throw refuse('Cannot add multiple subscription items with the same price.')
  }
  if (new Set(prices.map(({ currency }) => currency)).size > 1) {
    throw refuse('All prices of a subscription must have the same currency.')
  }
  const intervals = prices.map(({ recurring }) => `${recurring?.interval_count} ${recurring?.interval}`)
  if (new Set(intervals).size > 1) {
    throw refuse('This sandbox bills all items of a subscription in one interval.')
  }
}
