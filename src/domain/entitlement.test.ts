import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideEntitlement } from './entitlement.ts'
import {
  isEnded,
  SUBSCRIPTION_STATUSES,
  type Subscription,
  type SubscriptionStatus,
} from './subscriptions.ts'

const DAY = 24 * 60 * 60 * 1000
const now = Date.UTC(2026, 10, 23)
const rule = { now, graceMs: 7 * DAY }
const config = { stripe: { prices: { premium: 'price_premium' } } }

function subscription(given: Partial<Subscription> = {}): Subscription {
  return {
    id: 'sub_1',
    customer_id: 'cus_1',
    status: 'active',
    prices: [{ id: 'price_premium', tier: null }],
    started_at: now - 40 * DAY,
    period_start: now - 10 * DAY,
    period_end: now + 20 * DAY,
    ends_at: null,
    ended_at: null,
    past_due_since: null,
    payment_url: null,
    user_id: 'user-1',
    ...given,
  }
}

const decide = (...subscriptions: Partial<Subscription>[]) =>
  decideEntitlement(subscriptions.map(subscription), config, rule)

describe('one subscription', () => {
  const tiers: Record<Exclude<SubscriptionStatus, 'past_due'>, 'free' | 'premium'> = {
    active: 'premium',
    trialing: 'premium',
    incomplete: 'free',
    incomplete_expired: 'free',
    unpaid: 'free',
    paused: 'free',
    canceled: 'free',
  }
  it.each(Object.entries(tiers))('that is %s gives %s', (status, tier) => {
    expect(decide({ status: status as SubscriptionStatus }).tier).toBe(tier)
  })

  it.each([
    ['just now', 0, 'premium'],
    ['a moment before the grace is over', 7 * DAY - 1, 'premium'],
    ['when the grace is over', 7 * DAY, 'free'],
    ['long ago', 90 * DAY, 'free'],
  ])('that could not be charged %s', (_, ago, tier) => {
    const decided = decide({ status: 'past_due', past_due_since: now - Number(ago) })
    expect(decided.tier).toBe(tier)
    expect(decided.subscription?.id).toBe('sub_1')
    expect(decided.recheckAt).toBe(tier === 'premium' ? now - Number(ago) + 7 * DAY : undefined)
  })

  it('that could not be charged gives nothing without a grace', () => {
    const past = subscription({ status: 'past_due', past_due_since: now })
    expect(decideEntitlement([past], config, { now, graceMs: 0 }).tier).toBe('free')
  })

  it('that is cancelled for later keeps its tier until then', () => {
    expect(decide({ ends_at: now + DAY }).tier).toBe('premium')
    expect(decide({ ends_at: now - DAY }).tier).toBe('premium') // Stripe has the last word on when it is over
  })

  it('with metered prices beside the premium one gives premium', () => {
    const prices = ['price_voice', 'price_premium', 'price_sms'].map((id) => ({ id, tier: null }))
    expect(decide({ prices }).tier).toBe('premium')
  })

  it('at another price of the tier, as setup marks it, gives premium', () => {
    expect(decide({ prices: [{ id: 'price_yearly', tier: 'premium' }] }).tier).toBe('premium')
  })

  it('at a price that nobody knows gives nothing, and somebody is told', () => {
    for (const tier of [null, 'gold', 'free']) {
      const decided = decide({ prices: [{ id: 'price_other', tier }] })
      expect(decided).toMatchObject({ tier: 'free', subscription: undefined, unknown: ['sub_1'] })
    }
  })

  it('of nobody is free', () => {
    expect(decide()).toEqual({
      tier: 'free',
      subscription: undefined,
      recheckAt: undefined,
      duplicates: [],
      unknown: [],
    })
  })
})

