import { endpoint, listing, matches, within } from '../api.ts'
import { attachCard } from '../engine/cards.ts'
import { getCustomer, updateCustomer } from '../engine/customers.ts'
import { deleteCustomer } from '../engine/delete-customer.ts'
import { malformed } from '../errors.ts'
import { emit } from '../events.ts'
import { newCustomer } from '../objects/customer.ts'
import { changed, mergeMetadata } from '../objects/shared.ts'
import { clearable, type Field, integer, metadata, object, range, required, text } from '../params.ts'
import { nowOf } from '../sandbox.ts'
import { searchCustomers } from './customer-search.ts'
import { findCardMethod } from './payment-methods.ts'

const fields = {
  description: clearable(text(350)),
  email: clearable(emailAddress()),
  invoice_settings: object({ default_payment_method: clearable(text()) }),
  metadata: metadata(),
  name: clearable(text(256)),
  phone: clearable(text(20)),
}

export const customers = [
  endpoint('POST', '/v1/customers', { ...fields, payment_method: text() }, (sandbox, params) => {
    const customer = newCustomer(nowOf(sandbox), {
      description: params.description ?? null,
      email: params.email ?? null,
      metadata: mergeMetadata({}, params.metadata),
      name: params.name ?? null,
      phone: params.phone ?? null,
    })
    const { payment_method } = params
    const method = payment_method === undefined ? undefined : findCardMethod(sandbox, payment_method)
    sandbox.store.put('customer', customer)
    emit(sandbox, 'customer.created', customer)
    if (method === undefined) return customer
    const attached = attachCard(sandbox, method, customer)
    if (params.invoice_settings?.default_payment_method !== payment_method) return customer
    const invoice_settings = { ...customer.invoice_settings, default_payment_method: attached.id }
    return updateCustomer(sandbox, customer, { invoice_settings })
  }),

  listing('/v1/customers', 'customer', { created: range(), email: text() }, (sandbox, { created, email }) =>
    sandbox.store.all('customer').filter((one) => within(one.created, created) && matches(one.email, email)),
  ),

  endpoint(
    'GET',
    '/v1/customers/search',
    { query: required(text()), limit: integer(1, 100), page: text() },
    (sandbox, { query, limit = 10, page }) => searchCustomers(sandbox, query, limit, page),
  ),

  endpoint('GET', '/v1/customers/:id', {}, (sandbox, _params, { id }) => {
    return sandbox.store.find('deleted_customer', id) ?? getCustomer(sandbox, id)
  }),

  endpoint('POST', '/v1/customers/:id', fields, (sandbox, params, { id }) => {
    const old = getCustomer(sandbox, id)
    const asked = params.invoice_settings?.default_payment_method
    const card = asked == null ? asked : cardOfCustomer(findCardMethod(sandbox, asked), id)
    return updateCustomer(sandbox, old, {
      description: changed(params.description, old.description),
      email: changed(params.email, old.email),
      invoice_settings: {
        ...old.invoice_settings,
        default_payment_method: changed(card, old.invoice_settings.default_payment_method),
      },
      metadata: mergeMetadata(old.metadata, params.metadata),
      name: changed(params.name, old.name),
      phone: changed(params.phone, old.phone),
    })
  }),

  endpoint('DELETE', '/v1/customers/:id', {}, (sandbox, _params, { id }) =>
    deleteCustomer(sandbox, getCustomer(sandbox, id)),
  ),
]

function cardOfCustomer(method: { id: string; customer: string | null }, customer: string): string {
  if (method.customer === customer) return method.id
  const message = `The customer does not have a payment method with the ID ${method.id}. The payment method must be attached to the customer.`
  throw malformed(message, { code: 'resource_missing', param: 'invoice_settings[default_payment_method]' })
}

function emailAddress(): Field<string | undefined> {
  const field = text(512)
  return {
    read(raw, name) {
      const value = field.read(raw, name)
      if (value === undefined || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return value
      throw malformed(`Invalid email address: ${value}`, { code: 'email_invalid', param: name })
    },
  }
}
