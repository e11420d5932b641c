import { z } from 'zod'
import { changeEmail } from '../../actions/change-email.ts'
import { changeSettings } from '../../actions/change-settings.ts'
import { closeAccount } from '../../actions/close-account.ts'
import { endSessions } from '../../actions/end-sessions.ts'
import { requestEmailChange } from '../../actions/request-email-change.ts'
import { accountOf } from '../../domain/account.ts'
import type { App } from '../../domain/app.ts'
import { AppError } from '../../domain/errors.ts'
import { invalidField } from '../../domain/faults.ts'
import type { SignedIn } from '../../domain/sessions.ts'
import { type AccountForm, type AccountView, accountPage } from '../../web/account-page.ts'
import { type BillingOutcome, OUTCOMES } from '../../web/billing-panel.ts'
import { closedPage } from '../../web/closed-page.ts'
import type { Asset, AssetName } from '../assets.ts'
import { createCookies } from '../cookies.ts'
import { refusalOf } from '../problems.ts'
import { type Ask, page, type Reply, type Route, redirect, route, withCookies } from '../route.ts'
import { demandSameOrigin } from '../same-origin.ts'
import { pagePolicy } from '../security-headers.ts'
import { hasMailbox } from './sign-in-page.ts'

type Assets = ReadonlyMap<AssetName, Asset>

const text = z.string().default('')
/** Every form of the page posts to the page, and says which one it is. */
const form = z.discriminatedUnion('form', [
  z.object({ form: z.literal('persona'), persona: text }),
  z.object({ form: z.literal('wake_word'), wake_word: text }),
  z.object({ form: z.literal('phone'), phone: text }),
  z.object({ form: z.literal('session'), id: text }),
  z.object({ form: z.literal('email'), email: text, code: z.string().optional() }),
  z.object({ form: z.literal('close'), confirm: text }),
])
type Form = z.output<typeof form>

/** What the page says after a form was sent, by the word in its address. */
const DONE: Readonly<Record<string, string>> = {
  persona: 'Your persona is changed.',
  wake_word: 'Your wake word is saved.',
  phone: 'Your phone is saved.',
  session: 'The device is signed out.',
  'email-code': 'A code is on its way to the new address.',
  email: 'Your mail address is changed.',
}

const word = z.string().optional().catch(undefined)
const query = z.object({ done: word, billing: word })

/** The page of whoever is signed in. */
export function accountPageRoutes(app: App, assets: Assets): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/account',
      name: 'showAccount',
      who: 'user',
      kind: 'page',
      summary: 'Everything about whoever is signed in.',
      query,
      answers: { 200: { description: 'The page.', type: 'text/html' } },
      handle: async ({ signedIn, query }) => {
        const view = await viewOf(app, signedIn, query.billing)
        const done = Object.hasOwn(DONE, query.done ?? '') ? DONE[query.done ?? ''] : undefined
        return page(200, accountPage({ ...view, done }, assets), policyOf(app))
      },
    }),
    route({
      method: 'POST',
      path: '/account',
      name: 'sendAccount',
      who: 'user',
      kind: 'page',
      summary: 'Takes the forms of the page.',
      body: { type: 'form', schema: form },
      answers: {
        200: { description: 'The receipt of a closed account.', type: 'text/html' },
        303: { description: 'Done; back to the page.' },
      },
      problems: ['not-found', 'conflict', 'email-taken', 'too-often', 'unknown-outcome'],
      handle: (ask) => send(app, assets, ask),
    }),
  ]
}

async function send(app: App, assets: Assets, ask: Ask<Form, unknown, unknown, 'user'>): Promise<Reply> {
  demandSameOrigin(ask.request, ask.client, app.config.server.public_url)
  try {
    return await carryOut(app, assets, ask.signedIn, ask.body)
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'misconfigured') throw error
    const { problem, headers } = refusalOf(error, ask.id)
    const { form, ...entered } = ask.body
    const refused = { form, detail: problem.detail, errors: problem.errors ?? [], entered }
    const view = await viewOf(app, ask.signedIn)
    return page(problem.status, accountPage({ ...view, refused }, assets), { ...headers, ...policyOf(app) })
  }
}

async function carryOut(app: App, assets: Assets, signedIn: SignedIn, sent: Form): Promise<Reply> {
  const { user } = signedIn
  const cookies = createCookies(app.config.server.public_url)
  switch (sent.form) {
    case 'persona':
    case 'wake_word':
    case 'phone': {
      const { form, ...settings } = sent
      await changeSettings(app, user.id, settings)
      return back(form, form)
    }
    case 'session': {
      await endSessions(app, signedIn, sent.id)
      const isOwn = sent.id === 'all' || sent.id === 'current' || sent.id === signedIn.session.id
      return isOwn ? withCookies(redirect('/sign-in'), cookies.clear('session')) : back('session', 'session')
    }
    case 'email':
      if (sent.code === undefined) {
        await requestEmailChange(app, user, sent)
        return back('email-code', 'email')
      }
      await changeEmail(app, user, { email: sent.email, code: sent.code })
      return back('email', 'email')
    case 'close': {
      if (sent.confirm.trim().toLowerCase() !== user.email.toLowerCase())
        throw invalidField('confirm', 'This is not your mail address. Nothing was closed.')
      const receipt = await closeAccount(app, user.id, `user:${user.id}`)
      return withCookies(page(200, closedPage(receipt, assets)), cookies.clear('session'))
    }
  }
}

function back(done: string, form: AccountForm): Reply {
  const place = {
    persona: 'persona',
    wake_word: 'settings',
    phone: 'settings',
    session: 'devices',
    email: 'email',
    close: 'close',
  }[form]
  return redirect(`/account?done=${done}#${place}`)
}

/** Its forms lead on to Stripe where there is one. */
function policyOf({ billing }: App): Readonly<Record<string, string>> {
  return billing === undefined ? {} : { 'Content-Security-Policy': pagePolicy(billing.pageOrigins) }
}

function outcomeOf(text: string | undefined): BillingOutcome | undefined {
  return Object.hasOwn(OUTCOMES, text ?? '') ? (text as BillingOutcome) : undefined // one of its keys
}

async function viewOf(app: App, signedIn: SignedIn, billing?: string): Promise<AccountView> {
  const now = app.clock.now()
  const [facts, sessions, pending] = await Promise.all([
    app.readAccountFacts(signedIn.user, now),
    app.sessions.listForUser(signedIn.user.id, now),
    app.emailChanges.find(signedIn.user.id, now),
  ])
  return {
    account: accountOf(signedIn, facts, app.config, now),
    personas: app.personas,
    sessions: sessions.map((one) => ({ ...one, current: one.id === signedIn.session.id })),
    pendingEmail: pending?.email,
    billing:
      app.billing === undefined
        ? undefined
        : { premium: app.config.tiers.premium, outcome: outcomeOf(billing) },
    hasMailbox: hasMailbox(app),
    now,
  }
}
