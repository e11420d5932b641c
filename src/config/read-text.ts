import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type ConfigFault, NOWHERE, type Place } from './fault.ts'

/** Far above any real file. Nobody waits for, or pays for, the parsing of something that is not one. */
const FILE_BYTES_MAX = 1024 * 1024

export type ReadText =
  | { readonly kind: 'text'; readonly text: string; readonly mode: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'fault'; readonly fault: ConfigFault }

/** Reads a text file as UTF-8. `file` is its name in faults. A byte order mark is dropped. */
export function readText(path: string, file: string): ReadText {
  const fault = (message: string, place = NOWHERE): ReadText => ({
    kind: 'fault',
    fault: { file, ...place, message },
  })
  let bytes: Buffer
  let mode: number
  try {
    const read = readBytes(path)
    if (typeof read === 'string') return fault(read)
    bytes = read.bytes
    mode = read.mode
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' }
    if (code === 'EACCES' || code === 'EPERM')
      return fault('may not be read by this user - check its permissions')
    return fault(`cannot be read (${code ?? 'unknown reason'})`)
  }
  if (bytes.length > FILE_BYTES_MAX) return fault('is larger than 1 MiB and cannot be a configuration file')
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return fault('is saved as UTF-16 - save it as UTF-8')
  }
  const nul = bytes.indexOf(0)
  if (nul >= 0) return fault('contains a NUL byte, so it is not a text file', placeOf(bytes, nul))
  const text = decode(bytes)
  if (text === undefined) {
    return fault('is not UTF-8 text from here on - save it as UTF-8', placeOf(bytes, firstInvalid(bytes)))
  }
  // The decoder dropped one. A second one would be taken for part of the first key, or shift its column.
  if (text.startsWith('\uFEFF'))
    return fault('begins with two byte order marks - save it as UTF-8', { line: 1, column: 1 })
  return { kind: 'text', text, mode }
}

/** At most one byte over the limit is read, however large the file is. */
function readBytes(path: string): { bytes: Buffer; mode: number } | string {
  const descriptor = openSync(path, 'r')
  try {
    const stat = fstatSync(descriptor)
    if (stat.isDirectory()) return 'is a folder, not a file'
    const size = stat.isFile() ? Math.min(stat.size, FILE_BYTES_MAX) : FILE_BYTES_MAX
    const buffer = Buffer.allocUnsafe(size + 1)
    let length = 0
    while (length < buffer.length) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, null)
      if (count === 0) break
      length += count
    }
    return { bytes: buffer.subarray(0, length), mode: stat.mode }
  } finally {
    closeSync(descriptor)
  }
}

// Without `fatal`, broken bytes would turn into U+FFFD and be accepted as part of a value.
const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

/** Where the first letter begins that cannot be read. */
function firstInvalid(bytes: Buffer): number {
  let readable = 0
  let broken = bytes.length
  while (broken - readable > 1) {
    const middle = (readable + broken) >> 1
    // A start may end within a character: streaming accepts that.
    if (isReadableStart(bytes.subarray(0, middle))) readable = middle
    else broken = middle
  }
  // The letter that was never finished begins up to three bytes before.
  while (readable > 0 && decode(bytes.subarray(0, readable)) === undefined) readable -= 1
  return readable
}

function isReadableStart(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

function placeOf(bytes: Buffer, offset: number): Place {
  const before = bytes.subarray(0, offset).toString('latin1')
  const lineStart = before.lastIndexOf('\n') + 1
  const lineText = bytes
    .subarray(lineStart, offset)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
  return { line: before.split('\n').length, column: lineText.length + 1 }
}
