import { z } from 'zod'
import { signUp } from '../../actions/sign-up.ts'
import type { App } from '../../domain/app.ts'
import { AppError } from '../../domain/errors.ts'
import { resultPage } from '../../web/result-panel.ts'
import { type SignUpForm, signUpPage } from '../../web/sign-up-page.ts'
import type { Asset, AssetName } from '../assets.ts'
import { refusalOf } from '../problems.ts'
import { type Ask, page, type Reply, type Route, reply, route, withCookies } from '../route.ts'
import { demandSameOrigin } from '../same-origin.ts'
import { createSignInFlow, type SignInFlow } from '../sign-in-flow.ts'
import { hasMailbox } from './sign-in-page.ts'

const form = z.object({
  email: z.string().default(''),
  phone: z.string().default(''),
  idempotency_key: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional()
    .catch(undefined),
})

/** The page at `/` and the files it needs. */
export function pageRoutes(app: App, assets: ReadonlyMap<AssetName, Asset>): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/',
      name: 'showSignUp',
      who: 'anyone',
      kind: 'page',
      summary: 'The sign-up page.',
      answers: { 200: { description: 'The page.', type: 'text/html' } },
      handle: () => page(200, signUpPage(emptyForm(app), app.personas, assets)),
    }),
    route({
      method: 'POST',
      path: '/',
      name: 'sendSignUp',
      who: 'anyone',
      kind: 'page',
      summary: 'Signs up from the page without JavaScript.',
      body: { type: 'form', schema: form },
      answers: { 201: { description: 'The page with the assigned address.', type: 'text/html' } },
      problems: [
        'email-taken',
        'address-unavailable',
        'idempotency-mismatch',
        'unknown-outcome',
        'too-often',
      ],
      handle: (ask) => sendSignUp(app, assets, ask),
    }),
    assetRoute(assets),
  ]
}

async function sendSignUp(
  app: App,
  assets: ReadonlyMap<AssetName, Asset>,
  { request, client, body, id }: Ask<z.output<typeof form>>,
): Promise<Reply> {
  demandSameOrigin(request, client, app.config.server.public_url)
  const { email, phone, idempotency_key } = body
  try {
    const flow = createSignInFlow(app)
    const { token, cookie } = flow.signUpToken({ request, client })
    const from = { address: client.ip, token }
    const user = await signUp(
      app,
      { email, phone },
      { from, ...(idempotency_key && { idempotency: idempotency_key }) },
    )
    const code = await askForCode(app, flow, { request, client }, user.email)
    const result = { ...user, isCodeSent: code !== undefined, hasMailbox: hasMailbox(app) }
    return withCookies(page(201, resultPage(result, assets)), cookie, ...(code ?? []))
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'misconfigured') throw error
    const { problem, headers, code } = refusalOf(error, id)
    // Only when it may have been done must the next try be recognised as the same one.
    const idempotencyKey = (code === 'unknown-outcome' && idempotency_key) || app.ids.uuid()
    const shown = { detail: problem.detail, errors: problem.errors ?? [] }
    const again = signUpPage(
      { email, phone, idempotencyKey, hasMailbox: hasMailbox(app), problem: shown },
      app.personas,
      assets,
    )
    return page(problem.status, again, headers)
  }
}

/** The way on to the account. The sign-up stands without it: then the person asks for a code at the sign-in page. */
async function askForCode(
  app: Pick<App, 'log'>,
  flow: SignInFlow,
  asked: Pick<Ask, 'request' | 'client'>,
  email: string,
): Promise<readonly string[] | undefined> {
  try {
    return (await flow.askForCode(asked, email)).cookies
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code !== 'too-often') app.log.warn({ err: error }, 'no code could be sent after a sign-up')
    return undefined
  }
}

function emptyForm(app: Pick<App, 'ids' | 'config'>): SignUpForm {
  return { email: '', phone: '', idempotencyKey: app.ids.uuid(), hasMailbox: hasMailbox(app) }
}

function assetRoute(assets: ReadonlyMap<AssetName, Asset>): Route {
  const byUrl = new Map([...assets.values()].map((asset) => [asset.url, asset]))
  return route({
    method: 'GET',
    path: '/assets/:file',
    name: 'readAsset',
    who: 'anyone',
    kind: 'asset',
    summary: 'A file of the pages. Its name changes with its content.',
    answers: {
      200: { description: 'The file.', type: '*/*' },
      304: { description: 'The file that is kept is still right.' },
    },
    problems: ['not-found'],
    handle: ({ request, params }) => {
      const asset = byUrl.get(`/assets/${params.file}`)
      if (asset === undefined) throw new AppError('not-found', 'There is no such file. Reload the page.')
      const headers = { ETag: asset.etag, 'Cache-Control': 'public, max-age=31536000, immutable' }
      if (request.headers.get('if-none-match') === asset.etag) return reply(304, asset.type, null, headers)
      return reply(200, asset.type, asset.bytes, headers)
    },
  })
}
