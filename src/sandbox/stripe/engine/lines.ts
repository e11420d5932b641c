import { type InvoiceLine, newLine } from '../objects/invoice-line.ts'
import { costOf, isMetered } from '../objects/product.ts'
import type { Subscription } from '../objects/subscription.ts'
import type { Period, SubscriptionItem } from '../objects/subscription-item.ts'
import type { Sandbox } from '../sandbox.ts'
import { usageOf } from './usage.ts'

/** What is paid in advance for a period: the licensed items. In a trial they cost nothing. */
export function licensedLines(
  sandbox: Sandbox,
  subscription: Subscription,
  period: Period,
  trial = false,
): InvoiceLine[] {
  return subscription.items.data
    .filter(({ price }) => !isMetered(price))
    .map((item) => {
      const quantity = item.quantity ?? 1
      const amount = trial ? 0 : costOf(item.price, quantity)
      const name = productName(sandbox, item)
      const description = trial ? `Trial period for ${name}` : `${quantity} × ${name} (at ${priceText(item)})`
      return lineOf(subscription, item, { amount, quantity, period, description })
    })
}

/** What is paid afterwards: the usage of a period that is over. */
export function meteredLines(sandbox: Sandbox, subscription: Subscription, period: Period): InvoiceLine[] {
  return subscription.items.data
    .filter(({ price }) => isMetered(price))
    .map((item) => {
      const quantity = usageOf(sandbox, subscription.customer, item.price, period)
      const amount = costOf(item.price, quantity)
      const description = `${quantity} × ${productName(sandbox, item)} (at ${priceText(item)})`
      return lineOf(subscription, item, { amount, quantity, period, description })
    })
}

export function productName(sandbox: Sandbox, { price }: SubscriptionItem): string {
  return price.nickname ?? sandbox.store.find('product', price.product)?.name ?? price.id
}

function lineOf(
  subscription: Subscription,
  item: SubscriptionItem,
  rest: { amount: number; quantity: number; period: Period; description: string },
): InvoiceLine {
  return newLine({ ...rest, price: item.price, subscription: subscription.id, subscriptionItem: item.id })
}

function priceText({ price }: SubscriptionItem): string {
  const format = { style: 'currency', currency: price.currency, maximumFractionDigits: 12 } as const
  const amount = new Intl.NumberFormat('en-US', format).format(Number(price.unit_amount_decimal) / 100)
  return `${amount} / ${price.recurring?.interval ?? 'once'}`
}
