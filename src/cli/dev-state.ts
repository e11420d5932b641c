import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { findDatabaseFile } from './database-file.ts'
import type { DevStripe } from './dev-stripe.ts'
import type { DevTwilio } from './dev-twilio.ts'

/**
 * The note a running `xswarm dev` leaves beside its database, so that commands in another window act as the test
 * user on it, whatever environment config.toml names.
 */
export interface DevState {
  readonly pid: number
  readonly url: string
  /** The test user's address. */
  readonly user: string
  /** What people call it in a browser. */
  readonly page?: string
  /** Its Stripe, unless that is switched off or the real one. */
  readonly stripe?: DevStripe
  /** Its Twilio, likewise. */
  readonly twilio?: DevTwilio
}

/** Leaves the note. The answer takes it away again. */
export function announceDev(databaseFile: string, state: DevState): () => void {
  const file = noteOf(databaseFile)
  writeFileSync(file, `${JSON.stringify(state)}\n`, { mode: 0o600 })
  return () => {
    // A second dev on the same database, started later, has left its own note.
    if (readNote(file)?.pid === state.pid) rmSync(file, { force: true })
  }
}

/** The dev server that runs on this database now. A note left by a killed one counts for nothing. */
export async function findRunningDev(databaseUrl: string): Promise<DevState | undefined> {
  const databaseFile = await findDatabaseFile(databaseUrl)
  const state = databaseFile === undefined ? undefined : readNote(noteOf(databaseFile))
  if (state === undefined || !isAlive(state.pid)) return undefined
  return (await answers(state.url)) ? state : undefined
}

function noteOf(databaseFile: string): string {
  return `${databaseFile}.dev.json`
}

function readNote(file: string): DevState | undefined {
  const text = readIfPresent(file)
  if (text === undefined) return undefined
  try {
    const note: unknown = JSON.parse(text)
    return isDevState(note) ? note : undefined
  } catch (error) {
    // Half a note: its writer died. It says as little as none.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined
    throw error
  }
}

function isDevState(note: unknown): note is DevState {
  if (typeof note !== 'object' || note === null) return false
  return (
    'pid' in note &&
    Number.isInteger(note.pid) &&
    'url' in note &&
    typeof note.url === 'string' &&
    'user' in note &&
    typeof note.user === 'string'
  )
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Somebody else's process lives, but is not the one that wrote into our folder.
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}

/** A process id is given out again after a restart of the machine, so the server itself has the last word. */
async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(1000) })
    return answer.ok
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}
