import type { z } from 'zod'
import { checkDocument, type DocumentFault } from './check.ts'
import { type ConfigFault, displayKey, inOrder } from './fault.ts'
import { secretsInComment, secretsInTable, secretsInText } from './firewall.ts'
import { type Locator, locate } from './locate.ts'
import { readText } from './read-text.ts'
import type { projectSchema } from './schema.ts'
import { parseToml, type TomlTable } from './toml.ts'

/** One file of the configuration: `config.toml`, or the overlay beside it. */
export interface ConfigDocument {
  /** Its name in faults. */
  readonly file: string
  /** Empty when the text could not be parsed. */
  readonly table: TomlTable
  readonly parsed?: z.output<typeof projectSchema>
  /** What is wrong with this file alone. What is missing in it may stand in the other one. */
  readonly faults: readonly ConfigFault[]
  /** Where its keys stand. Parses a second time: only for faults. */
  locate(): Locator
}

/** Reads and checks one file; undefined when there is none. */
export function readDocument(path: string, file: string): ConfigDocument | undefined {
  const read = readText(path, file)
  if (read.kind === 'missing') return undefined
  const text = read.kind === 'text' ? read.text : ''
  const broken = (faults: readonly ConfigFault[]): ConfigDocument => ({
    file,
    table: {},
    faults,
    locate: () => locate('', file),
  })
  if (read.kind === 'fault') return broken([read.fault])

  const toml = parseToml(text, file)
  if (toml.kind === 'fault') return broken(inOrder([toml.fault, ...secretsInText(text, file)]))
  const { table } = toml
  const checked = checkDocument(table)
  const secrets = secretsInTable(table)
  if (checked.kind === 'sound' && secrets.length === 0 && secretsInText(text, file).length === 0) {
    return { file, table, parsed: checked.parsed, faults: [], locate: () => locate(text, file) }
  }

  const locator = locate(text, file)
  if (locator.fault) return broken(inOrder([locator.fault, ...secretsInText(text, file)]))
  const shape = checked.kind === 'faulty' ? checked.faults.filter((fault) => !fault.isMissing) : []
  const faults = [...secrets, ...withoutThoseOf(secrets, shape)].map((fault) => placed(fault, file, locator))
  for (const comment of locator.comments ?? [])
    faults.push(...secretsInComment(comment.text, file, comment.place))
  return { file, table, faults: inOrder(faults), locate: () => locator }
}

/** The document fault at its key. */
export function placed(
  { path, message, isNameless }: DocumentFault,
  file: string,
  locator: Locator,
): ConfigFault {
  const place = locator.placeOf(path)
  return isNameless ? { file, ...place, message } : { file, ...place, key: displayKey(path), message }
}

/** Where a secret stands, moving it away is the only advice: what else is wrong with the key, or below it, goes too. */
function withoutThoseOf(secrets: readonly DocumentFault[], shape: readonly DocumentFault[]): DocumentFault[] {
  const paths = new Set(secrets.map((fault) => JSON.stringify(fault.path)))
  return shape.filter(
    ({ path }) => !path.some((_, index) => paths.has(JSON.stringify(path.slice(0, index + 1)))),
  )
}

/** The base with the overlay laid over it: tables key by key, everything else whole. */
export function mergeTables(base: TomlTable, overlay: TomlTable): TomlTable {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(overlay)) {
    const below = merged[key]
    merged[key] = isTable(below) && isTable(value) ? mergeTables(below, value) : value
  }
  return merged
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
