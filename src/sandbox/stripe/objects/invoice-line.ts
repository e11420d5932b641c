import { newId } from '../ids.ts'
import type { Metadata } from '../params.ts'
import type { Price } from './product.ts'
import type { Seconds } from './shared.ts'
import type { Period } from './subscription-item.ts'

export interface Pricing {
  readonly price_details: { readonly price: string; readonly product: string }
  readonly type: 'price_details'
  readonly unit_amount_decimal: string
}

export interface InvoiceLine {
  readonly id: string
  readonly object: 'line_item'
  readonly amount: number
  readonly currency: string
  readonly description: string
  readonly discount_amounts: never[]
  readonly discountable: boolean
  readonly discounts: never[]
  readonly invoice: string | null
  readonly livemode: false
  readonly metadata: Metadata
  readonly parent: {
    readonly invoice_item_details: null
    readonly subscription_item_details: {
      readonly invoice_item: string | null
      readonly proration: boolean
      readonly proration_details: null
      readonly subscription: string
      readonly subscription_item: string
    }
    readonly type: 'subscription_item_details'
  }
  readonly period: Period
  readonly pretax_credit_amounts: never[]
  readonly pricing: Pricing
  readonly quantity: number
  readonly quantity_decimal: string
  readonly subscription: string
  readonly subtotal: number
  readonly taxes: never[]
}

export interface NewLine {
  readonly amount: number
  readonly description: string
  readonly price: Price
  readonly quantity: number
  readonly period: Period
  readonly subscription: string
  readonly subscriptionItem: string
  readonly invoiceItem?: string
}

export function newLine(given: NewLine): InvoiceLine {
  const { amount, description, price, quantity, period, subscription } = given
  return {
    id: newId('il_1', 23),
    object: 'line_item',
    amount,
    currency: price.currency,
    description,
    discount_amounts: [],
    discountable: given.invoiceItem === undefined,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: given.invoiceItem ?? null,
        proration: given.invoiceItem !== undefined,
        proration_details: null,
        subscription,
        subscription_item: given.subscriptionItem,
      },
      type: 'subscription_item_details',
    },
    period,
    pretax_credit_amounts: [],
    pricing: pricingOf(price),
    quantity,
    quantity_decimal: String(quantity),
    subscription,
    subtotal: amount,
    taxes: [],
  }
}

function pricingOf(price: Price): Pricing {
  return {
    price_details: { price: price.id, product: price.product },
    type: 'price_details',
    unit_amount_decimal: price.unit_amount_decimal,
  }
}

/** What a change in the middle of a period costs or gives back; it waits for the next invoice. */
export interface InvoiceItem {
  readonly id: string
  readonly object: 'invoiceitem'
  readonly amount: number
  readonly currency: string
  readonly customer: string
  readonly customer_account: null
  readonly date: Seconds
  readonly description: string
  readonly discountable: false
  readonly discounts: never[]
  readonly invoice: string | null
  readonly livemode: false
  readonly metadata: Metadata
  readonly net_amount: number
  readonly parent: {
    readonly subscription_details: { readonly subscription: string; readonly subscription_item: string }
    readonly type: 'subscription_details'
  }
  readonly period: Period
  readonly pricing: Pricing
  readonly proration: true
  readonly quantity: number
  readonly quantity_decimal: string
  readonly tax_rates: never[]
  readonly test_clock: null
}

export function newInvoiceItem(
  date: Seconds,
  customer: string,
  given: Omit<NewLine, 'invoiceItem'>,
): InvoiceItem {
  const { amount, description, price, quantity, period } = given
  return {
    id: newId('ii_1', 23),
    object: 'invoiceitem',
    amount,
    currency: price.currency,
    customer,
    customer_account: null,
    date,
    description,
    discountable: false,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    net_amount: amount,
    parent: {
      subscription_details: {
        subscription: given.subscription,
        subscription_item: given.subscriptionItem,
      },
      type: 'subscription_details',
    },
    period,
    pricing: pricingOf(price),
    proration: true,
    quantity,
    quantity_decimal: String(quantity),
    tax_rates: [],
    test_clock: null,
  }
}
