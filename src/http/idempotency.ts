import { z } from 'zod'

const key = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'Send 1 to 255 visible ASCII characters.')
  .optional()
  .describe('A request repeated with the same key and the same body is done once and answered alike.')

/** For routes whose requests may be repeated safely. */
export const idempotencyHeaders = z.object({ 'idempotency-key': key })

/** The key as actions take it. */
export function idempotencyOf(headers: z.output<typeof idempotencyHeaders>): { idempotency?: string } {
  const given = headers['idempotency-key']
  return given === undefined ? {} : { idempotency: given }
}
