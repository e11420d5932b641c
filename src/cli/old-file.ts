import { formatFault } from '../config/fault.ts'
import { readText } from '../config/read-text.ts'
import { parseToml } from '../config/toml.ts'

export type OldFile = { readonly content: unknown } | { readonly fault: string }

/** Reads one old per-user file. What is wrong is said with line and column and without anything of its text. */
export function readOldFile(path: string): OldFile {
  const read = readText(path, path)
  if (read.kind === 'missing') return { fault: 'this file is gone' }
  if (read.kind === 'fault') return { fault: formatFault(read.fault) }
  const parsed = parseToml(read.text, path)
  return parsed.kind === 'fault' ? { fault: formatFault(parsed.fault) } : { content: parsed.table }
}
