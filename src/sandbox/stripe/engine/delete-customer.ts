import { emit } from '../events.ts'
import type { Customer, DeletedCustomer } from '../objects/customer.ts'
import { isLiving } from '../objects/subscription.ts'
import { type Sandbox, unschedule } from '../sandbox.ts'
import { getCustomer } from './customers.ts'
import { endSubscription } from './end.ts'

/** Ends every subscription at once; what is left is a tombstone. */
export function deleteCustomer(sandbox: Sandbox, { id }: Customer): DeletedCustomer {
  for (const subscription of sandbox.store.all('subscription')) {
    if (subscription.customer === id && isLiving(subscription)) {
      endSubscription(sandbox, subscription, 'cancellation_requested')
    }
  }
  for (const invoice of sandbox.store.all('invoice')) {
    if (invoice.customer === id) unschedule(sandbox, invoice.id, 'finalize', 'retry')
  }
  for (const method of sandbox.store.all('payment_method')) {
    if (method.customer === id) sandbox.store.put('payment_method', { ...method, customer: null })
  }
  const customer = getCustomer(sandbox, id)
  const tombstone: DeletedCustomer = { id, object: 'customer', deleted: true }
  sandbox.store.remove('customer', id)
  sandbox.store.put('deleted_customer', tombstone)
  emit(sandbox, 'customer.deleted', customer)
  return tombstone
}
