import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configJsonSchema, configJsonSchemaText } from './json-schema.ts'
import { DEFAULT_PROJECT, parseProject, projectSchema } from './schema.ts'

const path = new URL('../../config.schema.json', import.meta.url)

test('config.schema.json is the schema that the loader uses (UPDATE=1 writes it)', () => {
  if (process.env.UPDATE === '1') writeFileSync(path, configJsonSchemaText())
  expect(readFileSync(path, 'utf8')).toBe(configJsonSchemaText())
})

interface Described {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Described>>
  readonly additionalProperties?: boolean | Described
}

test('every key and section has a description, and no section takes unknown keys', () => {
  const undescribed: string[] = []
  const open: string[] = []
  const visit = (node: Described, key: string): void => {
    if (node.properties && node.additionalProperties !== false) open.push(key)
    for (const [name, child] of Object.entries(node.properties ?? {})) {
      if (!child.description) undescribed.push(`${key}.${name}`)
      visit(child, `${key}.${name}`)
    }
    if (typeof node.additionalProperties === 'object') visit(node.additionalProperties, `${key}.*`)
  }
  // A JSON value by construction: the cast names the parts of it that are looked at.
  visit(configJsonSchema() as Described, 'config')
  expect(undescribed).toEqual([])
  expect(open).toEqual([])
})

test('everything can be left out', () => {
  expect(configJsonSchema()).not.toHaveProperty('required')
  expect(parseProject()).toEqual(DEFAULT_PROJECT)
  expect(projectSchema.parse({}).personas).toEqual({})
})
