import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../domain/errors.ts'

/** One thing that changed: its kind, its id, and what it is now, or null when it is gone. */
export type Change = readonly [kind: string, id: string, value: unknown]

export interface Journal {
  /** The changes of one transaction, together on one line: after a crash either all of them are there or none. */
  append(changes: readonly Change[]): void
  /** Answers when everything appended before is on the disk. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Keeps nothing: for a sandbox without a state file. */
export const noJournal: Journal = {
  append: () => {},
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
}

/** The transactions of a journal. A last line without an end was never acknowledged and is left out. */
export function readJournal(path: string): readonly (readonly Change[])[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.slice(0, -1).map((line, index) => {
    try {
      return JSON.parse(line) as readonly Change[] // written by `append`
    } catch (cause) {
      const message = `Line ${index + 1} of the sandbox's state ${path} cannot be read. Move the file away to begin anew.`
      throw new AppError('misconfigured', message, { cause })
    }
  })
}

/** Writes a new journal that begins with these changes, in one rename, and appends to it from then on. */
export async function openJournal(path: string, all: readonly Change[]): Promise<Journal> {
  mkdirSync(dirname(path), { recursive: true })
  writeWhole(path, all)
  const file = await open(path, 'r+')
  let end = (await file.stat()).size
  let waiting: string[] = []
  let tail: Promise<void> = Promise.resolve()

  async function drain(): Promise<void> {
    if (waiting.length === 0) return
    const lines = waiting
    const bytes = Buffer.from(lines.join(''))
    // At a fixed place: what a failed attempt left behind is written over by the next.
    for (let done = 0; done < bytes.length; ) {
      done += (await file.write(bytes, done, bytes.length - done, end + done)).bytesWritten
    }
    await file.datasync()
    end += bytes.length
    waiting = waiting.slice(lines.length)
  }

  return {
    append(changes) {
      // A new array: `drain` may hold the present one.
      waiting = [...waiting, `${JSON.stringify(changes)}\n`]
    },
    flush() {
      const turn = tail.then(drain)
      tail = turn.catch(() => {}) // whoever waits for the turn hears of it; the next turn tries again
      return turn
    },
    async close() {
      await tail
      await drain()
      await file.close()
    },
  }
}

function writeWhole(path: string, all: readonly Change[]): void {
  const next = `${path}.next`
  const file = openSync(next, 'w', 0o600)
  try {
    for (const change of all) writeSync(file, `${JSON.stringify([change])}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(next, path)
  if (process.platform === 'win32') return // a folder cannot be opened there
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
