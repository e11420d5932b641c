import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProject, type Project } from '../cli/run-cli.ts'
import { launchBrowser } from './chromium.ts'
import { weakContrasts } from './contrast.ts'
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
    const mail = mails.find(
      (one: { to: string; subject: string }) => one.to === email && /\d{6}/.test(one.subject),
    )
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

describe('a change made on the page and one made in a terminal', () => {
  it('are seen by each other without a reload', async () => {
    await visit(looks.light ?? {}, async (page) => {
      const email = 'grace@example.com'
      await signUp(page, email)
      await isLive(page)
      // A device of hers, signed in to the same server; the terminal has what `xswarm login` would have stored.
      const terminal = { XSWARM_SERVER: url, XSWARM_TOKEN: await tokenFor(page, email) }
      const watch = project.start(['config', 'watch'], terminal)
      const seen = lines(watch.child.stdout)
      await until('watching', lines(watch.child.stderr))

      await page.evaluate('window.stays = true')
      await page.getByRole('radio', { name: /^Jarvis/ }).check()
      await page.getByRole('status').filter({ hasText: 'Jarvis answers now.' }).waitFor()
      await until('persona = jarvis, wake_word = hey jarvis', seen)
      await page.screenshot({ path: `${screenshots}account-jarvis.png` })

      const set = await project.run(['config', 'set', 'persona', 'hal-9000'], { env: terminal })
      expect(set).toMatchObject({ code: 0, stdout: expect.stringContaining('persona = hal-9000 (stored') })
      await page.getByRole('heading', { level: 1, name: 'HAL 9000' }).waitFor()
      await page
        .getByRole('status')
        .filter({ hasText: 'HAL 9000 answers now, chosen on another device.' })
        .waitFor()
      expect(await page.getByRole('radio', { name: /^HAL 9000/ }).isChecked()).toBe(true)
      expect(await page.getByLabel('Wake word', { exact: true }).inputValue()).toBe('hey hal')
      expect(await page.evaluate('window.stays')).toBe(true)
      await page.screenshot({ path: `${screenshots}account-set-back.png` })
      watch.child.kill('SIGINT')
      expect((await watch.exited).code).toBe(0)
    })
  })

  it('what somebody is typing is not overwritten, only told about', async () => {
    await visit({}, async (page) => {
      await signUp(page, 'ada@example.com')
      await isLive(page)
      const wakeWord = page.getByLabel('Wake word', { exact: true })
      await wakeWord.fill('computer')
      await changeBehind(page, { wake_word: 'hey you' })
      await page.getByText('Changed to “hey you” on another device meanwhile.').waitFor()
      expect(await wakeWord.inputValue()).toBe('computer')
      await page.getByRole('button', { name: 'Save wake word' }).click()
      await page.getByText('Wake word saved.').waitFor()
      expect((await me(page)).wake_word).toBe('computer')
      await wakeWord.fill('!')
      await wakeWord.press('Enter')
      await page.locator('#wake_word[aria-invalid="true"]').waitFor()
      expect(await page.locator('#wake_word-fault').textContent()).not.toBe('')
    })
  })

  it('a new plan and number appear where they belong', async () => {
    await visit({}, async (page) => {
      await signUp(page, 'joan@example.com')
      await isLive(page)
      await project.run(['users', 'set-tier', 'joan@example.com', 'premium'])
      await page.getByText('given to you').waitFor()
      expect(await page.locator('meter').count()).toBe(2)
      // What came in later can be copied like what was there.
      await page.getByRole('button', { name: 'Copy' }).first().waitFor()
    })
  })

  it('a session that is ended elsewhere leads to the sign-in page', async () => {
    await visit({}, async (page) => {
      await signUp(page, 'mary@example.com')
      await isLive(page)
      await page.request.delete('/api/auth/sessions/all')
      await page.waitForURL('**/sign-in?return=/account')
    })
  })
})

describe('with the keyboard', () => {
  it('the personas are one stop, arrows choose, and the choice is stored once', async () => {
    await visit({}, async (page) => {
      await signUp(page, 'keys@example.com')
      await page.getByRole('radio', { name: /^HAL 9000/ }).focus()
      for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowRight')
      await page.getByText('C-3PO answers now.').waitFor()
      expect(await me(page)).toMatchObject({ persona: 'c3po', wake_word: 'hey threepio' })
      await page.keyboard.press('Tab')
      expect(await page.evaluate('document.activeElement.id')).toBe('wake_word')
    })
  })
})

