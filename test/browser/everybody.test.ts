import { describe, expect, it } from 'vitest'
import { weakContrasts } from './contrast.ts'
import { useStage } from './stage.ts'

const stage = useStage()

describe.each(['light', 'dark'] as const)('for everybody, %s', (colorScheme) => {
  it('text has a contrast of 4.5 to its ground, edges of fields and the button one of 3', async () => {
    await stage.visit({ colorScheme, javaScriptEnabled: true }, async (page) => {
      await page.getByLabel('Email').fill('nobody@nowhere')
      await page.keyboard.press('Enter')
      await page.locator('#email[aria-invalid="true"]').waitFor()
      expect(await page.evaluate(weakContrasts)).toEqual([])
      await page.getByLabel('Email').fill(`contrast.${colorScheme}@example.com`)
      await page.keyboard.press('Enter')
      await page.locator('main output').waitFor()
      expect(await page.evaluate(weakContrasts)).toEqual([])
    })
  })
})

it('every field has a label and a description, pages have one main heading, a language and a title', async () => {
  await stage.visit({}, async (page) => {
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    expect(await page.title()).toContain('xSwarm')
    expect(await page.locator('h1').count()).toBe(1)
    expect(await page.locator('main').count()).toBe(1)
    expect(await page.evaluate('document.activeElement.id')).toBe('email')
    const fields = page.locator('input:not([type=hidden])')
    expect(await fields.count()).toBe(2)
    for (const field of await fields.all()) {
      const id = await field.getAttribute('id')
      expect(await page.locator(`label[for="${id}"]`).count()).toBe(1)
      const described = (await field.getAttribute('aria-describedby'))?.split(' ') ?? []
      expect(described).toHaveLength(2)
      for (const id of described) expect(await page.locator(`#${id}`).count()).toBe(1)
    }
  })
})

it('the whole form can be used with the keyboard, in the order in which it reads', async () => {
  await stage.visit({}, async (page) => {
    await page.keyboard.type('keys@example.com')
    await page.keyboard.press('Tab')
    await page.keyboard.type('+15551234567')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await page.locator('main output').waitFor()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Copy')
  })
})

it('the pages with everything they load stay under 60 kB', async () => {
  const sizes: number[] = []
  const context = await stage.browser.newContext()
  const page = await context.newPage()
  const bodies: Promise<number>[] = []
  page.on('response', (response) => {
    bodies.push(response.body().then((body) => sizes.push(body.length)))
  })
  await page.goto(stage.server.url, { waitUntil: 'networkidle' })
  await Promise.all(bodies)
  await context.close()
  expect(bodies.length).toBeGreaterThanOrEqual(3)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(60_000)
})

it('nothing of another site is loaded and no script or style stands in the page', async () => {
  const markup = await (await stage.parts.service.request('/')).text()
  expect(markup).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
  expect([...markup.matchAll(/(?:href|src|action)="([^"]+)"/g)].map(([, url]) => url)).not.toContain(
    expect.stringMatching(/^(?:https?:)?\/\//),
  )
})
