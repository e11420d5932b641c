import type { Timers } from '../../src/worker/timers.ts'

/** How much faster than in earnest: a lease of 20 seconds is over after two. */
const SPEED = 10

/** Time that really passes, only faster, and the same for every process that is told the same beginning. */
export function fastTime(begin: number): { readonly now: () => number; readonly timers: Timers } {
  return {
    now: () => Math.round(begin + (Date.now() - begin) * SPEED),
    timers: {
      after(ms, run) {
        const timer = setTimeout(run, ms / SPEED)
        return () => clearTimeout(timer)
      },
    },
  }
}