describe('several subscriptions', () => {
  it('a canceled newer one does not hide the one that is paid', () => {
    const decided = decide({ id: 'sub_a' }, { id: 'sub_b', status: 'canceled', started_at: now })
    expect(decided).toMatchObject({ tier: 'premium', subscription: { id: 'sub_a' }, duplicates: [] })
  })

  it('the newer of two that are paid is a duplicate and its payment goes back', () => {
    const decided = decide({ id: 'sub_new', started_at: now }, { id: 'sub_old' })
    expect(decided.subscription?.id).toBe('sub_old')
    expect(decided.duplicates).toEqual([{ id: 'sub_new', refund: true }])
  })

  it('of the same second the one with the smaller id is kept, whoever comes first', () => {
    const pair = [{ id: 'sub_b' }, { id: 'sub_a' }]
    for (const order of [pair, [...pair].reverse()])
      expect(decide(...order)).toMatchObject({
        subscription: { id: 'sub_a' },
        duplicates: [{ id: 'sub_b', refund: true }],
      })
  })

  it('the paid one counts although an older one is past due; that one ends without a refund', () => {
    const decided = decide(
      { id: 'sub_old', status: 'past_due', past_due_since: now },
      { id: 'sub_new', started_at: now },
    )
    expect(decided).toMatchObject({ tier: 'premium', subscription: { id: 'sub_new' } })
    expect(decided.duplicates).toEqual([{ id: 'sub_old', refund: false }])
  })

  it('one that was made in the dashboard is never ended by us', () => {
    expect(decide({ id: 'sub_a' }, { id: 'sub_b', started_at: now, user_id: null }).duplicates).toEqual([])
  })

  it('one that was never paid is left to expire', () => {
    expect(decide({ id: 'sub_a' }, { id: 'sub_b', status: 'incomplete' }).duplicates).toEqual([])
  })

  it('nothing is ended while none of them is paid', () => {
    const past = { status: 'past_due', past_due_since: now } as const
    expect(decide({ id: 'sub_a', ...past }, { id: 'sub_b', ...past }).duplicates).toEqual([])
  })
})

describe('for any subscriptions', () => {
  const any = fc.record({
    id: fc.stringMatching(/^sub_[a-z0-9]{4,8}$/),
    status: fc.constantFrom(...SUBSCRIPTION_STATUSES),
    started_at: fc.integer({ min: now - 100 * DAY, max: now }),
    ends_at: fc.option(fc.integer({ min: now - DAY, max: now + 30 * DAY })),
    past_due_since: fc.option(fc.integer({ min: now - 20 * DAY, max: now })),
    user_id: fc.option(fc.constant('user-1')),
    prices: fc.constantFrom(
      [{ id: 'price_premium', tier: null }],
      [{ id: 'price_other', tier: null }],
      [{ id: 'price_old', tier: 'premium' }],
    ),
  })
  const lists = fc.uniqueArray(any, { maxLength: 6, selector: ({ id }) => id })

  it('the order in which they come changes nothing', () => {
    fc.assert(
      fc.property(lists, fc.nat(), (list, turn) => {
        const turned = [...list.slice(turn % (list.length || 1)), ...list.slice(0, turn % (list.length || 1))]
        const sorted = (decided: ReturnType<typeof decide>) => ({
          ...decided,
          duplicates: [...decided.duplicates].sort((a, b) => (a.id < b.id ? -1 : 1)),
        })
        expect(sorted(decide(...turned.reverse()))).toEqual(sorted(decide(...list)))
      }),
    )
  })

  it('premium is exactly when one of them alone would give it', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const alone = list.some((one) => decide(one).tier === 'premium')
        expect(decide(...list).tier).toBe(alone ? 'premium' : 'free')
      }),
    )
  })

  it('what counts lives, and is never ended itself; ending the duplicates changes neither', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const decided = decide(...list)
        const ended = new Set(decided.duplicates.map(({ id }) => id))
        if (decided.subscription !== undefined) {
          expect(isEnded(decided.subscription)).toBe(false)
          expect(ended.has(decided.subscription.id)).toBe(false)
        }
        const after = decide(
          ...list.map((one) => (ended.has(one.id) ? { ...one, status: 'canceled' as const } : one)),
        )
        expect(after).toMatchObject({ tier: decided.tier, duplicates: [] })
        expect(after.subscription?.id).toBe(decided.subscription?.id)
      }),
    )
  })
})
