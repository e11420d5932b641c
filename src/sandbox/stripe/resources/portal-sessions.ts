import { endpoint } from '../api.ts'
import { getCustomer } from '../engine/customers.ts'
import { getSubscription } from '../engine/subscriptions.ts'
import { missing, refuse } from '../errors.ts'
import { emit } from '../events.ts'
import { newId, randomText } from '../ids.ts'
import type { PortalFlow, PortalSession } from '../objects/portal.ts'
import { object, oneOf, type Read, required, text } from '../params.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import { defaultConfiguration, getConfiguration } from './portal-configurations.ts'
import { url } from './url.ts'

const flow = object({
  after_completion: object({
    redirect: object({ return_url: required(url()) }),
    type: required(oneOf('portal_homepage', 'redirect')),
  }),
  subscription_cancel: object({ subscription: required(text()) }),
  type: required(oneOf('payment_method_update', 'subscription_cancel')),
})

export const portalSessions = [
  endpoint(
    'POST',
    '/v1/billing_portal/sessions',
    {
      configuration: text(),
      customer: required(text()),
      flow_data: flow,
      locale: oneOf('auto', 'en'),
      return_url: url(),
    },
    (sandbox, params) => {
      const customer = getCustomer(sandbox, params.customer, 'customer')
      const chosen =
        params.configuration === undefined
          ? defaultConfiguration(sandbox)
          : getConfiguration(sandbox, params.configuration, 'configuration')
      const session: PortalSession = {
        id: newId('bps_1', 23),
        object: 'billing_portal.session',
        configuration: chosen.id,
        created: nowOf(sandbox),
        customer: customer.id,
        customer_account: null,
        flow: params.flow_data === undefined ? null : readFlow(sandbox, params.flow_data, customer.id),
        livemode: false,
        locale: params.locale ?? null,
        on_behalf_of: null,
        return_url: params.return_url ?? chosen.default_return_url,
        url: `${sandbox.publicUrl}/p/session/test_${randomText(40)}`,
      }
      sandbox.store.put('portal_session', session)
      emit(sandbox, 'billing_portal.session.created', session)
      return session
    },
  ),
]

function readFlow(
  sandbox: Sandbox,
  given: NonNullable<Read<{ f: typeof flow }>['f']>,
  customer: string,
): PortalFlow {
  const { after_completion, subscription_cancel, type } = given
  const subscription = subscription_cancel?.subscription
  if ((type === 'subscription_cancel') !== (subscription !== undefined)) {
    throw refuse('`flow_data[subscription_cancel]` belongs to the flow `subscription_cancel`.', {
      param: 'flow_data',
    })
  }
  if (
    subscription !== undefined &&
    getSubscription(sandbox, subscription, 'flow_data').customer !== customer
  ) {
    throw missing('subscription', subscription, 'flow_data[subscription_cancel][subscription]')
  }
  if (after_completion?.type === 'redirect' && after_completion.redirect === undefined) {
    throw refuse('Missing required param: flow_data[after_completion][redirect].', {
      code: 'parameter_missing',
    })
  }
  return {
    after_completion: {
      hosted_confirmation: null,
      redirect: after_completion?.redirect ?? null,
      type: after_completion?.type ?? 'portal_homepage',
    },
    subscription_cancel: subscription === undefined ? null : { retention: null, subscription },
    customer_update: null,
    subscription_pause: null,
    subscription_update: null,
    subscription_update_confirm: null,
    type,
  }
}
