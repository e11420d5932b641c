import { endpoint, listing, matches } from '../api.ts'
import { missing } from '../errors.ts'
import { emit } from '../events.ts'
import {
  newPortalConfiguration,
  type PortalConfiguration,
  type PortalFeatures,
  portalFeatures,
} from '../objects/portal.ts'
import { changed, mergeMetadata } from '../objects/shared.ts'
import { clearable, flag, metadata, object, oneOf, type Read, required, text } from '../params.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'
import { url } from './url.ts'

const enabled = object({ enabled: required(flag()) })
const features = object({
  invoice_history: enabled,
  payment_method_update: enabled,
  subscription_cancel: object({ enabled: required(flag()), mode: oneOf('at_period_end', 'immediately') }),
})
const business = object({ headline: text(60), privacy_policy_url: url(), terms_of_service_url: url() })
const configuration = {
  business_profile: business,
  default_return_url: clearable(url()),
  metadata: metadata(),
}

export const portalConfigurations = [
  endpoint(
    'POST',
    '/v1/billing_portal/configurations',
    { ...configuration, features: required(features) },
    (sandbox, params) => {
      const made = newPortalConfiguration(nowOf(sandbox), {
        business_profile: profileOf(params.business_profile),
        default_return_url: params.default_return_url ?? null,
        features: featuresOf(params.features, ALL_OFF),
        is_default: false,
        metadata: mergeMetadata({}, params.metadata),
      })
      sandbox.store.put('portal_configuration', made)
      emit(sandbox, 'billing_portal.configuration.created', made)
      return made
    },
  ),

  listing(
    '/v1/billing_portal/configurations',
    'portal configuration',
    { active: flag(), is_default: flag() },
    (sandbox, { active, is_default }) => {
      defaultConfiguration(sandbox)
      return sandbox.store
        .all('portal_configuration')
        .filter((one) => matches(one.active, active) && matches(one.is_default, is_default))
    },
  ),

  endpoint('GET', '/v1/billing_portal/configurations/:id', {}, (sandbox, _params, { id }) =>
    getConfiguration(sandbox, id),
  ),

  endpoint(
    'POST',
    '/v1/billing_portal/configurations/:id',
    { ...configuration, active: flag(), features },
    (sandbox, params, { id }) => {
      const old = getConfiguration(sandbox, id)
      const next: PortalConfiguration = {
        ...old,
        active: params.active ?? old.active,
        business_profile:
          params.business_profile === undefined ? old.business_profile : profileOf(params.business_profile),
        default_return_url: changed(params.default_return_url, old.default_return_url),
        features: params.features === undefined ? old.features : featuresOf(params.features, old.features),
        metadata: mergeMetadata(old.metadata, params.metadata),
        updated: nowOf(sandbox),
      }
      sandbox.store.put('portal_configuration', next)
      emit(sandbox, 'billing_portal.configuration.updated', next, old)
      return next
    },
  ),
]

const ALL_OFF = portalFeatures({
  invoiceHistory: false,
  paymentMethodUpdate: false,
  subscriptionCancel: false,
  cancelMode: 'at_period_end',
})
const ALL_ON = portalFeatures({
  invoiceHistory: true,
  paymentMethodUpdate: true,
  subscriptionCancel: true,
  cancelMode: 'at_period_end',
})

/** The one that counts when none is named: as if somebody had saved the defaults in the dashboard. */
export function defaultConfiguration(sandbox: Sandbox): PortalConfiguration {
  const known = sandbox.store.all('portal_configuration').find(({ is_default }) => is_default)
  if (known !== undefined) return known
  const made = newPortalConfiguration(nowOf(sandbox), {
    business_profile: profileOf(undefined),
    default_return_url: null,
    features: ALL_ON,
    is_default: true,
    metadata: {},
  })
  sandbox.store.put('portal_configuration', made)
  return made
}

/** Throws `resource_missing` when there is none. */
export function getConfiguration(sandbox: Sandbox, id: string, param = 'id'): PortalConfiguration {
  const found = sandbox.store.find('portal_configuration', id)
  if (found === undefined) throw missing('configuration', id, param)
  return found
}

function profileOf(given: Read<{ b: typeof business }>['b']): PortalConfiguration['business_profile'] {
  return {
    headline: given?.headline ?? null,
    privacy_policy_url: given?.privacy_policy_url ?? null,
    terms_of_service_url: given?.terms_of_service_url ?? null,
  }
}

function featuresOf(
  given: NonNullable<Read<{ f: typeof features }>['f']>,
  old: PortalFeatures,
): PortalFeatures {
  const { invoice_history, payment_method_update, subscription_cancel } = given
  return portalFeatures({
    invoiceHistory: invoice_history?.enabled ?? old.invoice_history.enabled,
    paymentMethodUpdate: payment_method_update?.enabled ?? old.payment_method_update.enabled,
    subscriptionCancel: subscription_cancel?.enabled ?? old.subscription_cancel.enabled,
    cancelMode: subscription_cancel?.mode ?? old.subscription_cancel.mode,
  })
}
