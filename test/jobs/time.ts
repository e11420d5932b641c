import type { Timers } from '../../src/worker/timers.ts'

/** Time that stands still until it is moved, for a worker: its clock and its timers. */
export interface Time {
  readonly timers: Timers
  now(): number
  /** Moves the clock on, calling what falls due on the way in its order. */
  advance(ms: number): void
  /** How long until each timer that is set, shortest first. */
  pending(): number[]
}

export function createTime(clock: { now(): number; advance(ms: number): void }): Time {
  const set = new Set<{ readonly at: number; readonly run: () => void }>()
  const next = (until: number) => [...set].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
  return {
    timers: {
      after(ms, run) {
        const timer = { at: clock.now() + ms, run }
        set.add(timer)
        return () => set.delete(timer)
      },
    },
    now: () => clock.now(),
    advance(ms) {
      const until = clock.now() + ms
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        set.delete(timer)
        clock.advance(Math.max(0, timer.at - clock.now()))
        timer.run()
      }
      clock.advance(until - clock.now())
    },
    pending: () => [...set].map(({ at }) => at - clock.now()).sort((a, b) => a - b),
  }
}

/** Answers once `holds` does. There is no limit of its own: a test that waits in vain meets that of the runner. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}

/** Lets time pass, a step at a time, until `holds` does. */
export async function passUntil(
  time: Time,
  holds: () => boolean | Promise<boolean>,
  stepMs = 1_000,
): Promise<void> {
  await until(async () => {
    if (await holds()) return true
    time.advance(stepMs)
    return false
  })
}
