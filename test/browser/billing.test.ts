import { mkdirSync } from 'node:fs'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProject, type Project } from '../cli/run-cli.ts'
import { launchBrowser } from './chromium.ts'
import { screenshots } from './stage.ts'

/** `xswarm dev` with the Stripe it brings, and a browser. */
let project: Project
let browser: Browser
let url: string
beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true })
  project = createProject()
  const dev = project.start(['dev', '--port', '0', '--json'])
  url = JSON.parse(await dev.firstLine()).page
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser.close()
  await project.close()
})

const narrow = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' } as const
const wide = { viewport: { width: 1280, height: 900 }, colorScheme: 'light' } as const

/** The visit fails when a page breaks its own policy, for example by a form that may not lead to Checkout. */
async function visit(options: BrowserContextOptions, act: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ baseURL: url, ...options })
  const faults: string[] = []
  const page = await context.newPage()
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text())
  })
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

const plan = (page: Page) => page.locator('#plan')
const shoot = (page: Page, name: string) =>
  plan(page).screenshot({ path: `${screenshots}billing-${name}.png` })

describe.each([
  { how: 'with JavaScript', javaScriptEnabled: true, look: wide, name: 'wide' },
  { how: 'without JavaScript', javaScriptEnabled: false, look: narrow, name: 'narrow' },
])('from sign-up to premium and back, $how', ({ javaScriptEnabled, look, name }) => {
  it('pays on Checkout, is premium on the page, cancels on the portal and takes it back', async () => {
    await visit({ ...look, javaScriptEnabled }, async (page) => {
      await signUp(page, `${name}@example.com`)
      await shoot(page, `${name}-free`)
      await page.getByRole('button', { name: 'Upgrade to Premium' }).click()
      await page.waitForURL('**/c/pay/**')
      await page.screenshot({ path: `${screenshots}billing-${name}-checkout.png`, fullPage: true })
      await page.getByRole('button', { name: /^Pay / }).click()
      await page.waitForURL('**/account?billing=paid#plan')
      await plan(page).getByText('Thank you. You are premium now.').waitFor()
      await plan(page).getByText('Premium', { exact: true }).waitFor()
      await shoot(page, `${name}-premium`)

      await page.getByRole('button', { name: 'Manage subscription' }).click()
      await page.waitForURL('**/p/session/**')
      await page.getByRole('button', { name: 'Cancel subscription' }).click()
      await page.screenshot({ path: `${screenshots}billing-${name}-portal.png`, fullPage: true })
      await page
        .getByRole('link', { name: /xSwarm|return|back/i })
        .first()
        .click()
      await page.waitForURL('**/account#plan')
      await plan(page).getByText('Cancelled.').waitFor()
      await shoot(page, `${name}-cancelled`)

      await page.getByRole('button', { name: 'Keep Premium' }).click()
      await plan(page).getByText('Your subscription goes on.').waitFor()
      await plan(page).getByText('Renews on').waitFor()
    })
  })
})

describe('a payment that fails', () => {
  it('says so on the page, with the way to pay', async () => {
    await visit(wide, async (page) => {
      await signUp(page, 'fails@example.com')
      await page.getByRole('button', { name: 'Upgrade to Premium' }).click()
      await page.waitForURL('**/c/pay/**')
      await page
        .getByRole('button', { name: 'Back without paying' })
        .or(page.getByRole('link', { name: 'Back without paying' }))
        .click()
      await plan(page).getByText('Nothing was charged.').waitFor()
      await shoot(page, 'abandoned')
      await page.getByRole('button', { name: 'Upgrade to Premium' }).click()
      await page
        .getByLabel('Is saved, but every charge fails')
        .or(page.getByLabel('Pays').first())
        .first()
        .check()
      await page.getByRole('button', { name: /^Pay / }).click()
      await page.waitForURL('**/account?billing=paid#plan')
      const me = await (await page.request.get('/api/me')).json()
      const { stripe } = JSON.parse(await readNote())
      await page.request.post(`${stripe.api_base}/_sandbox/card`, {
        data: { customer: me.stripe_customer_id, card: 'declined' },
        headers: { 'Content-Type': 'application/json' },
      })
      expect((await project.run(['sandbox', 'advance', '32d'])).code).toBe(0)
      for (;;) {
        const { subscription } = await (await page.request.get('/api/me')).json()
        if (subscription.state === 'past_due') break
      }
      await page.goto('/account')
      await plan(page).getByText('Your last payment did not go through.').waitFor()
      expect(await page.getByRole('link', { name: 'Pay what is owed' }).getAttribute('href')).toContain('/i/')
      await shoot(page, 'past-due')
    })
  })
})

async function readNote(): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  return readFile(`${project.folder}/data/xswarm.db.dev.json`, 'utf8')
}
