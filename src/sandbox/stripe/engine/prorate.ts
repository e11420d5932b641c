import { emit } from '../events.ts'
import { newInvoiceItem } from '../objects/invoice-line.ts'
import { costOf, isMetered } from '../objects/product.ts'
import type { Seconds } from '../objects/shared.ts'
import type { Subscription } from '../objects/subscription.ts'
import type { SubscriptionItem } from '../objects/subscription-item.ts'
import type { Sandbox } from '../sandbox.ts'
import { productName } from './lines.ts'

export type Direction = 'unused' | 'remaining'

/**
 * Gives back what was paid for the rest of an item's period (`unused`), or asks for it (`remaining`), to the second.
 * It waits for the next invoice.
 */
export function prorate(
  sandbox: Sandbox,
  subscription: Subscription,
  item: SubscriptionItem,
  at: Seconds,
  direction: Direction,
): void {
  if (isMetered(item.price)) return // paid afterwards, by use
  const quantity = item.quantity ?? 1
  const whole = item.current_period_end - item.current_period_start
  const share = Math.max(0, item.current_period_end - at) / whole
  const amount = Math.round(costOf(item.price, quantity) * share) * (direction === 'unused' ? -1 : 1)
  if (amount === 0) return
  const times = quantity > 1 ? `${quantity} × ` : ''
  const word = direction === 'unused' ? 'Unused' : 'Remaining'
  const invoiceItem = newInvoiceItem(at, subscription.customer, {
    amount,
    description: `${word} time on ${times}${productName(sandbox, item)} after ${day(at)}`,
    price: item.price,
    quantity,
    period: { start: at, end: item.current_period_end },
    subscription: subscription.id,
    subscriptionItem: item.id,
  })
  sandbox.store.put('invoice_item', invoiceItem)
  emit(sandbox, 'invoiceitem.created', invoiceItem)
}

function day(at: Seconds): string {
  const format = { day: '2-digit', month: 'short', year: 'numeric', timeZone: 'UTC' } as const
  return new Intl.DateTimeFormat('en-GB', format).format(at * 1000)
}
