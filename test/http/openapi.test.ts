import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROBLEMS } from '../../src/http/problems.ts'
import type { Route } from '../../src/http/route.ts'
import { openApi31 } from './openapi-3.1.ts'
import { ask, createTestService, type TestService } from './service.ts'

let parts: TestService
// biome-ignore lint/suspicious/noExplicitAny: a document of any shape; openApi31 says whether it is the right one
let document: any
beforeAll(async () => {
  parts = await createTestService()
  document = (await ask(parts, '/openapi.json')).body
})
afterAll(() => parts.close())

const templated = (path: string) => path.replaceAll(/:(\w+)/g, '{$1}')

describe('GET /openapi.json', () => {
  it('is a valid OpenAPI 3.1 document', () => {
    expect(openApi31.safeParse(document).error?.issues ?? []).toEqual([])
  })

  it('is refused by the same check when it is not', () => {
    const broken = structuredClone(document)
    const [first = ''] = Object.keys(broken.paths)
    const [method = ''] = Object.keys(broken.paths[first])
    delete broken.paths[first][method].responses
    expect(openApi31.safeParse(broken).success).toBe(false)
    expect(openApi31.safeParse({ ...document, openapi: '3.0.3' }).success).toBe(false)
    expect(openApi31.safeParse({ ...document, paths: { 'no-slash': {} } }).success).toBe(false)
  })

  it('describes the running routes, all of them and no others', () => {
    const running = parts.service.routes.map((route) => `${route.method} ${templated(route.path)}`)
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations as object).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(described.sort()).toEqual(running.sort())
  })

  it('describes the routes that answer: each is there, and none without an entry', async () => {
    for (const route of parts.service.routes) {
      const { status } = await ask(parts, route.path.replaceAll(/:\w+/g, 'x'), { method: route.method })
      expect([route.path, status]).not.toEqual([route.path, 405])
      if (!route.path.includes(':')) expect([route.path, status]).not.toEqual([route.path, 404])
    }
    expect((await ask(parts, '/api/undescribed')).status).toBe(404)
  })

  it('names each operation once', () => {
    const names = parts.service.routes.map((route) => route.name)
    expect(new Set(names).size).toBe(names.length)
  })

  it('refers only to what is in it', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, target = '']) => target,
    )
    expect(references.length).toBeGreaterThan(5)
    for (const target of references) {
      const [, ...keys] = target.split('/')
      expect(keys.reduce((at, key) => at?.[key], document)).toBeDefined()
    }
  })

  it('declares every parameter of a path', () => {
    for (const [path, operations] of Object.entries<Record<string, Operation>>(document.paths))
      for (const operation of Object.values(operations)) {
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
        const declared = (operation.parameters ?? [])
          .filter((one) => one.in === 'path')
          .map((one) => one.name)
        expect(declared).toEqual(inPath)
      }
  })

  it('says for every route who may use it', () => {
    const open = new Set(['signed', 'anyone', 'visitor'])
    for (const route of parts.service.routes) {
      const operation = document.paths[templated(route.path)][route.method.toLowerCase()]
      if (route.who === 'anyone') expect(operation.security).toEqual([])
      if (!open.has(route.who)) expect(JSON.stringify(operation.security)).toMatch(/\[\]/)
      if (!open.has(route.who)) expect(Object.keys(operation.responses)).toContain('401')
    }
  })

  it('describes sign-up by the schema that validates it', () => {
    const operation = document.paths['/api/signup'].post
    const { schema } = operation.requestBody.content['application/json']
    expect(schema).toMatchObject({ type: 'object', required: ['email'], additionalProperties: false })
    expect(Object.keys(schema.properties)).toEqual(['email', 'phone'])
    expect(operation.parameters).toMatchObject([{ name: 'idempotency-key', in: 'header', required: false }])
    expect(operation.responses['201'].content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/SignedUp',
    })
    for (const status of ['400', '409', '413', '415', '422', '503'])
      expect(operation.responses[status].content).toHaveProperty(['application/problem+json'])
  })

  it('shows the version and the address it was told', () => {
    expect(document.info.version).toBe('1.2.3')
    expect(document.servers).toEqual([{ url: 'http://localhost:8787' }])
  })
})

describe('the table of problems', () => {
  it('has a status of 4xx or 5xx and a title for each, and a time to wait wherever trying again is the answer', () => {
    for (const [code, kind] of Object.entries(PROBLEMS)) {
      expect([code, kind.status]).toEqual([
        code,
        expect.toSatisfy((status: number) => status >= 400 && status < 600),
      ])
      expect(kind.title).not.toBe('')
      if (kind.status === 429 || kind.status === 503) expect(kind).toHaveProperty('retryAfter')
    }
  })
})

describe('every api route', () => {
  it('refuses unknown parameters and unknown keys', async () => {
    const apis = parts.service.routes.filter((route: Route) => route.kind === 'api' && route.who === 'anyone')
    expect(apis.length).toBeGreaterThan(3)
    for (const route of apis) {
      const init: RequestInit = { method: route.method }
      if (route.body !== undefined)
        Object.assign(init, { headers: { 'Content-Type': 'application/json' }, body: '{"unheard":1}' })
      const { status } = await ask(
        parts,
        `${route.path}${route.body === undefined ? '?unheard=1' : ''}`,
        init,
      )
      expect([route.path, status]).toEqual([route.path, 422])
    }
  })
})

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
}
