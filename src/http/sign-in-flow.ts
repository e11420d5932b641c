import { requestCode } from '../actions/request-code.ts'
import { type OpenedSession, signIn } from '../actions/sign-in.ts'
import type { App } from '../domain/app.ts'
import { SESSION_LIFE_MS } from '../domain/sessions.ts'
import { type Cookies, createCookies } from './cookies.ts'
import type { Ask } from './route.ts'
import { describeUserAgent, isBrowser } from './user-agent.ts'

type Asked = Pick<Ask, 'request' | 'client'>

/** Signing in through this door, for the API and the pages alike: the actions, with the cookies that go with them. */
export interface SignInFlow {
  readonly cookies: Cookies
  /** The answer is the same whether anybody has the address. */
  askForCode(
    ask: Asked,
    email: string,
  ): Promise<{ request: string; minutes: number; cookies: readonly string[] }>
  /** `request` may be in the body; browsers send it as a cookie. */
  openSession(
    ask: Asked,
    input: { email: string; code: string; request?: string | undefined },
  ): Promise<{ opened: OpenedSession; cookies: readonly string[] }>
  /** The token that says later that it was this browser that signed up, and the cookie that keeps it. */
  signUpToken(ask: Asked): { token: string; cookie: string }
}

export function createSignInFlow(app: App): SignInFlow {
  const cookies = createCookies(app.config.server.public_url)
  return {
    cookies,
    async askForCode({ client }, email) {
      const { request, minutes } = await requestCode(app, { email }, { address: client.ip })
      return { request, minutes, cookies: [cookies.set('code', request, minutes * 60)] }
    },
    async openSession({ request, client }, { email, code, request: given }) {
      const { headers } = request
      const opened = await signIn(
        app,
        { email, code, request: given, remembered: cookies.read(headers, 'code') },
        {
          address: client.ip,
          kind: isBrowser(headers) ? 'browser' : 'api',
          name: describeUserAgent(headers),
          signUpToken: cookies.read(headers, 'signUp'),
        },
      )
      return {
        opened,
        cookies: [
          cookies.set('session', opened.token, SESSION_LIFE_MS / 1000),
          cookies.clear('code'),
          cookies.clear('signUp'),
        ],
      }
    },
    signUpToken({ request }) {
      // Sent twice, a sign-up keeps the token of the first time, also when that answer was lost.
      const token = cookies.read(request.headers, 'signUp') ?? app.ids.token(20)
      return { token, cookie: cookies.set('signUp', token, app.config.accounts.unproven_days * 86_400) }
    },
  }
}
