import { z } from 'zod'
import { projectSchema } from './schema.ts'

/**
 * The JSON Schema of `config.toml`, for completion in editors. `config.schema.json` is this, written down; after a
 * change of the schema: `UPDATE=1 npx vitest run src/config/json-schema.test.ts`.
 */
export function configJsonSchema(): Record<string, unknown> {
  // Draft 7 is what the TOML extensions of editors understand. `input`: keys with a default may be left out.
  const schema = z.toJSONSchema(projectSchema, { io: 'input', target: 'draft-7' })
  return { $schema: schema.$schema, title: 'config.toml of xswarm', ...schema }
}

/** The text of `config.schema.json`. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`
}
