import type { Clock } from '../../domain/ports.ts'
import type { MisbehaveOptions, Misbehaviour } from './sandbox.ts'

/** Behaves well until it is told otherwise. */
export function createMisbehaviour(clock: Clock, sandboxNow: () => number): Misbehaviour {
  let options: MisbehaveOptions = {}
  let second: number | undefined
  let failUntil: number | undefined
  let random = createRandom(1)

  /** Takes one of a number of times that is left. */
  function take(key: 'dropEvents' | 'lostAnswers'): boolean {
    const left = options[key] ?? 0
    if (left > 0) options = { ...options, [key]: left - 1 }
    return left > 0
  }

  return {
    get options() {
      return options
    },
    set(asked) {
      options = asked
      second = asked.sameSecond === true ? Math.floor(sandboxNow() / 1000) : undefined
      failUntil = asked.fail?.forMs === undefined ? undefined : clock.now() + asked.fail.forMs
      random = createRandom(asked.seed ?? 1)
    },
    copies: () => 1 + (options.duplicates ?? 0),
    drops: () => take('dropEvents'),
    createdAt: (now) => second ?? now,
    delayMs: () => Math.floor((options.delayMs ?? 0) * (options.order === 'random' ? random() : 1)),
    arrange: (items) => (options.order === 'random' ? shuffle(items, random) : [...items]),
    losesAnswer: () => take('lostAnswers'),
    fails() {
      const { fail } = options
      if (fail === undefined) return undefined
      if (failUntil !== undefined && clock.now() >= failUntil) return undefined
      if (fail.count !== undefined) {
        if (fail.count <= 0) return undefined
        options = { ...options, fail: { ...fail, count: fail.count - 1 } }
      }
      return fail.status
    },
  }
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

/** Numbers from 0 to 1 that are the same in every run: xorshift, whose state must not be 0. */
function createRandom(seed: number): () => number {
  let state = Math.imul(seed, 2_654_435_761) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 2 ** 32
  }
}
