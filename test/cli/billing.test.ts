import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pay } from '../billing/person.ts'
import { createProject, type Project } from './run-cli.ts'

let project: Project
let page: string
beforeAll(async () => {
  project = createProject()
  const dev = project.start(['dev', '--port', '0', '--json'])
  page = JSON.parse(await dev.firstLine()).page
  await project.run(['users', 'create', 'alice@example.com'])
})
afterAll(() => project.close())

const run = async (...args: string[]) => {
  const ran = await project.run([...args, '--json'])
  return { code: ran.code, document: JSON.parse(ran.stdout || 'null'), stderr: ran.stderr }
}
const alice = ['--user', 'alice@example.com']

/** What the commands say, until they say it: the dev beside them works by itself. */
async function status(state: string): Promise<Record<string, unknown>> {
  for (;;) {
    const { document } = await run('subscription', 'status', ...alice)
    if (document.state === state) return document
  }
}

describe('beside a running dev', () => {
  it('somebody subscribes, looks, cancels, resumes and sees a month pass', async () => {
    expect(await status('none')).toMatchObject({ tier: 'free' })
    const { document } = await run('subscribe', ...alice)
    expect(await pay(document.url)).toMatch(`${page}/billing/done?session_id=cs_test_`)
    const paid = await status('active')
    expect(paid).toMatchObject({ tier: 'premium', ends_at: null })
    expect((await run('subscription', 'usage', ...alice)).document).toMatchObject({
      voice_minutes: { used: 0, included: 100, overage: 0 },
    })
    const cancelled = await run('subscription', 'cancel', ...alice)
    expect(cancelled.document.ends_at).toBe(paid.period_end)
    expect((await run('subscription', 'resume', ...alice)).document).toMatchObject({ ends_at: null })
    expect((await run('subscription', 'manage', ...alice)).document.url).toContain('/p/session/')
    expect((await run('sandbox', 'advance', '31d')).code).toBe(0)
    for (;;) {
      const { document } = await run('subscription', 'status', ...alice)
      if (String(document.period_end) > String(paid.period_end)) break
    }
  })

  it.each([
    [['subscribe', 'gold', ...alice], 2, /premium/],
    [['subscribe', 'premium', '--user', 'nobody@example.com'], 1, /no user/],
    [['subscribe'], 1, /given to you/],
    [['subscription', 'cancel'], 1, /no subscription/],
    [['subscription', 'upgrade'], 2, /unknown command|subscription needs/],
    [['sandbox', 'advance', 'soon'], 2, /such as 31d/],
    [['sandbox', 'misbehave', '--times', '3'], 2, /--fail/],
    [['sandbox', 'misbehave', '--fail', '200'], 2, /429/],
  ])('%j is refused with %i', async (args, code, words) => {
    const ran = await project.run(args)
    expect(ran.stderr).toMatch(words)
    expect(ran.code).toBe(code)
  })

  it('misbehaviour is switched on and off', async () => {
    const on = await run('sandbox', 'misbehave', '--fail', '429', '--times', '2')
    expect(on.document).toMatchObject({ misbehaviour: { fail: { status: 429, count: 2 } } })
    expect((await run('subscription', 'manage', ...alice)).code).toBe(75)
    expect((await run('sandbox', 'misbehave')).document).toEqual({ misbehaviour: {} })
    expect((await run('subscription', 'manage', ...alice)).code).toBe(0)
  })

  it('keeps what Stripe holds beside the database, for its owner only', () => {
    expect(existsSync(join(project.folder, 'data', 'xswarm.db.stripe.jsonl'))).toBe(true)
  })
})

describe('without a running dev', () => {
  it('no key that lies around is used', async () => {
    const alone = createProject()
    const env = { STRIPE_SECRET_KEY: `sk_${'test'}_${'k'.repeat(24)}` }
    const ran = await alone.run(['subscription', 'manage'], { env })
    expect(ran.code).toBe(1)
    expect(ran.stderr).toMatch(/Stripe is not set up|no subscription/)
    const drive = await alone.run(['sandbox', 'advance', '1d'])
    expect(drive).toMatchObject({ code: 1, stderr: expect.stringContaining('xswarm dev') })
    await alone.close()
  })

  it('dev --live wants a test key, and refuses a live one', async () => {
    const alone = createProject()
    const none = await alone.run(['dev', '--live', '--port', '0'])
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('STRIPE_SECRET_KEY') })
    const env = { STRIPE_SECRET_KEY: `sk_${'live'}_${'k'.repeat(24)}` }
    const live = await alone.run(['dev', '--live', '--port', '0'], { env })
    expect(live).toMatchObject({ code: 1, stderr: expect.stringContaining('never touches live money') })
    expect(live.stderr).not.toContain(env.STRIPE_SECRET_KEY)
    await alone.close()
  })

  it('with features.stripe_enabled = false there is no sandbox, no route and no check', async () => {
    const off = createProject({ 'config.toml': '[features]\nstripe_enabled = false\n' })
    const dev = off.start(['dev', '--port', '0', '--json'])
    const { page: url } = JSON.parse(await dev.firstLine())
    expect((await fetch(`${url}/api/billing/checkout`, { method: 'POST' })).status).toBe(404)
    expect(existsSync(join(off.folder, 'data', 'xswarm.db.stripe.jsonl'))).toBe(false)
    const { stdout } = await off.run(['doctor'])
    expect(stdout).not.toMatch(/\bstripe\b/)
    await off.close()
  })

  it('stripe setup says what it lacks, and sets up whatever account it is pointed at, once', async () => {
    const alone = createProject()
    const none = await alone.run(['stripe', 'setup'])
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('STRIPE_SECRET_KEY is missing') })
    const { startStripeSandbox } = await import('../../src/sandbox/stripe/start.ts')
    const sandbox = await startStripeSandbox({})
    alone.write(
      'config.toml',
      `[stripe]\napi_base = "${sandbox.url}"\n[server]\npublic_url = "https://xswarm.example"\n`,
    )
    const env = { STRIPE_SECRET_KEY: sandbox.secretKey }
    const first = await alone.run(['stripe', 'setup', '--premium', '12.5', '--json'], { env })
    const made = JSON.parse(first.stdout)
    expect(made.webhook_secret).toMatch(/^whsec_/)
    expect(new Set(made.steps.map(({ did }: { did: string }) => did))).toEqual(new Set(['made']))
    const again = JSON.parse((await alone.run(['stripe', 'setup', '--json'], { env })).stdout)
    expect(again).toMatchObject({ prices: made.prices, webhook_secret: null })
    const { stdout } = await alone.run(['stripe', 'setup'], { env })
    expect(stdout).toContain(`premium = "${made.prices.premium}"`)
    const prices = Object.entries(made.prices).map(([name, id]) => `${name} = "${id}"\n`)
    alone.write(
      'config.toml',
      `[stripe]\napi_base = "${sandbox.url}"\n[stripe.prices]\n${prices.join('')}[server]\npublic_url = "https://xswarm.example"\n`,
    )
    const doctor = await alone.run(['doctor'], { env })
    expect(doctor.stdout).toMatch(/ok {3}stripe.prices.premium - 12.5 USD a month/)
    expect(doctor.stdout).not.toMatch(/FAIL +stripe/)
    await sandbox.close()
    await alone.close()
  })
})
