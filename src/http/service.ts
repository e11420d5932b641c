import { type Context, Hono } from 'hono'
import type { App } from '../domain/app.ts'
import { AppError } from '../domain/errors.ts'
import type { Mailbox } from '../domain/mailer.ts'
import { loadAssets } from './assets.ts'
import { createChangeFeed } from './change-feed.ts'
import { createExchange, type HttpEnv } from './exchange.ts'
import { createMetrics } from './metrics.ts'
import { createOpenApi } from './openapi.ts'
import { problemReply, RequestFault, refusalOf } from './problems.ts'
import type { Route } from './route.ts'
import { accountPageRoutes } from './routes/account-page.ts'
import { adminRoutes } from './routes/admin.ts'
import { adminNumberRoutes } from './routes/admin-numbers.ts'
import { adminPageRoutes } from './routes/admin-pages.ts'
import { authRoutes } from './routes/auth.ts'
import { billingRoutes } from './routes/billing.ts'
import { billingPageRoutes } from './routes/billing-pages.ts'
import { devMailRoutes } from './routes/dev-mail.ts'
import { deviceRoutes } from './routes/device.ts'
import { devicePageRoutes } from './routes/device-page.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes } from './routes/health.ts'
import { lookupRoutes } from './routes/lookup.ts'
import { meRoutes } from './routes/me.ts'
import { myDataRoutes } from './routes/my-data.ts'
import { pageRoutes } from './routes/pages.ts'
import { personaRoutes } from './routes/personas.ts'
import { signInPageRoutes } from './routes/sign-in-page.ts'
import { signUpRoutes } from './routes/sign-up.ts'
import { stripeWebhookRoutes } from './routes/stripe-webhook.ts'
import { twilioWebhookRoutes } from './routes/twilio-webhooks.ts'

export interface HttpOptions {
  /** `XSWARM_SERVICE_TOKEN`. Without it the routes for services refuse everybody. */
  readonly serviceToken?: string | undefined
  /** Whether Twilio signed these fields for this path. Without it nobody is believed to be Twilio. */
  readonly verifyTwilio?: (
    signature: string | null,
    path: string,
    fields: Readonly<Record<string, string>>,
  ) => boolean
  /** Of development: its pages exist only when it does. */
  readonly mailbox?: Mailbox | undefined
  /** Tells of writes of this process, so that event streams need not wait for the next look at the change log. */
  readonly onWrite?: (listener: () => void) => () => void
  /** Of the package, for `openapi.json`. */
  readonly version?: string
}

/** The whole service behind one function: hand `fetch` to a server, or call `request` in a test. */
export interface HttpService {
  /** Never rejects: every fault becomes an answer. */
  fetch(request: Request, env?: HttpEnv): Response | Promise<Response>
  /** `path` may be a path or an absolute URL. */
  request(path: string, init?: RequestInit, env?: HttpEnv): Response | Promise<Response>
  /** The table that both the running routes and `openapi.json` are made of. */
  readonly routes: readonly Route[]
  /** Ends the event streams, which would otherwise keep a stopping server waiting, and opens no new ones. */
  endStreams(): void
}

/**
 * Builds the service. Throws AppError `misconfigured` for proxies in the config that are no addresses.
 * Routing is Hono's; there is no chain of middleware, every route goes through the one exchange.
 */
export function createHttp(app: App, options: HttpOptions = {}): HttpService {
  const metrics = createMetrics(app)
  const assets = loadAssets()
  const feed = createChangeFeed(app, options.onWrite)
  metrics.watch('xswarm_event_streams', 'Devices that listen to the changes of their user.', feed.count)
  const routes: Route[] = [
    ...signUpRoutes(app),
    ...personaRoutes(app),
    ...authRoutes(app),
    ...deviceRoutes(app),
    ...devicePageRoutes(app, assets),
    ...meRoutes(app),
    ...eventRoutes(feed),
    ...myDataRoutes(app),
    ...twilioWebhookRoutes(app, options.verifyTwilio),
    // Where there is no Stripe there is no trace of it.
    ...(app.billing === undefined
      ? []
      : [...billingRoutes(app), ...billingPageRoutes(app), ...stripeWebhookRoutes(app)]),
    ...adminRoutes(app),
    ...adminPageRoutes(app, assets),
    ...adminNumberRoutes(app, assets),
    ...lookupRoutes(app),
    ...healthRoutes(app, metrics, () => document),
    ...pageRoutes(app, assets),
    ...signInPageRoutes(app, assets),
    ...accountPageRoutes(app, assets),
    ...(options.mailbox === undefined ? [] : devMailRoutes(options.mailbox, assets)),
  ]
  const document = createOpenApi(routes, app.config, options.version)
  const exchange = createExchange(app, metrics, assets, options.serviceToken)
  const hono = new Hono<{ Bindings: HttpEnv }>()
  for (const route of routes)
    hono.on(route.method, route.path, (context) =>
      exchange(route, context.req.raw, context.env, context.req.param()),
    )
  hono.notFound((context) =>
    exchange(unmatched(hono, context), context.req.raw, context.env, context.req.param()),
  )
  hono.onError((error) => {
    // Only a fault in the exchange itself comes here, so it is told without its help.
    app.log.error({ err: error }, 'a bug outside of every route')
    const { status, headers, body, type } = problemReply(refusalOf(error, 'unknown'))
    return new Response(body, {
      status,
      headers: { ...headers, 'Content-Type': type, 'Cache-Control': 'no-store' },
    })
  })
  return {
    fetch: (request, env = {}) => hono.fetch(request, env),
    request: (path, init, env = {}) => hono.request(path, init, env),
    routes,
    endStreams: () => feed.close(),
  }
}

const methods = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'] as const

/** What answers where no route is: nothing at all, or nothing with this method. */
function unmatched(hono: Hono<{ Bindings: HttpEnv }>, context: Context): Route {
  const path = context.req.path
  const allowed: string[] = methods.filter((method) => hono.router.match(method, path)[0].length > 0)
  if (allowed.includes('GET')) allowed.push('HEAD')
  const isPage = !path.startsWith('/api/') && (context.req.header('accept') ?? '').includes('text/html')
  return {
    method: 'GET',
    path: '(none)',
    name: 'unmatched',
    who: 'anyone',
    kind: isPage ? 'page' : 'api',
    summary: 'Answers where no route is.',
    answers: {},
    handle: () => {
      if (allowed.length === 0) throw new AppError('not-found', 'There is nothing at this address.')
      const list = allowed.join(', ')
      throw new RequestFault('method-not-allowed', `Possible here: ${list}.`, { Allow: list })
    },
  }
}
