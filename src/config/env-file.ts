import { parseEnv } from 'node:util'
import type { ConfigFault } from './fault.ts'
import { readText } from './read-text.ts'

/** One `NAME=VALUE` of `.env`, with the place of its name. */
export interface EnvEntry {
  readonly name: string
  readonly value: string
  readonly line: number
  readonly column: number
}

export interface EnvFile {
  readonly exists: boolean
  /** In the order of the file. A name that comes twice is here twice: the last one counts. */
  readonly entries: readonly EnvEntry[]
  readonly faults: readonly ConfigFault[]
  readonly warnings: readonly string[]
}

/** Reads `.env`. A missing file is an empty one. `file` is its name in faults and warnings. */
export function readEnvFile(path: string, file: string): EnvFile {
  const read = readText(path, file)
  if (read.kind === 'missing') return { exists: false, entries: [], faults: [], warnings: [] }
  if (read.kind === 'fault') return { exists: true, entries: [], faults: [read.fault], warnings: [] }
  const { entries, warnings } = parseEnvText(read.text, file)
  // Windows has no such bits: Node reports every file as readable by all.
  const isReadableByOthers = process.platform !== 'win32' && (read.mode & 0o077) !== 0
  const permission = `${file} can be read by other users of this machine - run: chmod 600 ${file}`
  return {
    exists: true,
    entries,
    faults: [],
    warnings: isReadableByOthers ? [permission, ...warnings] : warnings,
  }
}

/**
 * Splits the text into assignments and lets Node's own parser read each value. Given the whole text, that parser
 * takes a line without `=` for the beginning of the next name and loses both.
 */
export function parseEnvText(source: string, file: string): Pick<EnvFile, 'entries' | 'warnings'> {
  const entries: EnvEntry[] = []
  const warnings: string[] = []
  const lines = source.split(/\r?\n/)
  for (let index = 0; index < lines.length; index++) {
    const first = lines[index] ?? ''
    if (/^\s*(#|$)/.test(first)) continue
    const place = `${file}:${index + 1}`
    const assignment = /^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(first)
    if (!assignment) {
      warnings.push(`${place} is not NAME=VALUE and was ignored`)
      continue
    }
    const [, before = '', name = '', rest = ''] = assignment
    const last = lastLine(lines, index, rest)
    // Under a name of ours: the one in the file may be __proto__.
    const isNeverClosed = last === index && /^(["'`])(?!.*\1)/.test(rest)
    const text = [rest, ...lines.slice(index + 1, last + 1)].join('\n')
    // Node 20 reads an unclosed quote as no value, Node 22 as the rest of the line with its quote: neither is meant.
    const value = isNeverClosed ? '' : (parseEnv(`VALUE=${text}`).VALUE ?? '')
    if (entries.some((entry) => entry.name === name)) {
      warnings.push(`${place} sets ${name} a second time - the last one counts`)
    }
    if (/^[^"'`\s#][^"'`#]*[^\s#]#/.test(rest)) {
      warnings.push(
        `${place} ${name} has a # in an unquoted value and ends there - put the value into quotes`,
      )
    }
    if (isNeverClosed) {
      warnings.push(`${place} ${name} begins with a quote that is never closed, so it has no value`)
    }
    entries.push({ name, value, line: index + 1, column: before.length + 1 })
    index = last
  }
  return { entries, warnings }
}

/** A value in quotes may go on over several lines, up to the closing quote. Without one it ends on its line. */
function lastLine(lines: readonly string[], index: number, rest: string): number {
  const quote = /^["'`]/.exec(rest)?.[0]
  if (!quote || rest.indexOf(quote, 1) > 0) return index
  const closing = lines.findIndex((line, at) => at > index && line.includes(quote))
  return closing < 0 ? index : closing
}
