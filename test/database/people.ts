import type { User } from '../../src/domain/users.ts'

/** The n-th person of a test, different from all others in every unique column. */
export function person(n: number | string, columns: Partial<User> = {}): Omit<User, 'created_at'> {
  return {
    id: `id-${n}`,
    email: `person${n}@example.com`,
    phone: null,
    xswarm_email: `person${n}@xswarm.ai`,
    xswarm_phone: null,
    subscription_tier: 'free',
    persona: 'hal-9000',
    wake_word: 'hey hal',
    stripe_customer_id: null,
    stripe_subscription_id: null,
    ...columns,
  }
}
