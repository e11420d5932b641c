import { parse, TomlError } from 'smol-toml'
import type { ConfigFault } from './fault.ts'

export type TomlTable = { readonly [key: string]: unknown }

export const INVALID_DATE = 'this is not a valid date or time - quote it if it is text'

/**
 * What each complaint of the parser means to a person. The parser's own message ends with the offending line, which
 * may be the secret: nothing of it is passed on, a complaint that is not listed becomes a plain sentence.
 */
const MEANINGS: readonly (readonly [complaint: string, meaning: string])[] = [
  ['control characters are not allowed in comments', 'a comment must not contain control characters'],
  [
    'control characters are not allowed in strings',
    'a string must not contain control characters or end at a line break',
  ],
  ['document contains an unsafe property', '__proto__ and constructor cannot be keys'],
  ['document contains excessively nested structures', 'tables and arrays are nested too deeply'],
  ['each key-value declaration must be followed by', 'expected the end of the line'],
  ['expected comma or end of structure', 'expected a comma, or the end of the array or inline table'],
  ['expected end of table array declaration', 'expected ]] at the end of the table name'],
  [
    'illegal character in key',
    'this character cannot stand in a key - use letters, digits, _ and -, or quote the key',
  ],
  ['illegal empty bare key', 'a part of the key is empty'],
  ['illegal leading zero', 'a number must not begin with a zero'],
  ['illegal quoted key', 'a key must be quoted with single quotes or one pair of double quotes'],
  ['illegal underscore', 'an underscore in a number must stand between digits'],
  ['illegal character in numeric literal', 'this is not a number - quote it if it is text'],
  ['incomplete key-value', 'expected KEY = VALUE'],
  ['integer value cannot be represented', 'this number is too large'],
  ['invalid date', INVALID_DATE],
  ['invalid value', 'a value is expected here - text must be quoted'],
  ['trying to redefine', 'this key or table is already defined above'],
  [
    'invalid escape',
    'a backslash must be followed by an escape sequence - use single quotes for plain backslashes',
  ],
  ['invalid non-hex character', 'an escape sequence needs hexadecimal digits'],
  ['invalid unicode escape', 'this escape sequence names no character'],
  ['unrecognised escape sequence', 'unknown escape sequence - use single quotes for plain backslashes'],
  ['unexpected end of key', 'a key is missing here'],
  ['unfinished array', 'this array is never closed'],
  ['unfinished numeric value', 'a value is missing or incomplete'],
  ['unfinished string', 'this string is never closed'],
  ['unfinished table', 'this inline table is never closed'],
]

export type ParsedToml =
  | { readonly kind: 'table'; readonly table: TomlTable }
  | { readonly kind: 'fault'; readonly fault: ConfigFault }

/** The parser bounds only brackets. Dotted keys can nest as deep as the file is long, too deep for any recursion. */
const DEPTH_MAX = 100

/** Parses TOML 1.1. The text must not begin with a byte order mark, or columns of the first line are off. */
export function parseToml(text: string, file: string): ParsedToml {
  try {
    const table = parse(text, { unsafeKeyBehaviour: 'throw', maxDepth: DEPTH_MAX })
    if (isDeeperThan(DEPTH_MAX, table)) return { kind: 'fault', fault: tooDeep(text, file) }
    return { kind: 'table', table }
  } catch (error) {
    const place =
      error instanceof TomlError ? { line: error.line, column: error.column } : { line: 1, column: 1 }
    return { kind: 'fault', fault: { file, ...place, message: meaningOf(error) } }
  }
}

const PREFIX = 'Invalid TOML document: '

function meaningOf(error: unknown): string {
  const complaint = error instanceof TomlError ? error.message.slice(PREFIX.length) : ''
  for (const [beginning, meaning] of MEANINGS) if (complaint.startsWith(beginning)) return meaning
  return 'this is not valid TOML'
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((child) => isDeeperThan(levels - 1, child))
}

function tooDeep(text: string, file: string): ConfigFault {
  const index = text.split('\n').findIndex((line) => line.split('.').length > DEPTH_MAX / 2)
  return { file, line: Math.max(0, index) + 1, column: 1, message: 'tables and arrays are nested too deeply' }
}
