import { endpoint, listing } from '../api.ts'
import { malformed, missing, refuse } from '../errors.ts'
import { EVENT_TYPES } from '../event-types.ts'
import { mergeMetadata } from '../objects/shared.ts'
import { newWebhookEndpoint, newWebhookSecret, type WebhookEndpoint } from '../objects/webhook-endpoint.ts'
import { clearable, type Field, flag, list, metadata, required, text } from '../params.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import { url } from './url.ts'

const ENDPOINTS_MAX = 16
const fields = { description: clearable(text()), metadata: metadata() }

export const webhookEndpoints = [
  endpoint(
    'POST',
    '/v1/webhook_endpoints',
    {
      ...fields,
      api_version: apiVersion(),
      enabled_events: required(list(eventType(), 300)),
      url: required(url()),
    },
    (sandbox, params) => {
      if (sandbox.store.count('webhook_endpoint') >= ENDPOINTS_MAX) {
        throw refuse(`You have reached the maximum of ${ENDPOINTS_MAX} test webhook endpoints.`)
      }
      const made = newWebhookEndpoint(nowOf(sandbox), {
        api_version: params.api_version ?? null,
        description: params.description ?? null,
        enabled_events: [...params.enabled_events],
        metadata: mergeMetadata({}, params.metadata),
        url: params.url,
      })
      const secret = newWebhookSecret()
      sandbox.store.put('webhook_endpoint', made)
      sandbox.store.put('webhook_secret', { id: made.id, secret })
      return { ...made, secret } // now or never
    },
  ),

  listing('/v1/webhook_endpoints', 'webhook_endpoint', {}, (sandbox) =>
    sandbox.store.all('webhook_endpoint'),
  ),

  endpoint('GET', '/v1/webhook_endpoints/:id', {}, (sandbox, _params, { id }) => getEndpoint(sandbox, id)),

  endpoint(
    'POST',
    '/v1/webhook_endpoints/:id',
    { ...fields, disabled: flag(), enabled_events: list(eventType(), 300), url: url() },
    (sandbox, params, { id }) => {
      const old = getEndpoint(sandbox, id)
      const { disabled, enabled_events } = params
      const next: WebhookEndpoint = {
        ...old,
        description: params.description === undefined ? old.description : params.description,
        enabled_events: enabled_events === undefined ? old.enabled_events : [...enabled_events],
        metadata: mergeMetadata(old.metadata, params.metadata),
        status: disabled === undefined ? old.status : disabled ? 'disabled' : 'enabled',
        url: params.url ?? old.url,
      }
      sandbox.store.put('webhook_endpoint', next)
      return next
    },
  ),

  endpoint('DELETE', '/v1/webhook_endpoints/:id', {}, (sandbox, _params, { id }) => {
    getEndpoint(sandbox, id)
    sandbox.store.remove('webhook_endpoint', id)
    sandbox.store.remove('webhook_secret', id)
    return { id, object: 'webhook_endpoint', deleted: true }
  }),
]

function getEndpoint(sandbox: Sandbox, id: string): WebhookEndpoint {
  const found = sandbox.store.find('webhook_endpoint', id)
  if (found === undefined) throw missing('webhook_endpoint', id)
  return found
}

function eventType(): Field<string | undefined> {
  const field = text()
  return {
    read(raw, name) {
      const value = field.read(raw, name)
      if (value === undefined || value === '*' || EVENT_TYPES.has(value)) return value
      throw malformed(`Invalid ${name}: must be the name of an event, or *. There is no event ${value}.`, {
        param: name,
      })
    },
  }
}

/** Any version may be asked for, as with Stripe; the sandbox writes it on the events and keeps its own shapes. */
function apiVersion(): Field<string | undefined> {
  const field = text()
  return {
    read(raw, name) {
      const value = field.read(raw, name)
      if (value === undefined || /^20\d{2}-\d{2}-\d{2}(\.[a-z]+)?$/.test(value)) return value
      throw malformed(`Invalid Stripe API version: ${value}`, { param: name })
    },
  }
}
