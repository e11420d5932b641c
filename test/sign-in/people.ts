import { expect } from 'vitest'
import { ask, createTestService, from, signUpRequest, type TestService, type Told } from '../http/service.ts'
import { runJobs } from '../jobs/run-jobs.ts'

export { ask, createTestService, from, type TestService, type Told }

/** A JSON request as a program without cookies sends it. */
export function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return signUpRequest(body, headers)
}

export function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` }
}

/** The cookies an answer sets, by name, with their attributes. */
export function cookiesOf({
  headers,
}: Pick<Told, 'headers'>): Map<string, { value: string; attributes: string }> {
  return new Map(
    headers.getSetCookie().map((line) => {
      const [pair = '', ...attributes] = line.split('; ')
      const at = pair.indexOf('=')
      return [pair.slice(0, at), { value: pair.slice(at + 1), attributes: attributes.join('; ') }]
    }),
  )
}

/** A browser at an address: it keeps cookies and says where its requests come from. */
export function createBrowser(parts: TestService, address = '192.0.2.10') {
  const jar = new Map<string, string>()
  const headers = (more: Record<string, string>) => ({
    'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'Sec-Fetch-Site': 'same-origin',
    Origin: 'http://localhost:8787',
    ...(jar.size > 0 && { Cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') }),
    ...more,
  })
  return {
    jar,
    async ask(path: string, init: RequestInit = {}): Promise<Told> {
      const given = Object.fromEntries(new Headers(init.headers))
      const told = await ask(parts, path, { ...init, headers: headers(given) }, from(address))
      for (const [name, { value, attributes }] of cookiesOf(told))
        if (attributes.includes('Max-Age=0')) jar.delete(name)
        else jar.set(name, value)
      return told
    },
  }
}

/** A browser in which somebody signed in by a mailed code, after they signed up where there was no such user. */
export async function signInBrowser(parts: TestService, email: string, address?: string) {
  const browser = createBrowser(parts, address)
  if ((await parts.app.users.findByEmail(email)) === undefined)
    await browser.ask('/api/signup', post({ email }))
  await browser.ask('/api/auth/code', post({ email }))
  const code = await readCode(parts, email)
  const told = await browser.ask('/api/auth/session', post({ email, code }))
  if (told.status !== 201) throw new Error(`${email} could not sign in: ${told.text}`)
  return { browser, told }
}

/** The newest code that arrived for this address, after everything that is due was sent. */
export async function readCode(parts: TestService, email: string): Promise<string> {
  await runJobs(parts)
  const mail = parts.mailbox.list().find((one) => one.to === email && /code/i.test(one.subject))
  const code = mail?.text.match(/\b[0-9]{3} ?[0-9]{3}\b/)?.[0].replace(' ', '')
  if (code === undefined) throw new Error(`no code arrived for ${email}`)
  return code
}

/** A code that is not `code`. */
export function wrong(code: string, by = 1): string {
  return String((Number(code) + by) % 1_000_000).padStart(6, '0')
}

/** Signs up, asks for a code, reads it and signs in, from one address without cookies. */
export async function signInAs(
  parts: TestService,
  email: string,
  address = '192.0.2.10',
): Promise<SignedInPerson> {
  if ((await parts.app.users.findByEmail(email)) === undefined) {
    expect((await ask(parts, '/api/signup', post({ email }), from(address))).status).toBe(201)
  }
  expect((await ask(parts, '/api/auth/code', post({ email }), from(address))).status).toBe(202)
  const code = await readCode(parts, email)
  const told = await ask(parts, '/api/auth/session', post({ email, code }), from(address))
  expect(told.status).toBe(201)
  return { token: told.body.token, userId: told.body.user.id, sessionId: told.body.session_id }
}

export interface SignedInPerson {
  readonly token: string
  readonly userId: string
  readonly sessionId: string
}

/** The status of `GET /api/me` with this token. */
export async function statusOfMe(parts: TestService, token: string): Promise<number> {
  return (await ask(parts, '/api/me', { headers: bearer(token) })).status
}
