import { missing } from '../errors.ts'
import { emit } from '../events.ts'
import type { Customer } from '../objects/customer.ts'
import type { Sandbox } from '../sandbox.ts'

/** Throws `resource_missing` when there is none, or none any more. */
export function getCustomer(sandbox: Sandbox, id: string, param = 'id'): Customer {
  const found = sandbox.store.find('customer', id)
  if (found === undefined) throw missing('customer', id, param)
  return found
}

/** Saves the change and says so, unless nothing changed. */
export function updateCustomer(sandbox: Sandbox, old: Customer, change: Partial<Customer>): Customer {
  const next = { ...old, ...change }
  if (JSON.stringify(next) === JSON.stringify(old)) return old
  sandbox.store.put('customer', next)
  emit(sandbox, 'customer.updated', next, old)
  return next
}

/** Makes this the card that pays when nothing else is said. */
export function setDefaultCard(sandbox: Sandbox, customer: Customer, paymentMethod: string | null): Customer {
  return updateCustomer(sandbox, customer, {
    invoice_settings: { ...customer.invoice_settings, default_payment_method: paymentMethod },
  })
}
