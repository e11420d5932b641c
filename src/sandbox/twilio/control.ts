import { type Context, Hono } from 'hono'
import { AppError } from '../../domain/errors.ts'
import { controlAsset, controlPage, PAGE_HEADERS } from '../control-page.ts'
import { type CallResult, placeCall } from './call.ts'
import { readFields, textField, wholeState } from './control-input.ts'
import { callPage, faultPage, type History, overviewPage, textPage } from './control-pages.ts'
import { decide } from './decide.ts'
import { readMisbehaviour } from './misbehave-form.ts'
import { sendText, type TextResult } from './text.ts'
import type { World } from './world.ts'

const HISTORY_MAX = 50

/**
 * The sandbox's own routes, which Twilio has not: `/_sandbox/...`. Programs send and get JSON; the page's forms come
 * back to a page.
 */
export function createControl(world: World): Hono {
  const control = new Hono()
  let history: History = { calls: [], texts: [] }
  const remember = (calls: readonly CallResult[], texts: readonly TextResult[]) => {
    history = {
      calls: [...calls, ...history.calls].slice(0, HISTORY_MAX),
      texts: [...texts, ...history.texts].slice(0, HISTORY_MAX),
    }
  }

  control.use(async (context, next) => {
    demandThisMachine(context)
    await next()
  })
  control.onError((error, context) => fault(world, context, error))
  control.notFound((context) =>
    fault(world, context, new AppError('not-found', 'There is no such page here.')),
  )

  control.get('/', (context) => context.redirect('/_sandbox'))
  control.get('/_sandbox', (context) => page(context, 'Twilio', overviewPage(world, history)))
  control.get('/_sandbox/state', (context) => context.json(wholeState(world)))
  control.get('/_sandbox/warnings', (context) => context.json({ warnings: world.warnings.list() }))
  control.get('/_sandbox/calls/:sid', (context) => {
    const call = history.calls.find(({ callSid }) => callSid === context.req.param('sid'))
    return call === undefined ? context.notFound() : page(context, 'Twilio', callPage(call))
  })
  control.get('/_sandbox/texts/:sid', (context) => {
    const text = history.texts.find(({ messageSid }) => messageSid === context.req.param('sid'))
    return text === undefined ? context.notFound() : page(context, 'Twilio', textPage(text))
  })
  control.get('/_sandbox/:asset', (context) => controlAsset(context.req.param('asset')) ?? context.notFound())

  control.post('/_sandbox/call', async (context) => {
    const fields = await readFields(context.req)
    const result = await placeCall(world, {
      to: textField(fields, 'to'),
      from: textField(fields, 'from'),
      ...(fields.digits === undefined || fields.digits === '' ? {} : { digits: String(fields.digits) }),
      ...(fields.speech === undefined || fields.speech === '' ? {} : { speech: String(fields.speech) }),
    })
    remember([result], [])
    return answer(context, result, `/_sandbox/calls/${result.callSid}`)
  })
  control.post('/_sandbox/text', async (context) => {
    const fields = await readFields(context.req)
    const [to, from, body] = [textField(fields, 'to'), textField(fields, 'from'), textField(fields, 'body')]
    const result = await sendText(world, { to, from, body })
    remember([], [result])
    return answer(context, result, `/_sandbox/texts/${result.messageSid}`)
  })
  control.post('/_sandbox/misbehave', async (context) => {
    world.faults.set(readMisbehaviour(await readFields(context.req)))
    return answer(context, { faults: world.faults.list() })
  })
  control.post('/_sandbox/behave', (context) => {
    world.faults.clear()
    return answer(context, { faults: [] })
  })
  for (const what of ['advance', 'account', 'verification', 'warnings'] as const)
    control.post(`/_sandbox/${what}`, async (context) => {
      const done = decide(world, what, await readFields(context.req))
      await world.store.saved()
      return answer(context, done)
    })
  return control
}

/** A browser gets a page to look at, a program the thing itself. */
function answer(context: Context, result: object, path = '/_sandbox'): Response {
  return wantsPage(context) ? context.redirect(path, 303) : context.json(result)
}

function wantsPage({ req }: Context): boolean {
  return (req.header('accept') ?? '').includes('text/html')
}

async function page(
  context: Context,
  title: string,
  content: Parameters<typeof controlPage>[1],
): Promise<Response> {
  return context.html(await controlPage(title, content), 200, PAGE_HEADERS)
}

const STATUSES: Partial<Record<AppError['code'], 403 | 404 | 422>> = {
  forbidden: 403,
  'not-found': 404,
  invalid: 422,
}

async function fault({ log }: World, context: Context, error: unknown): Promise<Response> {
  const isExpected = error instanceof AppError
  if (!isExpected) log.error({ error }, 'The Twilio sandbox failed.')
  const status = isExpected ? (STATUSES[error.code] ?? 500) : 500
  const detail = isExpected ? error.message : 'The sandbox itself failed. Its log says more.'
  if (!wantsPage(context))
    return context.json({ type: 'about:blank', title: 'Sandbox', status, detail }, status, {
      'Content-Type': 'application/problem+json',
    })
  return context.html(await controlPage('Twilio', faultPage(detail)), status, PAGE_HEADERS)
}

/**
 * The page asks nobody who they are, so it answers to this machine only: not to another site's form in the same
 * browser, nor to a foreign name that was made to point here.
 */
function demandThisMachine({ req }: Context): void {
  const host = (req.header('host') ?? '').replace(/:\d+$/, '')
  const site = req.header('sec-fetch-site')
  const origin = req.header('origin')
  const isForeignForm =
    req.method !== 'GET' &&
    (site === undefined ? origin !== undefined && origin !== new URL(req.url).origin : site !== 'same-origin')
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(host) || isForeignForm)
    throw new AppError('forbidden', 'The sandbox is moved from its own pages on this machine only.')
}
