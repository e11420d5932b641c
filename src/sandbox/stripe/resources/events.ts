import { endpoint, listing, matches, within } from '../api.ts'
import { malformed, missing } from '../errors.ts'
import { flag, list, range, text } from '../params.ts'
import { keysOf, nowOf } from '../sandbox.ts'

const KEPT_SECONDS = 30 * 86_400

export const events = [
  listing(
    '/v1/events',
    'event',
    { created: range(), delivery_success: flag(), type: text(), types: list(text(), 20) },
    (sandbox, { created, delivery_success, type, types }) => {
      if (type !== undefined && types !== undefined) {
        throw malformed('You may only specify one of these parameters: type, types.')
      }
      const wanted = types ?? (type === undefined ? undefined : [type])
      const oldest = nowOf(sandbox) - KEPT_SECONDS
      return sandbox.store
        .all('event')
        .filter((one) => one.created >= oldest && within(one.created, created))
        .filter((one) => wanted === undefined || wanted.some((pattern) => fits(one.type, pattern)))
        .filter((one) => matches(one.pending_webhooks === 0, delivery_success))
    },
  ),

  endpoint('GET', '/v1/events/:id', {}, (sandbox, _params, { id }) => {
    const found = sandbox.store.find('event', id)
    if (found === undefined || found.created < nowOf(sandbox) - KEPT_SECONDS) throw missing('event', id)
    return found
  }),

  endpoint('GET', '/v2/core/events/:id', {}, (sandbox, _params, { id }) => {
    const found = sandbox.store.find('thin_event', id)
    if (found === undefined) throw missing('v2.core.event', id)
    return found
  }),

  endpoint('GET', '/v1/account', {}, (sandbox) => ({
    id: keysOf(sandbox).account,
    object: 'account',
    business_type: null,
    capabilities: { card_payments: 'active', transfers: 'active' },
    charges_enabled: true,
    country: 'US',
    default_currency: 'usd',
    details_submitted: true,
    email: 'sandbox@example.com',
    metadata: {},
    payouts_enabled: true,
    settings: { dashboard: { display_name: 'xswarm sandbox', timezone: 'Etc/UTC' } },
    type: 'standard',
  })),

  endpoint('GET', '/v1/balance', {}, () => {
    const amount = { amount: 0, currency: 'usd', source_types: { card: 0 } }
    return { object: 'balance', available: [amount], livemode: false, pending: [amount] }
  }),
]

/** `customer.*` fits all that begin so. */
function fits(type: string, pattern: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern
}
