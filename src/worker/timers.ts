/** Waiting, passed in like the clock so that a test can move both. */
export interface Timers {
  /** Calls `run` once after `ms`. Returns how to call it off. */
  after(ms: number, run: () => void): () => void
}

/** The machine's timers. They keep the process alive: a worker is there to work until it is closed. */
export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
