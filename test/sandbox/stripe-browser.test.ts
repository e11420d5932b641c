import { mkdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../browser/chromium.ts'
import { buy, createShop, DAY, type Shop, setCard } from './stripe-shop.ts'
import { closeStages, createStage, type Stage } from './stripe-stage.ts'

/** Pictures to look at; not kept in git. */
const screenshots = fileURLToPath(new URL('../screenshots/', import.meta.url))

let stage: Stage
let shop: Shop
/** Another origin, to which Checkout leads back. */
let site: Server
let home: string
let browser: Browser
beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true })
  stage = await createStage()
  shop = await createShop(stage)
  site = createServer((_request, response) => {
    response
      .writeHead(200, { 'Content-Type': 'text/html' })
      .end('<!doctype html><link rel="icon" href="data:,">Home')
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  home = `http://127.0.0.1:${(site.address() as AddressInfo).port}/account` // it listens on a port
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser.close()
  await closeStages()
  site.closeAllConnections()
  site.close()
})

/** Opens a page that must keep its own policy, find all it loads and fit its width. */
async function visit(
  url: string,
  options: BrowserContextOptions,
  act: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  await page.goto(url)
  const overflows = () => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
  expect(await overflows()).toBe(false)
  await act(page)
  await context.close()
  // A page that answers 402 is one that says why; the browser logs it as an error of loading.
  expect(faults.filter((text) => !text.includes('402'))).toEqual([])
}

function checkout() {
  return stage.stripe.checkout.sessions.create({
    mode: 'subscription',
    customer_email: 'alice@example.com',
    success_url: `${home}?session={CHECKOUT_SESSION_ID}`,
    cancel_url: `${home}?left`,
    line_items: [{ price: shop.premium.id, quantity: 1 }, { price: shop.voice.id }],
  })
}

const LOOKS = [
  { name: 'light', viewport: { width: 1200, height: 900 }, colorScheme: 'light' },
  { name: 'dark', viewport: { width: 1200, height: 900 }, colorScheme: 'dark' },
  { name: 'narrow', viewport: { width: 360, height: 800 }, colorScheme: 'light' },
] as const

describe('in a browser', () => {
  it('a declined card is told, a good one pays and leads to the other origin', async () => {
    const session = await checkout()
    await visit(String(session.url), {}, async (page) => {
      await page.getByRole('radio', { name: /insufficient funds/ }).check()
      await page.getByRole('button', { name: 'Pay $10.00' }).click()
      await page.getByRole('alert').getByText('insufficient funds').waitFor()
      await page.screenshot({ path: `${screenshots}stripe-declined.png`, fullPage: true })
      await page.getByRole('radio', { name: /4242 4242/ }).check()
      await page.getByRole('button', { name: 'Pay $10.00' }).click()
      await page.waitForURL(`${home}?session=${session.id}`)
    })
    expect((await stage.stripe.checkout.sessions.retrieve(session.id)).status).toBe('complete')
  })

  it('somebody pays with the keyboard alone, through the question of their bank', async () => {
    const session = await checkout()
    await visit(String(session.url), {}, async (page) => {
      await page.getByRole('radio', { name: /4242 4242/ }).focus()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: /bank asks/ }).waitFor()
      await page.screenshot({ path: `${screenshots}stripe-bank.png`, fullPage: true })
      await page.getByRole('button', { name: 'Confirm' }).click()
      await page.waitForURL(`${home}?session=${session.id}`)
    })
  })

  it('somebody leaves without paying', async () => {
    await visit(String((await checkout()).url), {}, async (page) => {
      await page.getByRole('link', { name: 'Back without paying' }).click()
      await page.waitForURL(`${home}?left`)
    })
  })

  it('the portal plans the end, takes it back and changes the card', async () => {
    const { customer } = await buy(stage, shop)
    const { url } = await stage.stripe.billingPortal.sessions.create({ customer, return_url: home })
    await visit(url, {}, async (page) => {
      await page.getByRole('button', { name: 'Cancel subscription' }).click()
      await page.getByText(/Ends on .+ and is not charged again/).waitFor()
      await page.getByRole('button', { name: "Don't cancel" }).click()
      await page.getByText(/Renews on/).waitFor()
      await page.getByRole('radio', { name: /every charge fails/ }).check()
      await page.getByRole('button', { name: 'Use this card' }).click()
      await page.getByText('visa ending in 0341').waitFor()
    })
  })

  it('the control page makes a renewal fail in four clicks', async () => {
    await visit(`${stage.sandbox.url}/_sandbox`, { viewport: { width: 1200, height: 900 } }, async (page) => {
      await page.getByRole('button', { name: 'Will fail' }).first().click()
      await page.getByRole('button', { name: '+ 31d' }).click()
      await page.getByRole('button', { name: '+ 1d' }).click()
      await page.getByText('past_due').first().waitFor()
    })
  })

  it.each(LOOKS)('the pages fit and can be read: $name', async ({ name, ...options }) => {
    const { customer } = await buy(stage, shop)
    await setCard(stage, customer, 'declined')
    await stage.sandbox.advance(32 * DAY)
    const portal = await stage.stripe.billingPortal.sessions.create({ customer, return_url: home })
    const [open] = (await stage.stripe.invoices.list({ customer, status: 'open' })).data
    const pages = {
      checkout: String((await checkout()).url),
      portal: portal.url,
      invoice: String(open?.hosted_invoice_url),
      control: `${stage.sandbox.url}/_sandbox`,
    }
    for (const [page, url] of Object.entries(pages)) {
      await visit(url, options, async (shown) => {
        await shown.screenshot({ path: `${screenshots}stripe-${page}-${name}.png`, fullPage: true })
      })
    }
  })
})
