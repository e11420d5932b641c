import { quietMoment } from './system.mjs'

/** The middle value. Throws for an empty list: a median of nothing would read as a result. */
export function median(values) {
  if (values.length === 0) throw new Error('a median of nothing')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The value that `share` of all values lie below. `values` is sorted in place. */
export function percentile(values, share) {
  values.sort()
  return values[Math.min(values.length - 1, Math.floor(values.length * share))]
}

/**
 * Runs every case once per round, each round beginning with another case, so that none always comes first or always
 * meets the same neighbour. Returns what each case measured, by its name, in the order of the rounds.
 */
export async function interleave(rounds, cases, progress = () => {}) {
  const names = Object.keys(cases)
  const measured = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(round + i) % names.length]
      progress(`round ${round + 1} of ${rounds}: ${name}`)
      await quietMoment()
      measured[name].push(await cases[name](round))
    }
  }
  return measured
}

/** The median of the ratios within the rounds: what disturbs a round disturbs both of its sides. */
export function medianRatio(values, others) {
  return median(values.map((value, round) => value / others[round]))
}
