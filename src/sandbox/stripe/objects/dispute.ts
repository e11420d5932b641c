import { newId } from '../ids.ts'
import type { Metadata } from '../params.ts'
import type { Charge } from './charge.ts'
import type { Seconds } from './shared.ts'

const DAY = 86_400

export interface Dispute {
  readonly id: string
  readonly object: 'dispute'
  readonly amount: number
  readonly balance_transactions: never[]
  readonly charge: string
  readonly created: Seconds
  readonly currency: string
  readonly enhanced_eligibility_types: never[]
  readonly evidence: typeof noEvidence
  readonly evidence_details: {
    readonly due_by: Seconds
    readonly enhanced_eligibility: Record<string, never>
    readonly has_evidence: false
    readonly past_due: false
    readonly submission_count: 0
    readonly submission_method: 'manual'
  }
  readonly intended_submission_method: null
  readonly is_charge_refundable: boolean
  readonly livemode: false
  readonly metadata: Metadata
  readonly network_reason_code: string
  readonly payment_intent: string
  readonly payment_method_details: {
    readonly card: {
      readonly brand: string
      readonly case_type: 'chargeback'
      readonly network: string
      readonly network_reason_code: '83'
    }
    readonly type: 'card'
  }
  readonly reason: string
  readonly status: 'needs_response' | 'won' | 'lost'
}

export function newDispute(created: Seconds, charge: Charge, reason: string): Dispute {
  return {
    id: newId('du_1', 23),
    object: 'dispute',
    amount: charge.amount,
    balance_transactions: [],
    charge: charge.id,
    created,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: noEvidence,
    evidence_details: {
      due_by: created + 9 * DAY,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'manual',
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    network_reason_code: '83',
    payment_intent: charge.payment_intent,
    payment_method_details: {
      card: {
        brand: charge.payment_method_details.card.brand,
        case_type: 'chargeback',
        network: charge.payment_method_details.card.brand,
        network_reason_code: '83',
      },
      type: 'card',
    },
    reason,
    status: 'needs_response',
  }
}

const noEvidence = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
}
