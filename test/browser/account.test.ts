import { mkdirSync } from 'node:fs'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProject, type Project } from '../cli/run-cli.ts'
import { launchBrowser } from './chromium.ts'
import { screenshots } from './stage.ts'

/** The whole product as people run it: `xswarm dev`, a browser, and a terminal beside it. */
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

const looks: Record<string, BrowserContextOptions> = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  narrow: { viewport: { width: 360, height: 740 }, colorScheme: 'light' },
  'narrow-dark': { viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
}

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

/** The newest code that arrived for this address, as a person would read it at /dev/mail. */
async function codeFor(page: Page, email: string, besides?: string): Promise<string> {
  for (;;) {
    const { mails } = await (await page.request.get('/dev/mail.json')).json()
    const mail = mails.find((one: { to: string; subject: string }) => one.to === email && /\d{6}/.test(one.subject))
    const code = mail?.subject.match(/\d{6}/)?.[0]
    if (code !== undefined && code !== besides) return code
    await page.waitForTimeout(50)
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

describe.each(Object.entries(looks))('%s', (look, options) => {
  it('looks', async () => {
    await visit(options, async (page) => {
      await page.goto('/sign-in')
      await page.screenshot({ path: `${screenshots}sign-in-${look}.png`, fullPage: true })
      await page.goto('/')
      await page.getByLabel('Email').fill(`${look}@example.com`)
      await page.getByRole('button', { name: 'Get my address' }).click()
      await page.getByLabel('Code').waitFor()
      await page.screenshot({ path: `${screenshots}result-code-${look}.png`, fullPage: true })
      await page.getByLabel('Code').fill(await codeFor(page, `${look}@example.com`))
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.waitForURL('**/account')
      await page.getByText('live', { exact: true }).waitFor()
      await page.screenshot({ path: `${screenshots}account-${look}.png`, fullPage: true })
    })
  })
})
