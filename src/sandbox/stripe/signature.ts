import { createHmac } from 'node:crypto'

/** The `Stripe-Signature` of a body sent at this second. */
export function signPayload(body: string, secret: string, at: number): string {
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`
}
