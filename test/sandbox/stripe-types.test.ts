import type Stripe from 'stripe'
import { describe, expectTypeOf, it } from 'vitest'
import type { Charge } from '../../src/sandbox/stripe/objects/charge.ts'
import type { CheckoutSession } from '../../src/sandbox/stripe/objects/checkout-session.ts'
import type { Customer, DeletedCustomer } from '../../src/sandbox/stripe/objects/customer.ts'
import type { Dispute } from '../../src/sandbox/stripe/objects/dispute.ts'
import type { Invoice } from '../../src/sandbox/stripe/objects/invoice.ts'
import type { InvoiceItem, InvoiceLine } from '../../src/sandbox/stripe/objects/invoice-line.ts'
import type { InvoicePayment } from '../../src/sandbox/stripe/objects/invoice-payment.ts'
import type { Meter, MeterEvent } from '../../src/sandbox/stripe/objects/meter.ts'
import type { PaymentIntent } from '../../src/sandbox/stripe/objects/payment-intent.ts'
import type { PaymentMethod } from '../../src/sandbox/stripe/objects/payment-method.ts'
import type { PortalConfiguration, PortalSession } from '../../src/sandbox/stripe/objects/portal.ts'
import type { Price, Product } from '../../src/sandbox/stripe/objects/product.ts'
import type { Refund } from '../../src/sandbox/stripe/objects/refund.ts'
import type { SetupIntent } from '../../src/sandbox/stripe/objects/setup-intent.ts'
import type { Subscription } from '../../src/sandbox/stripe/objects/subscription.ts'
import type { SubscriptionItem } from '../../src/sandbox/stripe/objects/subscription-item.ts'
import type { WebhookEndpoint } from '../../src/sandbox/stripe/objects/webhook-endpoint.ts'

/** What the SDK makes of an answer: texts of decimals become `Decimal`, nothing else changes. */
type Read<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer U)[]
    ? Read<U>[]
    : { [K in keyof T]: K extends `${string}_decimal` ? Stripe.Decimal : Read<T[K]> }

/**
 * The compiler is the test: a field that the SDK's type requires and the sandbox does not answer, or answers in another
 * shape, does not compile.
 */
describe("the sandbox's objects are the SDK's types", () => {
  it('who pays and for what', () => {
    expectTypeOf<Read<Customer>>().toExtend<Stripe.Customer>()
    expectTypeOf<Read<DeletedCustomer>>().toExtend<Stripe.DeletedCustomer>()
    expectTypeOf<Read<Product>>().toExtend<Stripe.Product>()
    expectTypeOf<Read<Price>>().toExtend<Stripe.Price>()
    expectTypeOf<Read<Meter>>().toExtend<Stripe.Billing.Meter>()
    expectTypeOf<Read<MeterEvent>>().toExtend<Stripe.Billing.MeterEvent>()
    expectTypeOf<Read<PaymentMethod>>().toExtend<Stripe.PaymentMethod>()
  })

  it('subscriptions and their invoices', () => {
    expectTypeOf<Read<Subscription>>().toExtend<Stripe.Subscription>()
    expectTypeOf<Read<SubscriptionItem>>().toExtend<Stripe.SubscriptionItem>()
    expectTypeOf<Read<Invoice>>().toExtend<Stripe.Invoice>()
    expectTypeOf<Read<InvoiceLine>>().toExtend<Stripe.InvoiceLineItem>()
    expectTypeOf<Read<InvoiceItem>>().toExtend<Stripe.InvoiceItem>()
    expectTypeOf<Read<InvoicePayment>>().toExtend<Stripe.InvoicePayment>()
  })

  it('payments and what is taken back', () => {
    expectTypeOf<Read<PaymentIntent>>().toExtend<Stripe.PaymentIntent>()
    expectTypeOf<Read<SetupIntent>>().toExtend<Stripe.SetupIntent>()
    expectTypeOf<Read<Charge>>().toExtend<Stripe.Charge>()
    expectTypeOf<Read<Refund>>().toExtend<Stripe.Refund>()
    expectTypeOf<Read<Dispute>>().toExtend<Stripe.Dispute>()
  })

  it('pages and endpoints', () => {
    expectTypeOf<Read<CheckoutSession>>().toExtend<Stripe.Checkout.Session>()
    expectTypeOf<Read<PortalSession>>().toExtend<Stripe.BillingPortal.Session>()
    expectTypeOf<Read<PortalConfiguration>>().toExtend<Stripe.BillingPortal.Configuration>()
    expectTypeOf<Read<WebhookEndpoint>>().toExtend<Stripe.WebhookEndpoint>()
  })
})
