import { type Context, Hono } from 'hono'
import { AppError } from '../../domain/errors.ts'
import { controlAsset, controlPage, PAGE_HEADERS } from '../control-page.ts'
import { changeCardOf, decideDispute, disputeNewest, resend } from './control-actions.ts'
import { readDuration, readMisbehaviour, readSettings } from './control-input.ts'
import { ApiError } from './errors.ts'
import { demandThisMachine, type Fields, readFields, wantsPage } from './guard.ts'
import { controlOverview, faultPage } from './pages/control-page.ts'
import { STYLE } from './pages/style.ts'
import type { Pump } from './pump.ts'
import { type Sandbox, settingsOf } from './sandbox.ts'
import { stateOf } from './state.ts'

/**
 * The sandbox's own routes, which Stripe has not: `/_sandbox/…`. Programs send and get JSON; the page's forms come back to
 * the page.
 */
export function createControl(sandbox: Sandbox, pump: Pump): Hono {
  const control = new Hono()
  control.use(async (context, next) => {
    demandThisMachine(sandbox, context)
    await next()
  })
  control.onError((error, context) => fault(sandbox, context, error))
  control.notFound((context) => {
    return fault(sandbox, context, new AppError('not-found', 'There is no such page here.'))
  })

  control.get('/', (context) => context.redirect('/_sandbox'))
  control.get('/_sandbox', async (context) => {
    return context.html(await controlPage('Stripe', controlOverview(sandbox)), 200, PAGE_HEADERS)
  })
  control.on(['GET', 'POST'], '/_sandbox/state', (context) => context.json(stateOf(sandbox)))
  control.get('/_sandbox/stripe.css', (context) => {
    return context.body(STYLE, 200, {
      'Content-Type': 'text/css; charset=utf-8',
      'Cache-Control': 'no-cache',
    })
  })
  control.get('/_sandbox/:asset', (context) => controlAsset(context.req.param('asset')) ?? context.notFound())

  control.post('/_sandbox/advance', async (context) => {
    await pump.advance(readDuration(await readFields(context)))
    return answer(context, { now: new Date(sandbox.time.now()).toISOString() })
  })
  control.post('/_sandbox/misbehave', async (context) => {
    sandbox.misbehaviour.set(readMisbehaviour(await readFields(context)))
    return answer(context, { misbehaviour: sandbox.misbehaviour.options })
  })
  const decisions = {
    settings: (fields: Fields) => {
      const next = readSettings(settingsOf(sandbox), fields)
      sandbox.store.put('settings', next)
      return next
    },
    dispute: (fields: Fields) => disputeNewest(sandbox, fields),
    'dispute/close': (fields: Fields) => decideDispute(sandbox, fields),
    card: (fields: Fields) => changeCardOf(sandbox, fields),
    resend: (fields: Fields) => resend(sandbox, fields),
  }
  for (const [name, decide] of Object.entries(decisions)) {
    control.post(`/_sandbox/${name}`, async (context) => {
      const fields = await readFields(context)
      const done = sandbox.store.transact(() => decide(fields))
      await sandbox.store.flush()
      pump.poke()
      return answer(context, done)
    })
  }
  return control
}

/** A browser goes back to the page, a program gets the thing itself. */
function answer(context: Context, result: object): Response {
  return wantsPage(context) ? context.redirect('/_sandbox', 303) : context.json(result)
}

const STATUSES: Partial<Record<AppError['code'], 403 | 404 | 422>> = {
  forbidden: 403,
  'not-found': 404,
  invalid: 422,
}

async function fault({ log }: Sandbox, context: Context, error: unknown): Promise<Response> {
  const isExpected = error instanceof AppError || error instanceof ApiError
  if (!isExpected) log?.error({ error }, 'The Stripe sandbox failed.')
  const status = error instanceof AppError ? (STATUSES[error.code] ?? 500) : isExpected ? 422 : 500
  const detail = isExpected ? error.message : 'The sandbox itself failed. Its log says more.'
  if (wantsPage(context)) {
    return context.html(await controlPage('Stripe', faultPage(detail)), status, PAGE_HEADERS)
  }
  return context.json({ type: 'about:blank', title: 'Sandbox', status, detail }, status, {
    'Content-Type': 'application/problem+json',
  })
}
