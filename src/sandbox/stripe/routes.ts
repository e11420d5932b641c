import type { Endpoint } from './api.ts'
import { checkoutSessions } from './resources/checkout-sessions.ts'
import { customers } from './resources/customers.ts'
import { events } from './resources/events.ts'
import { invoices } from './resources/invoices.ts'
import { meters } from './resources/meters.ts'
import { paymentMethods } from './resources/payment-methods.ts'
import { payments } from './resources/payments.ts'
import { portalConfigurations } from './resources/portal-configurations.ts'
import { portalSessions } from './resources/portal-sessions.ts'
import { prices } from './resources/prices.ts'
import { products } from './resources/products.ts'
import { subscriptionItems } from './resources/subscription-items.ts'
import { subscriptions } from './resources/subscriptions.ts'
import { webhookEndpoints } from './resources/webhook-endpoints.ts'

/** The whole API. Of two that fit an address the first counts. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...customers,
  ...paymentMethods,
  ...products,
  ...prices,
  ...meters,
  ...checkoutSessions,
  ...portalSessions,
  ...portalConfigurations,
  ...subscriptions,
  ...subscriptionItems,
  ...invoices,
  ...payments,
  ...events,
  ...webhookEndpoints,
]
