import { endpoint, listing, matches, within } from '../api.ts'
import { collectInvoice, payInvoice, settleSubscription } from '../engine/collect.ts'
import { finalizeInvoice, getInvoice, markPaid } from '../engine/invoices.ts'
import { voidInvoice } from '../engine/void.ts'
import { missing, refuse } from '../errors.ts'
import { flag, object, oneOf, range, text } from '../params.ts'
import { getMethod } from './payment-methods.ts'

export const invoices = [
  listing(
    '/v1/invoices',
    'invoice',
    {
      collection_method: oneOf('charge_automatically', 'send_invoice'),
      created: range(),
      customer: text(),
      status: oneOf('draft', 'open', 'paid', 'uncollectible', 'void'),
      subscription: text(),
    },
    (sandbox, { collection_method, created, customer, status, subscription }) =>
      sandbox.store
        .all('invoice')
        .filter((one) => matches(one.customer, customer) && matches(one.status, status))
        .filter((one) => matches<string>(one.collection_method, collection_method))
        .filter((one) => matches(one.parent.subscription_details.subscription, subscription))
        .filter((one) => within(one.created, created)),
  ),

  endpoint('GET', '/v1/invoices/:id', {}, (sandbox, _params, { id }) => getInvoice(sandbox, id)),

  listing('/v1/invoices/:id/lines', 'line item', {}, (sandbox, _params, { id }) =>
    getInvoice(sandbox, id).lines.data.toReversed(),
  ),

  endpoint(
    'POST',
    '/v1/invoices/:id/pay',
    { off_session: flag(), paid_out_of_band: flag(), payment_method: text() },
    (sandbox, params, { id }) => {
      const invoice = getInvoice(sandbox, id)
      if (invoice.status === 'paid') throw refuse('Invoice is already paid')
      if (invoice.status === 'void') throw refuse('This invoice is void and cannot be paid.')
      const { payment_method } = params
      const method =
        payment_method === undefined ? undefined : getMethod(sandbox, payment_method, 'payment_method')
      const open = invoice.status === 'draft' ? finalizeInvoice(sandbox, invoice) : invoice
      if (params.paid_out_of_band !== true) return payInvoice(sandbox, open, method)
      const paid = markPaid(sandbox, open, open.amount_due)
      settleSubscription(sandbox, { invoice: paid })
      return paid
    },
  ),

  endpoint('POST', '/v1/invoices/:id/finalize', { auto_advance: flag() }, (sandbox, params, { id }) => {
    const open = finalizeInvoice(sandbox, getInvoice(sandbox, id))
    if (open.status !== 'paid' && params.auto_advance === true) {
      settleSubscription(sandbox, collectInvoice(sandbox, open))
    }
    return getInvoice(sandbox, id)
  }),

  endpoint('POST', '/v1/invoices/:id/void', {}, (sandbox, _params, { id }) =>
    voidInvoice(sandbox, getInvoice(sandbox, id)),
  ),

  listing(
    '/v1/invoice_payments',
    'invoice_payment',
    {
      created: range(),
      invoice: text(),
      payment: object({ payment_intent: text(), type: oneOf('payment_intent') }),
      status: oneOf('canceled', 'open', 'paid'),
    },
    (sandbox, { created, invoice, payment, status }) =>
      sandbox.store
        .all('invoice_payment')
        .filter((one) => matches(one.invoice, invoice) && matches(one.status, status))
        .filter((one) => matches(one.payment.payment_intent, payment?.payment_intent))
        .filter((one) => within(one.created, created)),
  ),

  endpoint('GET', '/v1/invoice_payments/:id', {}, (sandbox, _params, { id }) => {
    const found = sandbox.store.find('invoice_payment', id)
    if (found === undefined) throw missing('invoice_payment', id)
    return found
  }),

  listing(
    '/v1/invoiceitems',
    'invoiceitem',
    { customer: text(), invoice: text(), pending: flag() },
    (sandbox, asked) =>
      sandbox.store
        .all('invoice_item')
        .filter(
          (one) =>
            matches(one.customer, asked.customer) && matches<string | null>(one.invoice, asked.invoice),
        )
        .filter((one) => matches(one.invoice === null, asked.pending)),
  ),
]
