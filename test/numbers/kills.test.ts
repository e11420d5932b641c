import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ending, prepareTemplate, type Sabotage, type Story, tell } from './kill-story.ts'
import { MISBEHAVIOURS } from './misbehaviours.ts'
import { candidateNotSavedFirst, leaseIgnored, searchFollowsUnknown } from './sabotage.ts'

/** `npm run test:kill`: every place under every misbehaviour, killed and asleep, and every pair of places of two workers. */
const isLong = process.env.XSWARM_LONG === '1'
const CASES = Object.entries(MISBEHAVIOURS)
const TIME_MS = isLong ? 3_600_000 : 120_000

let remove = () => {}
beforeAll(async () => {
  remove = await prepareTemplate()
})
afterAll(() => remove())

const about = (story: Story, { places, faults }: Ending) => ({
  ...story,
  place: story.stopAt === undefined ? undefined : places[story.stopAt - 1],
  faults,
})

async function expectGoodEnd(story: Story): Promise<Ending> {
  const ending = await tell(story)
  expect(about(story, ending)).toMatchObject({ faults: [] })
  return ending
}

describe('exactly one number for everybody who pays, none leaked, ledger = inventory', () => {
  test.each(CASES)('when nobody dies and Twilio %s', async (_, misbehaviour) => {
    await expectGoodEnd({ misbehaviour })
  })

  test(
    'wherever the worker is killed',
    async () => {
      const { places } = await expectGoodEnd({})
      expect(places.length).toBeGreaterThan(80)
      for (let stopAt = 1; stopAt <= places.length; stopAt += isLong ? 1 : 2) {
        // In short each place meets another misbehaviour; in long it meets all.
        const met = isLong ? CASES : CASES.slice(stopAt % CASES.length).slice(0, 1)
        for (const [, misbehaviour] of met) await expectGoodEnd({ stopAt, misbehaviour })
      }
    },
    TIME_MS,
  )

  test(
    'wherever the worker falls asleep, and wakes up when another has done its work',
    async () => {
      const { places } = await tell({})
      for (let stopAt = 1; stopAt <= places.length; stopAt += isLong ? 1 : 9) {
        const met = isLong ? CASES : CASES.slice(((stopAt - 1) / 9) % CASES.length).slice(0, 1)
        for (const [, misbehaviour] of met) await expectGoodEnd({ stopAt, stop: 'asleep', misbehaviour })
      }
    },
    TIME_MS,
  )

  test(
    'wherever two workers overlap',
    async () => {
      const { places } = await tell({})
      const [from, to] = purchase(places)
      const step = isLong ? 1 : 3
      for (let stopAt = from; stopAt <= to; stopAt += step)
        for (let wakeAt = 1; wakeAt <= (isLong ? 30 : 10); wakeAt += step)
          await expectGoodEnd({ stopAt, stop: 'asleep', wakeAt })
    },
    TIME_MS,
  )
})

/** The first purchase, from the search to the write that assigns it, by the places passed. */
function purchase(places: readonly string[]): readonly [number, number] {
  const from = places.indexOf('before search') + 1
  return [from, places.indexOf('after buy') + 3]
}

describe('the same test is red', () => {
  const redStories = async (stories: readonly Story[], sabotage: () => Sabotage): Promise<string[]> => {
    const red: string[] = []
    for (const story of stories) red.push(...(await tell({ ...story, sabotage: sabotage() })).faults)
    return red
  }

  test('when the candidate is not saved before it is bought', async () => {
    const { places } = await tell({})
    const stopAt = places.indexOf('after buy') + 1
    expect(await redStories([{}], candidateNotSavedFirst)).toEqual([])
    expect(await redStories([{ stopAt }], candidateNotSavedFirst)).toContainEqual(
      expect.stringContaining("paid for and nobody's"),
    )
  })

  test('when a search follows a purchase whose outcome is not known', async () => {
    const misbehaviour = { lostAnswers: { on: 'buy', times: 1 } } as const
    expect(await redStories([{}], () => searchFollowsUnknown)).toEqual([])
    expect(await redStories([{ misbehaviour }], () => searchFollowsUnknown)).toContainEqual(
      expect.stringContaining("paid for and nobody's"),
    )
  })

  test('when the lease is ignored', async () => {
    const { places } = await tell({ sabotage: leaseIgnored })
    const stopAt = places.indexOf('after search') + 1
    const stories = Array.from(
      { length: 14 },
      (_, index): Story => ({ stopAt, stop: 'asleep', wakeAt: index + 1 }),
    )
    expect(await redStories(stories, () => leaseIgnored)).toContainEqual(
      expect.stringContaining("paid for and nobody's"),
    )
  })
})
