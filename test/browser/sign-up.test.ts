import type { BrowserContextOptions } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { screenshots, useStage } from './stage.ts'

const stage = useStage()

const looks: Record<string, BrowserContextOptions> = {
  light: { viewport: { width: 1280, height: 860 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 860 }, colorScheme: 'dark' },
  narrow: { viewport: { width: 360, height: 740 }, colorScheme: 'light' },
  'narrow-dark': { viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
}

describe.each([
  { how: 'with JavaScript', javaScriptEnabled: true },
  { how: 'without JavaScript', javaScriptEnabled: false },
])('signing up at the page $how', ({ how, javaScriptEnabled }) => {
  const name = javaScriptEnabled ? 'grace' : 'ada'
  const file = (what: string) => `${screenshots}${what}-${how.split(' ')[0]}-js.png`

  it('shows the assigned address, which is in the database', async () => {
    await stage.visit({ javaScriptEnabled }, async (page) => {
      await page.getByLabel('Email').fill(`${name}@example.com`)
      await page.getByLabel('Phone').fill('+1 555 123 4567')
      await page.keyboard.press('Enter')
      const address = page.locator('main output')
      await address.waitFor()
      expect(await address.textContent()).toBe(`${name}@xswarm.ai`)
      const user = await stage.parts.app.users.findByXswarmEmail(`${name}@xswarm.ai`)
      expect(user).toMatchObject({ email: `${name}@example.com`, phone: '+15551234567' })
      await page.screenshot({ path: file('result'), fullPage: true })
    })
  })

  it('says at each field what is wrong with it and keeps what was entered', async () => {
    await stage.visit({ javaScriptEnabled }, async (page) => {
      await page.getByLabel('Email').fill('nobody@nowhere')
      await page.getByLabel('Phone').fill('12')
      await page.getByRole('button', { name: 'Get my address' }).click()
      const email = page.locator('#email[aria-invalid="true"]')
      await email.waitFor()
      expect(await page.locator('#email-fault').textContent()).not.toBe('')
      expect(await page.locator('#phone-fault').textContent()).not.toBe('')
      expect(await email.inputValue()).toBe('nobody@nowhere')
      expect(await page.locator('#phone').inputValue()).toBe('12')
      expect(await page.evaluate('document.activeElement.id')).toBe('email')
      await page.screenshot({ path: file('faults'), fullPage: true })
    })
  })

  it('says that an address has an account already', async () => {
    await stage.parts.service.request('/api/signup', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: `${name}.taken@example.com` }),
    })
    await stage.visit({ javaScriptEnabled }, async (page) => {
      await page.getByLabel('Email').fill(`${name}.taken@example.com`)
      await page.keyboard.press('Enter')
      await page.locator('#email[aria-invalid="true"]').waitFor()
      expect(await page.locator('#email-fault').textContent()).toContain('account')
    })
  })
})

it('pressing the button twice makes one user', async () => {
  await stage.visit({ javaScriptEnabled: false }, async (page) => {
    await page.getByLabel('Email').fill('twice@example.com')
    await page.getByRole('button', { name: 'Get my address' }).dblclick()
    await page.locator('main output').waitFor()
    expect(await page.locator('main output').textContent()).toBe('twice@xswarm.ai')
  })
})

it('with JavaScript the page is not loaded again, and the heading of the result has the focus', async () => {
  await stage.visit({}, async (page) => {
    await page.evaluate('window.stays = true')
    await page.getByLabel('Email').fill('stays@example.com')
    await page.keyboard.press('Enter')
    await page.locator('main output').waitFor()
    expect(await page.evaluate('window.stays')).toBe(true)
    expect(await page.evaluate('document.activeElement.id')).toBe('result-title')
    expect(await page.title()).toBe('Your xSwarm address')
  })
})

it('the copy button puts the address on the clipboard and says so', async () => {
  await stage.visit({ permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
    await page.getByLabel('Email').fill('copies@example.com')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByText('Copied.').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('copies@xswarm.ai')
  })
})

it('without a connection it says so, and the next try is the same sign-up', async () => {
  const context = await stage.browser.newContext()
  const page = await context.newPage()
  await page.goto(stage.server.url)
  await page.getByLabel('Email').fill('offline@example.com')
  await context.setOffline(true)
  await page.keyboard.press('Enter')
  await page.getByText('We could not be reached').waitFor()
  await context.setOffline(false)
  await page.getByRole('button', { name: 'Get my address' }).click()
  await page.locator('main output').waitFor()
  expect(await page.locator('main output').textContent()).toBe('offline@xswarm.ai')
  await context.close()
})

it.each(Object.entries(looks))('the front page fits its window: %s', async (name, options) => {
  await stage.visit(options, async (page) => {
    await page.screenshot({ path: `${screenshots}front-${name}.png`, fullPage: true })
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    await page.getByLabel('Email').fill(`${name}.${'long'.repeat(5)}@example.com`)
    await page.keyboard.press('Enter')
    await page.locator('main output').waitFor()
    await page.screenshot({ path: `${screenshots}result-${name}.png`, fullPage: true })
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  })
})
