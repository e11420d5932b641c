import { refuse } from '../errors.ts'
import { emit } from '../events.ts'
import type { Invoice } from '../objects/invoice.ts'
import { nowOf, type Sandbox, unschedule } from '../sandbox.ts'
import { updateInvoice } from './invoices.ts'

/** Nobody has to pay it any more. Throws ApiError when it is not open. */
export function voidInvoice(sandbox: Sandbox, invoice: Invoice): Invoice {
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw refuse(`You can only pass in open or uncollectible invoices. This invoice is ${invoice.status}.`)
  }
  unschedule(sandbox, invoice.id, 'retry')
  const now = nowOf(sandbox)
  for (const payment of sandbox.store.all('invoice_payment')) {
    if (payment.invoice !== invoice.id || payment.status !== 'open') continue
    const status_transitions = { canceled_at: now, paid_at: null }
    sandbox.store.put('invoice_payment', { ...payment, status: 'canceled', status_transitions })
    cancelIntent(sandbox, payment.payment.payment_intent)
  }
  const next = updateInvoice(sandbox, invoice, {
    auto_advance: false,
    next_payment_attempt: null,
    status: 'void',
    status_transitions: { ...invoice.status_transitions, voided_at: now },
  })
  emit(sandbox, 'invoice.voided', next)
  return next
}

function cancelIntent(sandbox: Sandbox, id: string): void {
  const intent = sandbox.store.find('payment_intent', id)
  if (intent === undefined) return
  const cancellation_reason = 'void_invoice'
  const next = { ...intent, canceled_at: nowOf(sandbox), cancellation_reason, status: 'canceled' } as const
  sandbox.store.put('payment_intent', next)
  emit(sandbox, 'payment_intent.canceled', next)
}
