import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { type RunningServer, startServer } from '../../src/http/serve.ts'
import type { TestAppOptions } from '../app.ts'
import { createTestService, type TestService } from '../http/service.ts'
import { launchBrowser } from './chromium.ts'

/** Pictures to look at; not kept in git. */
export const screenshots = fileURLToPath(new URL('../screenshots/', import.meta.url))

export interface Stage {
  readonly parts: TestService
  readonly server: RunningServer
  readonly browser: Browser
  /**
   * Opens a page of the service. The visit fails when the page breaks its own policy, loads what is missing or
   * throws.
   */
  visit(options: BrowserContextOptions, act: (page: Page) => Promise<void>, path?: string): Promise<void>
}

/** The service on a port, and a browser, for all tests of a file. */
export function useStage(options: TestAppOptions = {}): Stage {
  let parts: TestService | undefined
  let server: RunningServer | undefined
  let browser: Browser | undefined

  beforeAll(async () => {
    mkdirSync(screenshots, { recursive: true })
    parts = await createTestService(options)
    server = await startServer(parts.service, { host: '127.0.0.1', port: 0 })
    browser = await launchBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await parts?.close()
  })

  return {
    get parts() {
      return present(parts)
    },
    get server() {
      return present(server)
    },
    get browser() {
      return present(browser)
    },
    visit: (options, act, path = '/') => visit(present(browser), present(server).url + path, options, act),
  }
}

async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions,
  act: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options)
  const faults: string[] = []
  const page = await context.newPage()
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    // Chromium reports every answer from 400 on as an error of the page; those are looked at where they matter.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text())
  })
  page.on('requestfailed', (request) => faults.push(`${request.url()} failed`))
  try {
    await page.goto(url)
    await act(page)
    expect(faults).toEqual([])
  } finally {
    await context.close()
  }
}

function present<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('The stage is set in beforeAll; use it inside a test.')
  return part
}
