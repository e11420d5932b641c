import { z } from 'zod'

/**
 * OpenAPI 3.1 (spec.openapis.org/oas/v3.1.1) as far as a document of ours can use it, strictly: a key that the
 * specification does not know is a fault. Schemas are JSON Schema 2020-12.
 */
const url = z.string().min(1)
const reference = z.strictObject({
  $ref: z.string().regex(/^#\/components\//),
  summary: z.string().optional(),
})
const simpleType = z.enum(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])

interface Schema {
  [key: string]: unknown
}
const schema: z.ZodType<Schema | boolean> = z.lazy(() =>
  z.union([
    z.boolean(),
    z.strictObject({
      $ref: z.string().optional(),
      $defs: z.record(z.string(), schema).optional(),
      type: z.union([simpleType, z.array(simpleType).min(1)]).optional(),
      title: z.string().optional(),
      description: z.string().optional(),
      default: z.unknown().optional(),
      examples: z.array(z.unknown()).optional(),
      deprecated: z.boolean().optional(),
      readOnly: z.boolean().optional(),
      writeOnly: z.boolean().optional(),
      enum: z.array(z.unknown()).min(1).optional(),
      const: z.unknown().optional(),
      properties: z.record(z.string(), schema).optional(),
      patternProperties: z.record(z.string(), schema).optional(),
      propertyNames: schema.optional(),
      additionalProperties: schema.optional(),
      required: z.array(z.string()).optional(),
      minProperties: z.int().min(0).optional(),
      maxProperties: z.int().min(0).optional(),
      items: schema.optional(),
      prefixItems: z.array(schema).min(1).optional(),
      minItems: z.int().min(0).optional(),
      maxItems: z.int().min(0).optional(),
      uniqueItems: z.boolean().optional(),
      minLength: z.int().min(0).optional(),
      maxLength: z.int().min(0).optional(),
      pattern: z.string().refine(isPattern).optional(),
      format: z.string().optional(),
      minimum: z.number().optional(),
      maximum: z.number().optional(),
      exclusiveMinimum: z.number().optional(),
      exclusiveMaximum: z.number().optional(),
      multipleOf: z.number().positive().optional(),
      anyOf: z.array(schema).min(1).optional(),
      oneOf: z.array(schema).min(1).optional(),
      allOf: z.array(schema).min(1).optional(),
      not: schema.optional(),
    }),
  ]),
)

const mediaType = z.strictObject({ schema: schema.optional(), example: z.unknown().optional() })
const content = z.record(z.string().regex(/^[\w*+.-]+\/[\w*+.-]+(?:;.*)?$/), mediaType)
const header = z.union([
  reference,
  z.strictObject({ description: z.string().optional(), required: z.boolean().optional(), schema }),
])
const parameter = z.union([
  reference,
  z
    .strictObject({
      name: z.string().min(1),
      in: z.enum(['query', 'header', 'path', 'cookie']),
      description: z.string().optional(),
      required: z.boolean().optional(),
      deprecated: z.boolean().optional(),
      schema,
    })
    .refine((one) => one.in !== 'path' || one.required === true, 'a parameter of a path is required'),
])
const response = z.union([
  reference,
  z.strictObject({
    description: z.string(),
    headers: z.record(z.string(), header).optional(),
    content: content.optional(),
  }),
])
const security = z.array(z.record(z.string(), z.array(z.string())))
const operation = z.strictObject({
  operationId: z.string().min(1),
  summary: z.string().optional(),
  description: z.string().optional(),
  tags: z.array(z.string()).optional(),
  deprecated: z.boolean().optional(),
  parameters: z.array(parameter).optional(),
  requestBody: z
    .union([
      reference,
      z.strictObject({ description: z.string().optional(), required: z.boolean().optional(), content }),
    ])
    .optional(),
  responses: z
    .record(z.string().regex(/^(?:[1-5](?:\d\d|XX)|default)$/), response)
    .refine((all) => Object.keys(all).length > 0),
  security: security.optional(),
})
const pathItem = z.strictObject({
  summary: z.string().optional(),
  description: z.string().optional(),
  parameters: z.array(parameter).optional(),
  get: operation.optional(),
  put: operation.optional(),
  post: operation.optional(),
  delete: operation.optional(),
  options: operation.optional(),
  head: operation.optional(),
  patch: operation.optional(),
  trace: operation.optional(),
})
const securityScheme = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('http'),
    scheme: z.string(),
    bearerFormat: z.string().optional(),
    description: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('apiKey'),
    in: z.enum(['query', 'header', 'cookie']),
    name: z.string(),
    description: z.string().optional(),
  }),
])

export const openApi31 = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.strictObject({
    title: z.string().min(1),
    version: z.string().min(1),
    summary: z.string().optional(),
    description: z.string().optional(),
    license: z
      .strictObject({ name: z.string(), identifier: z.string().optional(), url: url.optional() })
      .refine((one) => one.identifier === undefined || one.url === undefined)
      .optional(),
  }),
  servers: z.array(z.strictObject({ url, description: z.string().optional() })).optional(),
  paths: z.record(z.string().regex(/^\//), pathItem),
  components: z
    .strictObject({
      schemas: z.record(z.string().regex(/^[\w.-]+$/), schema).optional(),
      securitySchemes: z.record(z.string().regex(/^[\w.-]+$/), securityScheme).optional(),
    })
    .optional(),
  tags: z.array(z.strictObject({ name: z.string(), description: z.string().optional() })).optional(),
})

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp
  } catch {
    return false
  }
}
