import { AppError } from '../domain/errors.ts'

/** One fault, at the place where it is repaired. The message never contains a value. */
export interface ConfigFault {
  /** As the person would name it from the current folder, or `process environment`. */
  readonly file: string
  /** Both 1-based, at the key. 0 when the fault has no place in a file. */
  readonly line: number
  readonly column: number
  readonly key?: string
  readonly message: string
}

/** A place in a file, both 1-based. */
export interface Place {
  readonly line: number
  readonly column: number
}

export const NOWHERE: Place = { line: 0, column: 0 }

/** Everything that is wrong with the configuration, one line per fault, in the order of the files. */
export class ConfigError extends AppError {
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    super('misconfigured', faults.map(formatFault).join('\n'))
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/** `config.toml:12:1 unknown key stripe.publishabel_key - did you mean publishable_key?` */
export function formatFault(fault: ConfigFault): string {
  const place = fault.line > 0 ? `${fault.file}:${fault.line}:${fault.column}` : `${fault.file}:`
  return `${place} ${fault.message}`
}

/** Sorts the faults of one file by place and drops what was found twice. */
export function inOrder(faults: readonly ConfigFault[]): ConfigFault[] {
  const seen = new Set<string>()
  return [...faults]
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .filter((fault) => {
      const formatted = formatFault(fault)
      return seen.has(formatted) ? false : seen.add(formatted) !== undefined
    })
}

export type KeyPath = readonly (string | number)[]

/**
 * A key as TOML would write it, on one line and bounded: a quoted key can hold anything, a line break or half a
 * file too. Numbers are positions in an array, counted from 1 as people do.
 */
export function displayKey(path: KeyPath): string {
  return path.map((part, index) => displayPart(part, index)).join('')
}

function displayPart(part: string | number, index: number): string {
  if (typeof part === 'number') return `[${part + 1}]`
  return (index === 0 ? '' : '.') + displayName(part)
}

const NAME_LENGTH_MAX = 60

/** One part of a key, or the name of a variable. */
export function displayName(name: string): string {
  const short = name.length > NAME_LENGTH_MAX ? `${name.slice(0, NAME_LENGTH_MAX)}...` : name
  if (/^[A-Za-z0-9_-]+(\.\.\.)?$/.test(short)) return short
  // Escapes what could end the line, move the cursor or turn the direction of writing.
  return JSON.stringify(short).replace(
    /[^\x20-\x7e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
