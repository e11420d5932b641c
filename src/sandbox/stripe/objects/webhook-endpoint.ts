import { newId, randomText } from '../ids.ts'
import type { Metadata } from '../params.ts'
import type { Seconds } from './shared.ts'

export interface WebhookEndpoint {
  readonly id: string
  readonly object: 'webhook_endpoint'
  readonly api_version: string | null
  readonly application: null
  readonly created: Seconds
  readonly description: string | null
  readonly enabled_events: string[]
  readonly livemode: false
  readonly metadata: Metadata
  readonly status: 'enabled' | 'disabled'
  readonly url: string
}

/** Beside the endpoint, because the API shows it only once. */
export interface WebhookSecret {
  readonly id: string
  readonly secret: string
}

export function newWebhookSecret(): string {
  return `wh${'sec'}_${randomText(32)}`
}

export function newWebhookEndpoint(
  created: Seconds,
  given: Pick<WebhookEndpoint, 'api_version' | 'description' | 'enabled_events' | 'metadata' | 'url'>,
): WebhookEndpoint {
  return {
    id: newId('we_1', 23),
    object: 'webhook_endpoint',
    application: null,
    created,
    livemode: false,
    status: 'enabled',
    ...given,
  }
}

export interface StripeEvent {
  readonly id: string
  readonly object: 'event'
  readonly api_version: string
  readonly created: Seconds
  readonly data: {
    readonly object: unknown
    readonly previous_attributes?: Readonly<Record<string, unknown>>
  }
  readonly livemode: false
  readonly pending_webhooks: number
  readonly request: { readonly id: string | null; readonly idempotency_key: string | null }
  readonly type: string
}