describe.each(Object.entries(looks))('the pages, %s', (look, options) => {
  it('fit their window, and every text stands out from its ground', async () => {
    await visit(options, async (page) => {
      const fits = async (what: string) => {
        await page.screenshot({ path: `${screenshots}${what}-${look}.png`, fullPage: true })
        expect([what, await page.evaluate('document.documentElement.scrollWidth <= innerWidth')]).toEqual([
          what,
          true,
        ])
        expect([what, await page.evaluate(weakContrasts)]).toEqual([what, []])
      }
      const email = `${look}.${'long'.repeat(8)}@example.com`
      await page.goto('/sign-in')
      await fits('sign-in')
      await signUp(page, email)
      await isLive(page)
      await fits('account')
      await project.run(['users', 'set-tier', email, 'premium'])
      await page.getByText('given to you').waitFor()
      await page.goto('/account')
      await page.getByText('Close account').click()
      await page.getByText('Mail address', { exact: true }).click()
      await page.getByLabel('New address').fill(`new.${look}@example.com`)
      await page.getByRole('button', { name: 'Mail a code' }).click()
      await page.getByLabel('Code').waitFor()
      await page.getByText('Close account').click()
      await fits('account-open')
      await page.getByLabel('Type your mail address').fill(email)
      await page.getByRole('button', { name: 'Close my account' }).click()
      await page.getByText('Your account is closed').waitFor()
      await fits('closed')
    })
  })
})

it('without JavaScript the way from the sign-up through the page and out again is the same', async () => {
  await visit({ javaScriptEnabled: false }, async (page) => {
    await signUp(page, 'plain@example.com')
    await page.getByRole('radio', { name: /^TARS/ }).check()
    await page.getByRole('button', { name: 'Use this persona' }).click()
    await page.getByText('Your persona is changed.').waitFor()
    expect(await me(page)).toMatchObject({ persona: 'tars' })
    await page.getByRole('button', { name: 'Sign out', exact: true }).first().click()
    await page.goto('/account')
    await page.getByLabel('Email').fill('plain@example.com')
    const earlier = await codeFor(page, 'plain@example.com')
    await page.getByRole('button', { name: 'Mail me a code' }).click()
    await page.getByLabel('Code').fill(await codeFor(page, 'plain@example.com', earlier))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/account')
  })
})

it('every page with everything it loads stays under 60 kB', async () => {
  await visit({}, async (page) => {
    await signUp(page, 'scales@example.com')
    await project.run(['users', 'set-tier', 'scales@example.com', 'premium'])
    const size = async (path: string) => (await (await page.request.get(path)).body()).length
    for (const path of ['/', '/sign-in', '/account', '/device']) {
      const markup = await (await page.request.get(path)).text()
      const files = [...markup.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, file = '']) => file)
      expect(files.length).toBeGreaterThanOrEqual(3)
      const sizes = await Promise.all([path, ...files].map(size))
      const sum = sizes.reduce((total, one) => total + one, 0)
      expect([path, sum]).toEqual([path, expect.toSatisfy((bytes: number) => bytes < 60_000)])
    }
  })
})

function isLive(page: Page): Promise<void> {
  return page.getByText('live', { exact: true }).waitFor()
}

// biome-ignore lint/suspicious/noExplicitAny: the tests compare what is in it
async function me(page: Page): Promise<any> {
  return (await page.request.get('/api/me')).json()
}

/** As another device of the same person. */
async function changeBehind(page: Page, data: Record<string, string>): Promise<void> {
  const answer = await page.request.patch('/api/me', { data, headers: { Origin: url } })
  expect(answer.status()).toBe(200)
}

/** A session for a terminal: what `xswarm login` gets for it. */
async function tokenFor(page: Page, email: string): Promise<string> {
  const earlier = await codeFor(page, email)
  const headers = { 'Content-Type': 'application/json' }
  const asked = await fetch(`${url}/api/auth/code`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ email }),
  })
  const { request } = await asked.json()
  const code = await codeFor(page, email, earlier)
  const body = JSON.stringify({ email, code, request })
  return (await (await fetch(`${url}/api/auth/session`, { method: 'POST', headers, body })).json()).token
}

interface Lines {
  text: string
  readonly stream: NodeJS.ReadableStream | null
}

function lines(stream: NodeJS.ReadableStream | null): Lines {
  const all: Lines = { text: '', stream }
  stream?.on('data', (more: string) => {
    all.text += more
  })
  return all
}

async function until(words: string, all: Lines): Promise<void> {
  while (!all.text.includes(words)) await once(all.stream ?? process.stdin, 'data')
}
