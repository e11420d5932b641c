import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startCheckout } from '../../src/actions/start-checkout.ts'
import { createRateLimits } from '../../src/database/rate-limits.ts'
import { createSession } from '../../src/domain/sessions.ts'
import { openApi31 } from '../http/openapi-3.1.ts'
import { ask, from } from '../http/service.ts'
import { type BillingStage, createBillingStage } from './stage.ts'

let stage: BillingStage
beforeEach(async () => {
  stage = await createBillingStage()
})
afterEach(() => stage.close())

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }

async function sessionOf(id: string): Promise<string> {
  const asked = { user_id: id, kind: 'browser', name: 'a browser', address_hash: 'x' } as const
  const { token, session } = createSession(asked, stage.app.ids, stage.clock.now())
  await stage.database.write({ statements: [stage.app.sessions.open(session)] })
  return token
}

const billingRoutes = () => stage.service.routes.filter(({ path }) => /billing/.test(path))

describe('the routes of billing', () => {
  it('are there, are described, and only for who is signed in', async () => {
    expect(
      billingRoutes()
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    ).toEqual([
      'GET /billing/done',
      'POST /api/billing/cancel',
      'POST /api/billing/checkout',
      'POST /api/billing/portal',
      'POST /api/billing/resume',
      'POST /billing/checkout',
      'POST /billing/portal',
      'POST /billing/resume',
    ])
    for (const { method, path, kind, body } of billingRoutes()) {
      const headers = body?.type === 'form' ? FORM : { 'Content-Type': 'application/json' }
      const answer = await stage.service.request(path, {
        method,
        ...(body !== undefined && { headers, body: body.type === 'form' ? '' : '{}' }),
      })
      expect([path, answer.status]).toEqual([path, kind === 'page' ? 303 : 401])
      if (kind === 'page') expect(answer.headers.get('location')).toMatch(/^\/sign-in/)
    }
    const document = await (await stage.service.request('/openapi.json')).json()
    expect(Object.keys(document.paths)).toContain('/webhooks/stripe')
    expect(openApi31.safeParse(document).error).toBeUndefined()
  })

  it('take nothing that another site made a browser send', async () => {
    const { id } = await stage.createPerson()
    const Cookie = `xswarm=${await sessionOf(id)}`
    for (const { method, path, body } of billingRoutes()) {
      if (method === 'GET') continue
      const type = body?.type === 'form' ? FORM : { 'Content-Type': 'application/json' }
      const headers = { ...type, Cookie, 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }
      const answer = await stage.service.request(path, {
        method,
        headers,
        ...(body !== undefined && { body: body.type === 'form' ? '' : '{"tier":"premium"}' }),
      })
      expect([path, answer.status]).toEqual([path, 403])
    }
    expect((await stage.stripe.customers.list()).data).toEqual([])
  })

  it('let a form of the account page lead on to Stripe, and of no other page', async () => {
    const { id } = await stage.createPerson()
    const headers = { Cookie: `xswarm=${await sessionOf(id)}` }
    const account = await ask(stage, '/account', { headers })
    expect(account.headers.get('content-security-policy')).toContain(
      `form-action 'self' ${stage.sandbox.url};`,
    )
    expect(account.text).toContain('Upgrade to Premium')
    const front = await ask(stage, '/')
    expect(front.headers.get('content-security-policy')).toContain("form-action 'self';")
  })

  it('say on the account page when Stripe is away', async () => {
    const { id } = await stage.createPerson()
    const headers = { Cookie: `xswarm=${await sessionOf(id)}`, 'Sec-Fetch-Site': 'same-origin' }
    await fetch(`${stage.sandbox.url}/_sandbox/misbehave`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"fail":{"status":429}}',
    })
    const sent = await ask(stage, '/billing/checkout', {
      method: 'POST',
      headers: { ...headers, ...FORM },
      body: 'tier=premium',
    })
    expect(sent.status).toBe(303)
    expect(sent.headers.get('location')).toBe('/account?billing=unavailable#plan')
    const page = await ask(stage, '/account?billing=unavailable', { headers })
    expect(page.text).toContain('Stripe cannot be reached right now. Nothing was charged')
    const odd = await ask(stage, '/account?billing=%3Cscript%3E', { headers })
    expect(odd.text).not.toMatch(/<script>|role="alert"><p>/)
  })

  it('lead one user to Stripe only so often', async () => {
    const limits = { ...stage.app.config.limits, enabled: true }
    const limited = createRateLimits(stage.database, stage.clock, { limits })
    const { id } = await stage.createPerson()
    const buy = () => startCheckout({ ...stage.app, limits: limited }, id, { tier: 'premium' })
    for (let count = 0; count < 60; count++) await limited.demand({ rule: 'billing-user', subject: id })
    await expect(buy()).rejects.toMatchObject({ code: 'too-often' })
    stage.clock.advance(60_000)
    expect((await buy()).url).toContain('/c/pay/')
  })

  it('tell nothing that is secret in log or answer', async () => {
    await ask(
      stage,
      '/webhooks/stripe',
      { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' },
      from('192.0.2.1'),
    )
    const said = JSON.stringify(stage.logged)
    for (const secret of [stage.sandbox.secretKey, ...stage.secrets]) expect(said).not.toContain(secret)
  })
})
