import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LIFECYCLES, type Recording, record } from './recordings.ts'
import { createReplay, type Moment, type Plan, type Replay } from './replay.ts'

/**
 * Every lifecycle ends in the same rows, in whatever order its events come: twice, at the same second, with a process that
 * dies at any step. All orders of up to six events and 500 random ones of more take minutes: `npm run test:billing-orders`.
 * Here are some of each.
 */
const ALL = process.env.BILLING_ORDERS === 'all'
const ORDERS_OF_MORE = ALL ? 500 : 12
const EVENTS_PERMUTED_MAX = ALL ? 6 : 3

describe.each(Object.keys(LIFECYCLES))('%s', (name) => {
  let recording: Recording
  let replay: Replay
  beforeAll(async () => {
    recording = await record(name)
    replay = await createReplay(recording)
  })
  afterAll(() => replay.close())

  it('ends in the same rows in every order', async () => {
    const { length } = recording.events
    expect(length).toBeGreaterThanOrEqual(3)
    const inOrder = indexes(length)
    const expected = await replay.run({ moments: inOrder.flatMap(thenWork), sameSecond: false })
    expect(expected).toMatchObject({ user: [{ subscription_tier: LIFECYCLES[name]?.tier }] })
    const random = createRandom(1 + name.length)
    const orders =
      length <= EVENTS_PERMUTED_MAX
        ? permutations(inOrder)
        : Array.from({ length: ORDERS_OF_MORE }, () => shuffle(inOrder, random))
    for (const order of orders) {
      const plan = planFor(order, random)
      expect(await replay.run(plan), JSON.stringify(plan)).toEqual(expected)
    }
  }, 1_200_000)
})

const thenWork = (index: number): Moment[] => [
  { kind: 'event', index },
  { kind: 'work', dies: 'not' },
]

/** The events in this order, some of them twice, with work and death in between. */
function planFor(order: readonly number[], random: () => number): Plan {
  const moments: Moment[] = []
  for (const index of order) {
    moments.push({ kind: 'event', index })
    if (random() < 0.3)
      moments.push({ kind: 'event', index: order[Math.floor(random() * order.length)] ?? index })
    const fate = random()
    if (fate < 0.25) moments.push({ kind: 'work', dies: 'not' })
    else if (fate < 0.5) moments.push({ kind: 'work', dies: 'before its write' })
    else if (fate < 0.75) moments.push({ kind: 'work', dies: 'after its write' })
  }
  return { moments, sameSecond: random() < 0.5 }
}

function indexes(length: number): number[] {
  return Array.from({ length }, (_, index) => index)
}

function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]]
  return items.flatMap((first) =>
    permutations(items.filter((one) => one !== first)).map((rest) => [first, ...rest]),
  )
}

function shuffle(items: readonly number[], random: () => number): number[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

/** The same in every run. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
