import type { Io } from './io.ts'

/** How far a long command is, on one line that is written over again. Only for a person: silent without a terminal. */
export interface Progress {
  show(done: number): void
  end(): void
}

export function createProgress(total: number, io: Io): Progress {
  if (!io.interactive || io.json) return { show: () => undefined, end: () => undefined }
  let shown = -1
  return {
    show(done) {
      // A step is a hundredth of the way: more would only keep the terminal busy.
      const step = Math.floor((done * 100) / Math.max(total, 1))
      if (step === shown) return
      shown = step
      io.stderr.write(`\r\u001b[K${done} of ${total}`)
    },
    end: () => void io.stderr.write('\r\u001b[K'),
  }
}
