import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { ask } from '../http/service.ts'
import { signInAs } from '../sign-in/people.ts'
import { screenshots, useStage } from './stage.ts'

const stage = useStage()
const devices: [string, BrowserContextOptions][] = [
  ['light', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
  ['dark', { colorScheme: 'dark', viewport: { width: 1280, height: 800 } }],
  ['narrow', { colorScheme: 'light', viewport: { width: 360, height: 740 } }],
]

async function requestCode(): Promise<{ user_code: string; device_code: string }> {
  const told = await ask(stage.parts, '/api/auth/device', {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'client_id=xswarm-cli&device_name=xswarm+on+kitchen',
  })
  return told.body
}

async function signIn(page: Page, email: string): Promise<void> {
  const { token } = await signInAs(stage.parts, email)
  await page.context().addCookies([{ name: 'xswarm', value: token, url: stage.server.url }])
}

/** Chromium now and then has nothing to show yet right after a page came; that says nothing about the page. */
async function photograph(page: Page, name: string): Promise<void> {
  const path = join(screenshots, `${name}.png`)
  for (let attemptsLeft = 4; ; attemptsLeft -= 1)
    try {
      await page.screenshot({ path, fullPage: true })
      return
    } catch (error) {
      if (attemptsLeft === 0 || !String(error).includes('Unable to capture screenshot')) throw error
    }
}

describe('the page where a device is let in', () => {
  for (const [name, options] of devices)
    it(`takes the code by keyboard, shows what asks and lets it in (${name}), without JavaScript`, async () => {
      const { user_code } = await requestCode()
      await stage.visit({ ...options, javaScriptEnabled: false }, async (page) => {
        await signIn(page, 'alice@example.com')
        await page.goto(`${stage.server.url}/device`)
        await photograph(page, `device-ask-${name}`)
        await page.keyboard.type('bcdf-ghjk')
        await page.keyboard.press('Enter')
        await expect.poll(() => page.getByRole('alert').textContent()).toContain('No device is waiting')
        await photograph(page, `device-wrong-${name}`)
        await page.getByLabel('Code').fill(user_code.toLowerCase())
        await page.getByRole('button', { name: 'Continue' }).click()
        await page.getByText('xswarm on kitchen').waitFor()
        await photograph(page, `device-decide-${name}`)
        const width = await page.evaluate('document.documentElement.scrollWidth')
        expect(width).toBeLessThanOrEqual(options.viewport?.width ?? 0)
        await page.getByRole('button', { name: 'Let it in' }).click()
        await page.getByRole('heading', { name: 'The device is signed in' }).waitFor()
        await photograph(page, `device-done-${name}`)
      })
    })
})
