import { mkdirSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProject, type Project } from '../cli/run-cli.ts'
import { launchBrowser } from './chromium.ts'
import { screenshots } from './stage.ts'

/** `xswarm dev` with the Stripe and the Twilio it brings, and a browser. */
let project: Project
let browser: Browser
let url: string
beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true })
  project = createProject({
    'config.toml':
      '[admin]\nemail = "admin@example.com"\ncan_provision_numbers = true\ncan_view_all_users = true\n',
  })
  const dev = project.start(['dev', '--port', '0', '--json'])
  url = JSON.parse(await dev.firstLine()).page
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser.close()
  await project.close()
})

async function visit(act: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 900 } })
  const faults: string[] = []
  const page = await context.newPage()
  page.on('pageerror', (error) => faults.push(String(error)))
  try {
    await act(page)
    expect(faults).toEqual([])
  } finally {
    await context.close()
  }
}

async function signUp(page: Page, email: string): Promise<void> {
  await page.goto('/')
  await page.getByLabel('Email').fill(email)
  await page.getByRole('button', { name: 'Get my address' }).click()
  await page.getByLabel('Code').fill(await codeFor(page, email))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/account')
}

async function codeFor(page: Page, email: string): Promise<string> {
  for (;;) {
    const { mails } = await (await page.request.get('/dev/mail.json')).json()
    const mail = mails.find(
      (one: { to: string; subject: string }) => one.to === email && /\d{6}/.test(one.subject),
    )
    const code = mail?.subject.match(/\d{6}/)?.[0]
    if (code !== undefined) return code
    await page.waitForTimeout(50)
  }
}

const reach = (page: Page) => page.locator('[data-swap="reach"]')
const shoot = (page: Page, name: string) =>
  page.screenshot({ path: `${screenshots}number-${name}.png`, fullPage: true })

describe('from Upgrade to the number', () => {
  it('it appears on the page by itself, answers, is kept after the plan and comes back with it', async () => {
    await visit(async (page) => {
      await signUp(page, 'alice@example.com')
      await reach(page).getByText('It has no phone number.').waitFor()
      await page.getByRole('button', { name: 'Upgrade to Premium' }).click()
      await page.waitForURL('**/c/pay/**')
      await page.getByRole('button', { name: /^Pay / }).click()
      await page.waitForURL('**/account?billing=paid#plan')
      await reach(page).getByText('Calls now. Texts need a verification').waitFor()
      await shoot(page, 'active')
      const me = await (await page.request.get('/api/me')).json()
      expect(me.number).toMatchObject({ state: 'active', sms_status: 'unverified' })

      const called = await project.run(['sandbox', 'call', me.xswarm_phone, '--json'])
      expect(JSON.parse(called.stdout).heard.join(' ')).toContain('All my circuits')

      await setTier('free')
      await reach(page).getByText('We keep its number').waitFor()
      await shoot(page, 'kept')
      await setTier('premium')
      await reach(page).getByText('Calls now. Texts need a verification').waitFor()
      expect((await (await page.request.get('/api/me')).json()).xswarm_phone).toBe(me.xswarm_phone)
    })
  })
})

async function setTier(tier: string): Promise<void> {
  expect((await project.run(['users', 'set-tier', 'alice@example.com', tier])).code).toBe(0)
}

describe('an admin with the right', () => {
  it('sees the ledger and what was spent, and gives a number back on the page of its user', async () => {
    await visit(async (page) => {
      await signUp(page, 'admin@example.com')
      await page.goto('/admin/numbers')
      await page.getByText('Bought this hour, of 60').waitFor()
      await shoot(page, 'ledger')
      await page.getByRole('link', { name: 'Users' }).click()
      await page.getByRole('link', { name: 'alice@example.com' }).click()
      await shoot(page, 'user')
      await page.getByRole('button', { name: 'Give the number back for good' }).click()
      // She still has premium, so another one is bought for her.
      for (;;) {
        await page.reload()
        if (await page.getByText('released').first().isVisible()) break
      }
      await page.goto('/admin/numbers?state=released')
      await page.getByText('withdrawn by an operator').or(page.getByText('released').nth(1)).first().waitFor()
    })
  })
})
