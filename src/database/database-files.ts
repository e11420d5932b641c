import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '../domain/errors.ts'

/** What SQLite keeps beside a file. */
export const JOURNALS = ['-wal', '-shm', '-journal']

/** Throws AppError `misconfigured` when there is no way to write there. */
export function createEmpty(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    remove(path)
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    const sentence = `${path} cannot be written. Check that its folder exists and may be written to.`
    throw new AppError('misconfigured', sentence, { cause: error })
  }
}

/** With its journals. */
export function remove(path: string): void {
  for (const suffix of ['', ...JOURNALS]) rmSync(path + suffix, { force: true })
}

/** False for a file that is missing or empty. */
export function hasContent(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0
}

/** Makes a file, or the names in a folder, survive a power cut. */
export function flush(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
