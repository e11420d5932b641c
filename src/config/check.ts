import type { z } from 'zod'
import { suggest } from '../domain/suggest.ts'
import { displayKey, type KeyPath } from './fault.ts'
import { findSchemaNode, SETTING_PATHS } from './keys.ts'
import { projectSchema } from './schema.ts'
import { secretNamedBy } from './secret-shapes.ts'
import type { TomlTable } from './toml.ts'

/** A fault of a document, not yet at its place in the file. `isMissing` faults depend on the whole, not on one file. */
export interface DocumentFault {
  readonly path: KeyPath
  readonly message: string
  readonly isMissing?: boolean
  /** The name of the key is itself a secret: it is located, and never named. */
  readonly isNameless?: boolean
}

export type Checked =
  | { readonly kind: 'sound'; readonly parsed: z.output<typeof projectSchema> }
  | { readonly kind: 'faulty'; readonly faults: readonly DocumentFault[] }

/** Checks a parsed `config.toml` against the schema: all faults at once, none with a value in it. */
export function checkDocument(table: TomlTable): Checked {
  // Compiling the schema to a function, zod's habit, costs 4 ms and pays only for many documents.
  const result = projectSchema.safeParse(withoutDates(table), { jitless: true })
  if (result.success) return { kind: 'sound', parsed: result.data }
  return { kind: 'faulty', faults: result.error.issues.flatMap((issue) => faultsOf(issue, table)) }
}

type Issue = z.core.$ZodIssue

function faultsOf(issue: Issue, table: TomlTable): DocumentFault[] {
  // Paths hold no symbols: no key of TOML is one.
  const path = issue.path as KeyPath
  const fault = (phrase: string): DocumentFault[] => [{ path, message: `${displayKey(path)} ${phrase}` }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(path, key) }))
    case 'invalid_key':
      return fault(`is no name for it: it ${issue.issues[0]?.message ?? 'is not allowed'}`)
    case 'invalid_type':
      if (valueAt(table, path) === undefined) {
        return [{ path, message: `${displayKey(path)} is missing`, isMissing: true }]
      }
      return fault(TYPE_PHRASES[issue.expected] ?? issue.message)
    case 'invalid_value': {
      const choices = issue.values.map(String)
      const value = valueAt(table, path)
      const near = typeof value === 'string' ? suggest(value, choices) : undefined
      return fault(`must be ${oneOf(choices)}${near ? ` - did you mean ${near}?` : ''}`)
    }
    default:
      return fault(issue.message)
  }
}

// Whole numbers are not listed: their phrase in the schema names the range.
const TYPE_PHRASES: Partial<Record<string, string>> = {
  string: 'must be text in quotes',
  boolean: 'must be true or false, without quotes',
  object: 'must be a table',
  record: 'must be a table',
  array: 'must be an array',
}

/** Keys that are wrong in a way that spelling does not explain. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  user: 'people live in the database; the user of local development is [test_user]',
  users: 'people live in the database; the user of local development is [test_user]',
  secrets: 'secrets live in .env',
}

function unknownKey(around: KeyPath, key: string): string {
  const named = `unknown key ${displayKey([...around, key])}`
  const elsewhere = around.length === 0 ? ELSEWHERE[key] : undefined
  if (elsewhere) return `${named} - ${elsewhere}`
  const secret = secretNamedBy([...around, key].map(String))
  if (secret) return `${named} - it names a secret: put that into .env as ${secret}`
  const siblings = [...(findSchemaNode(around)?.children.keys() ?? [])]
  const near = suggest(key, siblings)
  if (near) return `${named} - did you mean ${near}?`
  const cousin = SETTING_PATHS.find((path) => path.length > 1 && path.at(-1) === key)
  if (cousin) return `${named} - did you mean ${cousin.join('.')}?`
  return siblings.length > 0 && siblings.length <= 8 ? `${named} - known here: ${siblings.join(', ')}` : named
}

function oneOf(choices: readonly string[]): string {
  return choices.length < 2 ? choices.join('') : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`
}

export function valueAt(table: TomlTable, path: KeyPath): unknown {
  let value: unknown = table
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string | number, unknown>)[part]
  }
  return value
}

/** A date is an object, and zod takes any object for a table; a symbol is nothing to it. */
function withoutDates(value: unknown): unknown {
  if (value instanceof Date) return Symbol('date')
  if (Array.isArray(value)) return value.map(withoutDates)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withoutDates(child)]))
}
