import type { z } from 'zod'
import type { KeyPath } from './fault.ts'
import { projectSchema } from './schema.ts'

/** One place of the schema: a table with known keys, a table with keys of one's own (personas), or a value. */
export interface SchemaNode {
  readonly kind: 'table' | 'named-tables' | 'value'
  readonly children: ReadonlyMap<string, SchemaNode>
  /** What each entry of `named-tables` looks like. */
  readonly entry: SchemaNode | undefined
}

const root = nodeOf(projectSchema)

/** The schema at this place, or undefined when `config.toml` has no such place. */
export function findSchemaNode(path: KeyPath): SchemaNode | undefined {
  let node: SchemaNode | undefined = root
  for (const part of path) {
    if (typeof part === 'number') return undefined
    node = node?.entry ?? node?.children.get(part)
  }
  return node
}

/** Every key that `config.toml` knows by a fixed name, with its sections: `['stripe', 'prices', 'premium']`. */
export const SETTING_PATHS: readonly (readonly string[])[] = valuePaths(root, [])

function valuePaths(node: SchemaNode, path: readonly string[]): string[][] {
  if (node.kind === 'value') return [[...path]]
  return [...node.children].flatMap(([name, child]) => valuePaths(child, [...path, name]))
}

function nodeOf(schema: z.core.$ZodType): SchemaNode {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'default':
    case 'prefault':
    case 'optional':
    case 'nullable':
      return nodeOf(def.innerType)
    case 'object': {
      const children = Object.entries(def.shape).map(([name, child]) => [name, nodeOf(child)] as const)
      return { kind: 'table', children: new Map(children), entry: undefined }
    }
    case 'record':
      return { kind: 'named-tables', children: new Map(), entry: nodeOf(def.valueType) }
    default:
      return { kind: 'value', children: new Map(), entry: undefined }
  }
}
