import type { DocumentFault } from './check.ts'
import { type ConfigFault, displayKey, type KeyPath, type Place } from './fault.ts'
import { findSecret, type SecretKind } from './secret-shapes.ts'
import type { TomlTable } from './toml.ts'

/** Every secret in the keys and texts of `config.toml`, at any depth, in keys we do not know as well. */
export function secretsInTable(table: TomlTable): DocumentFault[] {
  const faults: DocumentFault[] = []
  visitTable(table, [], faults)
  return faults
}

function visitTable(table: TomlTable, path: KeyPath, faults: DocumentFault[]): void {
  const entries = Object.entries(table)
  const siblings = entries.map(([, value]) => value).filter((value) => typeof value === 'string')
  for (const [key, value] of entries) {
    const kind = findSecret(key)
    // The name of the key is the secret: it is not repeated, and neither is anything below it.
    if (kind)
      faults.push({ path: [...path, key], message: `a key here is ${advice(kind)}`, isNameless: true })
    else visitValue(value, [...path, key], siblings, faults)
  }
}

function visitValue(
  value: unknown,
  path: KeyPath,
  siblings: readonly string[],
  faults: DocumentFault[],
): void {
  if (typeof value === 'string') {
    const kind = findSecret(value, { path: path.filter((part) => typeof part === 'string'), siblings })
    if (kind) faults.push({ path, message: `${displayKey(path)} holds ${advice(kind)}` })
  } else if (Array.isArray(value)) {
    const texts = value.filter((element) => typeof element === 'string')
    for (const [index, element] of value.entries()) visitValue(element, [...path, index], texts, faults)
  } else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    visitTable(value as TomlTable, path, faults)
  }
}

/** Reads after "holds": what it is, and where it goes instead. */
function advice({ name, env }: SecretKind): string {
  return env
    ? `${name} - move it to .env as ${env}, and replace it if this file was ever committed`
    : `${name} - keep it out of this file, and replace it if the file was ever committed`
}

/** Secrets in the bare text, line by line: all that can be looked at in a document that cannot be parsed. */
export function secretsInText(text: string, file: string): ConfigFault[] {
  return text.split('\n').flatMap((line, index) => {
    const place = { line: index + 1, column: line.length - line.trimStart().length + 1 }
    return secretsInComment(line, file, place)
  })
}

/** A secret that is only commented out is committed all the same. */
export function secretsInComment(comment: string, file: string, place: Place): ConfigFault[] {
  const kind = findSecret(comment.slice(0, COMMENT_LENGTH_MAX))
  return kind ? [{ file, ...place, message: `this line holds ${advice(kind)}` }] : []
}

/** Longer lines are not written by hand. Values are looked at whole, however long they are. */
const COMMENT_LENGTH_MAX = 16_384
