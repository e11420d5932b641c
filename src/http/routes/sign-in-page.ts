import { z } from 'zod'
import { endSessions } from '../../actions/end-sessions.ts'
import type { App } from '../../domain/app.ts'
import { AppError } from '../../domain/errors.ts'
import { codePage, type SignInState, signInPage } from '../../web/sign-in-page.ts'
import type { Asset, AssetName } from '../assets.ts'
import { type Refused, refusalOf } from '../problems.ts'
import { parseReturnPath } from '../return-path.ts'
import { type Ask, page, type Reply, type Route, redirect, route, withCookies } from '../route.ts'
import { demandSameOrigin } from '../same-origin.ts'
import { createSignInFlow } from '../sign-in-flow.ts'

type Assets = ReadonlyMap<AssetName, Asset>

const HOME = '/account'
const returnTo = z
  .string()
  .optional()
  .catch(undefined)
  .transform((text) => parseReturnPath(text, HOME))
const query = z.object({ return: returnTo })
const emailForm = z.object({ email: z.string().default(''), return: returnTo })
const codeForm = z.object({ email: z.string().default(''), code: z.string().default(''), return: returnTo })

const shown = { description: 'The page.', type: 'text/html' }

/** Signing in and out at pages. No script is needed, and no address of anybody stands in a URL. */
export function signInPageRoutes(app: App, assets: Assets): readonly Route[] {
  const flow = createSignInFlow(app)
  return [
    route({
      method: 'GET',
      path: '/sign-in',
      name: 'showSignIn',
      who: 'visitor',
      kind: 'page',
      summary: 'Asks for the email. Whoever is signed in goes on at once.',
      query,
      answers: { 200: shown, 303: { description: 'Signed in already.' } },
      handle: ({ signedIn, query }) =>
        signedIn === undefined
          ? page(200, signInPage({ email: '', returnTo: query.return }, assets))
          : redirect(query.return),
    }),
    route({
      method: 'POST',
      path: '/sign-in',
      name: 'sendSignIn',
      who: 'anyone',
      kind: 'page',
      summary: 'Mails a code and asks for it.',
      body: { type: 'form', schema: emailForm },
      answers: {
        200: { ...shown, description: 'Asks for the code, whether anybody has the address or not.' },
      },
      problems: ['too-often', 'unknown-outcome'],
      handle: (ask) => askForCode(app, assets, flow, ask),
    }),
    route({
      method: 'POST',
      path: '/sign-in/code',
      name: 'sendCode',
      who: 'anyone',
      kind: 'page',
      summary: 'Signs in with the code.',
      body: { type: 'form', schema: codeForm },
      answers: { 303: { description: 'Signed in.' } },
      problems: ['unauthenticated', 'too-often', 'unknown-outcome'],
      handle: (ask) => enterCode(app, assets, flow, ask),
    }),
    signOutRoute(app, flow.cookies.clear('session')),
  ]
}

function signOutRoute(app: App, clearedCookie: string): Route {
  return route({
    method: 'POST',
    path: '/sign-out',
    name: 'sendSignOut',
    who: 'visitor',
    kind: 'page',
    summary: 'Ends the session of this browser.',
    answers: { 303: { description: 'Nobody is signed in here any more.' } },
    problems: ['unknown-outcome'],
    handle: async ({ signedIn, request, client }) => {
      demandSameOrigin(request, client, app.config.server.public_url)
      if (signedIn !== undefined) await endSessions(app, signedIn, 'current')
      return withCookies(redirect('/'), clearedCookie)
    },
  })
}

type Flow = ReturnType<typeof createSignInFlow>

async function askForCode(
  app: App,
  assets: Assets,
  flow: Flow,
  ask: Ask<z.output<typeof emailForm>>,
): Promise<Reply> {
  demandSameOrigin(ask.request, ask.client, app.config.server.public_url)
  const state = { email: ask.body.email.trim(), returnTo: ask.body.return }
  return shownAgain(
    ask.id,
    (told) => signInPage({ ...state, ...told }, assets),
    'email',
    async () => {
      const { cookies } = await flow.askForCode(ask, ask.body.email)
      return withCookies(page(200, codePage({ ...state, hasMailbox: hasMailbox(app) }, assets)), ...cookies)
    },
  )
}

async function enterCode(
  app: App,
  assets: Assets,
  flow: Flow,
  ask: Ask<z.output<typeof codeForm>>,
): Promise<Reply> {
  demandSameOrigin(ask.request, ask.client, app.config.server.public_url)
  const { email, code, return: returnTo } = ask.body
  const state = { email, returnTo, hasMailbox: hasMailbox(app) }
  return shownAgain(
    ask.id,
    (told) => codePage({ ...state, ...told }, assets),
    'code',
    async () => {
      const { cookies } = await flow.openSession(ask, { email, code })
      return withCookies(redirect(returnTo), ...cookies)
    },
  )
}

/** In development mails are looked at on a page. */
export function hasMailbox({ config }: Pick<App, 'config'>): boolean {
  return config.environment === 'development'
}

type Told = Pick<SignInState, 'fault' | 'problem'>

/** The form again with what was wrong, when it is something the person can put right. */
async function shownAgain(
  id: string,
  form: (told: Told) => string,
  field: string,
  work: () => Promise<Reply>,
): Promise<Reply> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'misconfigured') throw error
    const refused = refusalOf(error, id)
    return page(refused.problem.status, form(toldBy(refused, field)), refused.headers)
  }
}

function toldBy({ code, problem }: Refused, field: string): Told {
  const fault = problem.errors?.find((one) => one.field === field)?.message
  // A wrong code names no field, so as to say nothing about the address; the person sees it at the code all the same.
  const isAtField = code === 'invalid' || code === 'unauthenticated'
  return isAtField ? { fault: fault ?? problem.detail } : { problem: problem.detail }
}
