import type { Clock } from '../../domain/ports.ts'

/** The sandbox's own time: the machine's, some days ahead, and standing still while something overdue is made up for. */
export interface SandboxTime {
  /** Milliseconds since the epoch. */
  now(): number
  /** Jumps forward to this moment; never back. */
  moveTo(ms: number): void
  /** How far it is ahead of the machine. */
  ahead(): number
  /** Does `work` as if it were that moment: what comes late still happens at its time. */
  at<T>(ms: number, work: () => T): T
}

export function createTime(clock: Clock, startAheadMs: number): SandboxTime {
  let aheadMs = startAheadMs
  let still: number | undefined
  const now = () => still ?? clock.now() + aheadMs
  return {
    now,
    moveTo(ms) {
      aheadMs += Math.max(0, ms - (clock.now() + aheadMs))
    },
    ahead: () => aheadMs,
    at(ms, work) {
      still = ms
      try {
        return work()
      } finally {
        still = undefined
      }
    },
  }
}
