import { createInterface } from 'node:readline/promises'
import { AppError } from '../domain/errors.ts'
import { InterruptedError, UsageError } from './failure.ts'
import type { Io } from './io.ts'
import { printable } from './report.ts'

/** Asks before something that cannot be taken back. Throws unless the answer is yes; without a terminal a flag is the answer. */
export async function confirm(question: string, flag: string, io: Io): Promise<void> {
  if (!io.interactive) {
    throw new UsageError(`there is no terminal to ask: ${printable(question)}`, `Say it with ${flag}.`)
  }
  const line = createInterface({ input: io.stdin, output: io.stderr })
  // ^D and a closed terminal are no answer; without this the question would wait for ever.
  const closed = new AbortController()
  let interrupted = false
  line.once('SIGINT', () => {
    interrupted = true
    line.close()
  })
  line.once('close', () => closed.abort())
  try {
    const answer = await line.question(`${printable(question)} [y/N] `, { signal: closed.signal })
    if (/^y(es)?$/i.test(answer.trim())) return
  } catch (error) {
    if (!closed.signal.aborted) throw error
    io.say('')
    if (interrupted) throw new InterruptedError()
  } finally {
    line.close()
  }
  throw new AppError('conflict', 'Nothing was changed.')
}
