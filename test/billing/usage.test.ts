import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordUsage } from '../../src/actions/record-usage.ts'
import { setTier } from '../../src/actions/set-tier.ts'
import { minutesOf, overageOf, thresholdReached, type UsageKind } from '../../src/domain/usage.ts'
import { control, mailsTo, subscribe } from './person.ts'
import { type BillingStage, createBillingStage, DAY } from './stage.ts'

describe('the rules of usage', () => {
  it.each([
    [0, 0],
    [-3, 0],
    [1, 1],
    [60, 1],
    [61, 2],
    [3_600, 60],
  ])('%i seconds are %i minutes', (seconds, minutes) => expect(minutesOf(seconds)).toBe(minutes))

  it('overage adds up to what lies above the included amount, however it is cut up', () => {
    const parts = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 20 })
    fc.assert(
      fc.property(parts, fc.integer({ min: 0, max: 300 }), (units, included) => {
        let before = 0
        let overage = 0
        for (const one of units) {
          overage += overageOf(before, one, included)
          before += one
        }
        expect(overage).toBe(Math.max(0, before - included))
      }),
    )
  })

  it.each([
    [0, 79, undefined],
    [79, 80, 80],
    [80, 99, undefined],
    [99, 100, 100],
    [0, 250, 100],
    [100, 200, undefined],
  ])('from %i to %i of 100 reaches %s', (before, after, share) => {
    expect(thresholdReached(before, after, 100)).toBe(share)
  })

  it('nothing included means nothing to reach', () => expect(thresholdReached(0, 5, 0)).toBeUndefined())
})

describe('usage', () => {
  let stage: BillingStage
  let id: string
  beforeEach(async () => {
    stage = await createBillingStage()
    id = (await subscribe(stage)).id
  })
  afterEach(() => stage.close())

  let calls = 0
  const use = (units: number, kind: UsageKind = 'voice', source_id = `CA${++calls}`) =>
    recordUsage(stage.app, { kind, source_id, user_id: id, units, at: stage.clock.now() })
  const rows = () => stage.sql('SELECT id, units, overage, report, attempted_at FROM usage ORDER BY at, id')

  /** What Stripe's meter counted for this customer. */
  async function counted(kind: UsageKind = 'voice'): Promise<number> {
    const { data } = await stage.stripe.billing.meters.list()
    const meter = data.find(({ event_name }) => event_name.includes(kind))
    const { stripe_customer_id: customer } = await stage.user(id)
    const second = Math.floor(stage.clock.now() / 1000)
    const summaries = await stage.stripe.billing.meters.listEventSummaries(meter?.id ?? '', {
      customer: customer ?? '',
      start_time: second - (second % 60) - 40 * 86_400,
      end_time: second - (second % 60) + 600,
    })
    return summaries.data.reduce((sum, one) => sum + one.aggregated_value, 0)
  }

  it('is counted once however often it is told, and only what lies above the included amount is reported', async () => {
    await use(95)
    await Promise.all(Array.from({ length: 5 }, () => use(10, 'voice', 'CA-again')))
    await use(3)
    await stage.settle()
    expect((await stage.app.usage.totals(id, '2026-11')).voice).toBe(108)
    expect(await counted()).toBe(8)
    expect(new Set((await rows()).map(({ report }) => report))).toEqual(new Set(['none', 'reported']))
  })

  it('told by many at once loses nothing', async () => {
    await Promise.all(Array.from({ length: 12 }, () => use(10)))
    await stage.settle()
    expect((await stage.app.usage.totals(id, '2026-11')).voice).toBe(120)
    expect(await counted()).toBe(20)
  })

  it('of messages has its own amount and meter, and a new month begins at nothing', async () => {
    await use(120, 'sms')
    stage.clock.advance(9 * DAY)
    await use(30, 'sms')
    await stage.settle()
    expect(await counted('sms')).toBe(20)
    expect(await counted('voice')).toBe(0)
    expect((await stage.app.usage.totals(id, '2026-12')).sms).toBe(30)
  })

  it('is mailed at 80 and at 100 percent, once a month each', async () => {
    for (const units of [79, 1, 19, 1, 50]) await use(units)
    await use(200, 'sms')
    await stage.settle()
    expect(mailsTo(stage, 'alice@example.com').slice(1).sort()).toEqual([
      '80 % of your voice minutes are used',
      'Your included text messages are used up',
      'Your included voice minutes are used up',
    ])
  })

  it('of a tier that was given is billed to nobody', async () => {
    const bob = await stage.createPerson('bob@example.com')
    await setTier(stage.app, bob.id, 'premium')
    await recordUsage(stage.app, {
      kind: 'voice',
      source_id: 'CA-bob',
      user_id: bob.id,
      units: 500,
      at: stage.clock.now(),
    })
    await stage.settle()
    const [row] = await stage.sql("SELECT * FROM usage WHERE id = 'voice:CA-bob'")
    expect(row).toMatchObject({ overage: 400, report: 'none', customer_id: null })
  })

  it('whose report was done and its answer lost is counted once', async () => {
    await control(stage, 'misbehave', { lostAnswers: 6 })
    await use(110)
    await stage.work()
    await control(stage, 'misbehave', {})
    expect((await rows())[0]).toMatchObject({ report: 'sending', attempted_at: stage.clock.now() })
    stage.clock.advance(3_600_000)
    await stage.settle()
    expect((await rows())[0]).toMatchObject({ report: 'reported' })
    expect(await counted()).toBe(10)
  })

  it('whose report begins and whose process dies is reported once', async () => {
    await use(110)
    // As after a crash between the attempt and its note.
    await stage.sql("UPDATE usage SET report = 'sending', attempted_at = ?", stage.clock.now())
    await stage.settle()
    expect(await counted()).toBe(10)
    expect((await rows())[0]).toMatchObject({ report: 'reported' })
  })

  it('whose report stayed uncertain for a day is raised, and never sent again', async () => {
    await use(110)
    await stage.sql("UPDATE usage SET report = 'sending', attempted_at = ?", stage.clock.now())
    stage.clock.advance(23 * 3_600_000)
    await stage.settle()
    expect((await rows())[0]).toMatchObject({ report: 'uncertain' })
    expect(await counted()).toBe(0)
    expect(stage.logged.some(({ level, message }) => level === 'error' && /given up/.test(message))).toBe(
      true,
    )
  })

  it('outlives an outage of two days, because what was never sent is certain', async () => {
    await control(stage, 'misbehave', { fail: { status: 429 } })
    await use(110)
    await stage.work()
    expect((await rows())[0]).toMatchObject({ report: 'due', attempted_at: null })
    stage.clock.advance(2 * DAY)
    await control(stage, 'misbehave', {})
    await stage.settle()
    expect(await counted()).toBe(10)
  })

  it('that is too old for Stripe is raised', async () => {
    await use(110)
    stage.clock.advance(34 * DAY)
    await stage.work()
    expect((await rows())[0]).toMatchObject({ report: 'refused' })
  })

  it('of somebody who is gone is forgotten', async () => {
    const told = {
      kind: 'sms',
      source_id: 'SM1',
      user_id: 'nobody',
      units: 1,
      at: stage.clock.now(),
    } as const
    expect(await recordUsage(stage.app, told)).toBeUndefined()
  })
})
