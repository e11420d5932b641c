import { createHttp, type HttpService } from '../../src/http/service.ts'
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
