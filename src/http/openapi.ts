import { z } from 'zod'
import type { ProjectConfig } from '../domain/project.ts'
import { createCookies } from './cookies.ts'
import { oauthStatus } from './oauth.ts'
import { PROBLEM_TYPE, PROBLEMS, type ProblemCode, typeOf } from './problems.ts'
import { type Answer, JSON_TYPE, type Route, type Who } from './route.ts'
import { oauthErrorShape, problemShape, shapes } from './shapes.ts'

type Json = Record<string, unknown>

const version31 = '3.1.1'

/** The document of the running routes, from the very schemas that validate them. Made once, at start. */
export function createOpenApi(routes: readonly Route[], config: ProjectConfig, version = '0.0.0'): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = templated(route.path)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: version31,
    info: {
      title: 'xSwarm',
      version,
      description:
        'The account backbone of a voice assistant. Problems are RFC 9457; their `type` is stable.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: config.server.public_url }],
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        session: { type: 'http', scheme: 'bearer', description: 'The token of a session.' },
        sessionCookie: {
          type: 'apiKey',
          in: 'cookie',
          name: createCookies(config.server.public_url).names.session,
          description: 'What browsers send.',
        },
        serviceToken: { type: 'http', scheme: 'bearer', description: 'The service token of this server.' },
      },
    },
  }
}

/** `/users/:id` as `/users/{id}`. */
export function templated(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}

function operationOf(route: Route): Json {
  const parameters = [
    ...pathParameters(route),
    ...listed(route.query, 'query'),
    ...listed(route.headers, 'header'),
  ]
  return {
    operationId: route.name,
    summary: route.summary,
    tags: [route.kind === 'api' ? 'api' : 'pages'],
    ...securityOf(route.who),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: requestBodyOf(route.body) }),
    responses: responsesOf(route),
  }
}

function securityOf(who: Who): Json {
  const lists: Record<Who, Json[]> = {
    anyone: [],
    visitor: [{}, { session: [] }, { sessionCookie: [] }],
    user: [{ session: [] }, { sessionCookie: [] }],
    admin: [{ session: [] }, { sessionCookie: [] }],
    service: [{ serviceToken: [] }],
    signed: [],
    // `{}` says that it also goes without: for a process on the same machine.
    operations: [{ serviceToken: [] }, {}],
  }
  return { security: lists[who] }
}

function requestBodyOf(body: NonNullable<Route['body']>): Json {
  // Whatever was signed: its shape is the sender's.
  if (body.type === 'raw') return { required: true, content: { [JSON_TYPE]: { schema: { type: 'object' } } } }
  const type = body.type === 'json' ? JSON_TYPE : 'application/x-www-form-urlencoded'
  return { required: true, content: { [type]: { schema: schemaOf(body.schema, 'input') } } }
}

function pathParameters(route: Route): Json[] {
  return [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function listed(schema: Route['query'], place: 'query' | 'header'): Json[] {
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description, ...rest } = schemaOf(field as z.ZodType, 'input')
    const isOptional = (field as z.ZodType).safeParse(undefined).success
    return { name, in: place, required: !isOptional, ...(description ? { description } : {}), schema: rest }
  })
}

function responsesOf(route: Route): Record<string, Json> {
  const responses: Record<string, Json> = {}
  for (const [status, answer] of Object.entries(route.answers)) responses[status] = responseOf(answer)
  if (route.kind === 'page' && (route.who === 'user' || route.who === 'admin'))
    responses['303'] = { description: 'To the sign-in page, when nobody is signed in.' }
  for (const [status, codes] of problemsOf(route)) responses[String(status)] ??= refusalDoc(route, codes)
  return responses
}

function responseOf(answer: Answer): Json {
  if (answer.schema === undefined && answer.type === undefined) return { description: answer.description }
  const schema = answer.schema === undefined ? { type: 'string' } : schemaOf(answer.schema, 'output')
  return { description: answer.description, content: { [answer.type ?? JSON_TYPE]: { schema } } }
}

function refusalDoc(route: Route, codes: readonly ProblemCode[]): Json {
  const description = codes.map((code) => `${PROBLEMS[code].title} (\`${typeOf(code)}\`).`).join(' ')
  const schema = route.kind === 'page' ? { type: 'string' } : schemaOf(REFUSALS[route.kind], 'output')
  const type = { page: 'text/html', oauth: JSON_TYPE, api: PROBLEM_TYPE, asset: PROBLEM_TYPE }[route.kind]
  const withRetry = codes.some((code) => 'retryAfter' in PROBLEMS[code])
  return {
    description,
    ...(withRetry
      ? { headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'string' } } } }
      : {}),
    content: { [type]: { schema } },
  }
}

const REFUSALS = { api: problemShape, asset: problemShape, oauth: oauthErrorShape }

/** Every refusal this route may answer, by status: its own and those that follow from what it reads. */
function problemsOf(route: Route): ReadonlyMap<number, readonly ProblemCode[]> {
  const codes = new Set<ProblemCode>(['address-too-long', 'malformed', 'unavailable', 'misconfigured', 'bug'])
  if (route.body !== undefined)
    for (const code of ['too-large', 'unsupported-type', 'invalid'] as const) codes.add(code)
  if (route.query !== undefined || route.headers !== undefined || route.kind === 'api') codes.add('invalid')
  if (route.body?.type === 'form') codes.add('cross-site')
  if (route.who === 'signed') codes.add('forbidden')
  else if (route.who !== 'anyone' && route.who !== 'visitor') codes.add('unauthenticated')
  if (route.who === 'admin') codes.add('forbidden')
  // Signed in by cookie, everything but reading must come from our own pages.
  if (SIGNED_IN.has(route.who) && route.method !== 'GET') codes.add('cross-site')
  for (const code of route.problems ?? []) codes.add(code)
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of codes) {
    const status = route.kind === 'oauth' ? oauthStatus(code) : PROBLEMS[code].status
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return new Map([...byStatus].sort(([a], [b]) => a - b))
}

const SIGNED_IN: ReadonlySet<Who> = new Set(['visitor', 'user', 'admin'])

/** A shared shape as a reference, everything else in place. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const shared = shapes.get(schema)
  if (shared !== undefined) return { $ref: `#/components/schemas/${shared.id}` }
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io })
  return rest
}

function componentSchemas(): Json {
  const { schemas } = z.toJSONSchema(shapes, { io: 'output' })
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _, $id: __, ...rest }]) => [id, rest]),
  )
}
