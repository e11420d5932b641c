import { expect } from 'vitest'
import type { Route } from '../../src/http/route.ts'
import { createHttp, type HttpService } from '../../src/http/service.ts'
import { oauthErrorShape, problemShape } from '../../src/http/shapes.ts'
import { createTestApp, type TestApp, type TestAppOptions } from '../app.ts'

export const serviceToken = 'test-service-token-of-some-length'

export interface TestService extends TestApp {
  readonly service: HttpService
}

/** The service on a real database of its own. */
export async function createTestService(options: TestAppOptions = {}): Promise<TestService> {
  const parts = await createTestApp(options)
  return { ...parts, service: createHttp(parts.app, { serviceToken, version: '1.2.3' }) }
}

/** What a program sends to sign somebody up. */
export function signUpRequest(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}

/** The socket of a client at this address. */
export function from(remoteAddress: string): { incoming: { socket: { remoteAddress: string } } } {
  return { incoming: { socket: { remoteAddress } } }
}

export interface Told {
  readonly status: number
  readonly headers: Headers
  /** The parsed JSON of a JSON answer, else undefined. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for and checks it
  readonly body: any
  readonly text: string
}

/**
 * Asks and holds every answer against the promises that all of them make: the documented statuses and shapes, the
 * security headers, the request id.
 */
export async function ask(
  { service }: { readonly service: HttpService },
  path: string,
  init: RequestInit = {},
  env?: Parameters<HttpService['request']>[2],
): Promise<Told> {
  const document = await documentOf(service)
  const response = await service.request(path, init, env)
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  const told = {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson(type) && text !== '' ? JSON.parse(text) : undefined,
  }
  const route = findRoute(service, init.method ?? 'GET', path)
  expectPromises(told, route?.kind === 'oauth')
  if (route !== undefined) expectDocumented(document, route, told)
  return told
}

function isJson(type: string): boolean {
  return /^application\/(?:problem\+)?json$/.test(type)
}

function expectPromises({ status, headers, body }: Told, isOAuth: boolean): void {
  expect(headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._-]{1,64}$/)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(headers.get('content-security-policy')).not.toContain('unsafe')
  expect(headers.get('referrer-policy')).not.toBeNull()
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
  if (isOAuth && status >= 400) {
    expect(headers.get('content-type')).toBe('application/json')
    expect(oauthErrorShape.parse(body)).toEqual(body)
  } else if (status >= 400 && body !== undefined) {
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(body.status).toBe(status)
    expect(problemShape.parse(body)).toEqual(body)
  }
  if (status === 401) expect(headers.get('www-authenticate')).toMatch(/^Bearer /)
  if (status === 429 || status === 503) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  if (status === 405) expect(headers.get('allow')).not.toBeNull()
}

function findRoute(service: HttpService, method: string, path: string): Route | undefined {
  const [pathname = ''] = path.split('?')
  return service.routes.find(
    (route) =>
      route.method === method && new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(pathname),
  )
}

function expectDocumented(document: Document, route: Route, told: Told): void {
  const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
  const documented = Object.keys(document.paths[path]?.[route.method.toLowerCase()]?.responses ?? {})
  expect(documented).toContain(String(told.status))
  const schema = route.answers[told.status]?.schema
  if (schema !== undefined) expect(schema.safeParse(told.body).error).toBeUndefined()
}

interface Document {
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, unknown> }>>
}

const documents = new WeakMap<HttpService, Promise<Document>>()

/** Asked for once per service, before anything else, so that the log of a test ends with what the test did. */
function documentOf(service: HttpService): Promise<Document> {
  const known =
    documents.get(service) ?? Promise.resolve(service.request('/openapi.json')).then((one) => one.json())
  documents.set(service, known)
  return known
}
