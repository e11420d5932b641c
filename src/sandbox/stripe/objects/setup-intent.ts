import { newId, randomText } from '../ids.ts'
import type { Metadata } from '../params.ts'
import type { Seconds } from './shared.ts'

export type SetupIntent = ReturnType<typeof newSetupIntent>

/** A card saved for later: made by the portal and by Checkout in setup mode. */
export function newSetupIntent(created: Seconds, customer: string, paymentMethod: string) {
  const id = newId('seti_1', 23)
  const metadata: Metadata = {}
  return {
    id,
    object: 'setup_intent' as const,
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: null,
    cancellation_reason: null,
    client_secret: `${id}_secret_${randomText(25)}`,
    created,
    customer,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false as const,
    mandate: null,
    metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: paymentMethod,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: 'succeeded' as const,
    usage: 'off_session',
  }
}
