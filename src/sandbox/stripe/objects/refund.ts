import { newId } from '../ids.ts'
import type { Metadata } from '../params.ts'
import type { Charge } from './charge.ts'
import type { Seconds } from './shared.ts'

export type RefundReason = 'duplicate' | 'fraudulent' | 'requested_by_customer'

export interface Refund {
  readonly id: string
  readonly object: 'refund'
  readonly amount: number
  readonly balance_transaction: null
  readonly charge: string
  readonly created: Seconds
  readonly currency: string
  readonly customer: string | null
  readonly customer_account: null
  readonly destination_details: {
    readonly card: {
      readonly reference: string
      readonly reference_status: 'available'
      readonly reference_type: 'acquirer_reference_number'
      readonly type: 'refund'
    }
    readonly type: 'card'
  }
  readonly metadata: Metadata
  readonly payment_intent: string
  readonly payment_method: string
  readonly reason: RefundReason | null
  readonly receipt_number: null
  readonly source_transfer_reversal: null
  readonly status: 'succeeded'
  readonly transfer_reversal: null
}

export function newRefund(
  created: Seconds,
  charge: Charge,
  given: Pick<Refund, 'amount' | 'reason' | 'metadata'>,
): Refund {
  return {
    id: newId('re_3', 23),
    object: 'refund',
    balance_transaction: null,
    charge: charge.id,
    created,
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: {
        reference: '1234567890123456',
        reference_status: 'available',
        reference_type: 'acquirer_reference_number',
        type: 'refund',
      },
      type: 'card',
    },
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
    ...given,
  }
}
