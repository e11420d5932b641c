import type { BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { readChangeCode } from '../admin/admins.ts'
import { ask, bearer, post, signInAs } from '../sign-in/people.ts'
import { screenshots, useStage } from './stage.ts'

const adminEmail = 'admin@xswarm.dev'
const stage = useStage({
  config: {
    admin: {
      email: adminEmail,
      access_level: 'superadmin',
      can_provision_numbers: true,
      can_view_all_users: true,
    },
  },
})

let cookie: { name: string; value: string; domain: string; path: string }
let aliceId = ''

beforeAll(async () => {
  const { parts } = stage
  await fill()
  const alice = await signInAs(parts, 'alice.liddell@example.com', '192.0.2.20')
  aliceId = alice.userId
  await parts.sql(
    "UPDATE users SET persona = 'jarvis', wake_word = 'hey jarvis', phone = '+15551234567' WHERE id = ?",
    aliceId,
  )
  await parts.sql(
    "UPDATE users SET subscription_tier = 'premium', xswarm_phone = '+18005551001' WHERE id = ?",
    aliceId,
  )
  await ask(parts, '/api/me/email', post({ email: 'alice@wonderland.example' }, bearer(alice.token)))
  const code = await readChangeCode(parts, 'alice@wonderland.example')
  await ask(parts, '/api/me/email', post({ email: 'alice@wonderland.example', code }, bearer(alice.token)))
  await parts.sql(
    `INSERT INTO jobs (name, user_id, payload, state, attempts, last_error, created_at, finished_at)
      VALUES ('send-mail', ?, '{"template":"welcome"}', 'failed', 20, 'invalid: 550 5.1.1 no such mailbox here', '2026-11-23 09:12:44', '2026-11-23 14:00:00')`,
    aliceId,
  )
  const { token } = await signInAs(parts, adminEmail)
  cookie = { name: 'xswarm', value: token, domain: '127.0.0.1', path: '/' }
})

/** A month of sign-ups. */
async function fill(): Promise<void> {
  const names = [
    'ada',
    'grace',
    'katherine',
    'hedy',
    'radia',
    'barbara',
    'frances',
    'margaret',
    'annie',
    'mary',
  ]
  const statements = Array.from({ length: 400 }, (_, n) => {
    const name = `${names[n % names.length]}.${n}`
    const day = Math.floor(30 * (1 - ((n * 7919) % 400) / 400) ** 1.4)
    return {
      sql: `INSERT INTO users (id, email, phone, xswarm_email, subscription_tier, created_at)
        VALUES (?, ?, ?, ?, ?, datetime('2026-11-23 10:00:00', ?))`,
      args: [
        `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
        `${name}@example.com`,
        n % 3 === 0 ? `+1555${String(n).padStart(7, '0')}` : null,
        `${name}@xswarm.ai`,
        n % 6 === 0 ? 'premium' : 'free',
        `-${day} days`,
      ],
    }
  })
  expect((await stage.parts.database.write({ statements })).outcome).toBe('done')
}

const looks: Readonly<Record<string, BrowserContextOptions>> = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  narrow: { viewport: { width: 360, height: 760 }, colorScheme: 'light' },
}

/** Opens a page as the admin, on this very machine's address. */
function visit(look: BrowserContextOptions, path: string, act: (page: Page) => Promise<void>): Promise<void> {
  return stage.visit({ ...look, storageState: { cookies: [storedCookie()], origins: [] } }, act, path)
}

function storedCookie() {
  return { ...cookie, expires: -1, httpOnly: true, secure: false, sameSite: 'Lax' as const }
}

describe('the admin pages in a browser', () => {
  for (const [name, look] of Object.entries(looks)) {
    it(`fit and can be read: ${name}`, async () => {
      const paths = {
        overview: '/admin',
        users: '/admin/users?query=example&tier=premium',
        user: `/admin/users/${aliceId}`,
        jobs: '/admin/jobs',
        audit: '/admin/audit',
      }
      for (const [title, path] of Object.entries(paths)) {
        await visit(look, path, async (page) => {
          await page.screenshot({
            path: `${screenshots}admin-${title}-${name}.png`,
            fullPage: title !== 'users',
          })
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
          expect(overflow, `${title} is wider than the screen`).toBeLessThanOrEqual(0)
          const unnamed = await page.evaluate(() =>
            [...document.querySelectorAll('input:not([type=hidden]), select, button, a, svg[role=img]')]
              .filter(
                (one) =>
                  !(
                    one.textContent?.trim() ||
                    one.getAttribute('aria-label') ||
                    (one as HTMLInputElement).labels?.length
                  ),
              )
              .map((one) => one.outerHTML),
          )
          expect(unnamed).toEqual([])
          expect(await page.locator('h1').count()).toBe(1)
        })
      }
    })
  }

  it('lead by hand from a search to a user, and a failed job back into the queue', async () => {
    await visit({ ...looks.light, javaScriptEnabled: false }, '/admin', async (page) => {
      await page.getByRole('link', { name: 'Users', exact: true }).click()
      await page.getByLabel(/Any part/).fill('wonderland')
      await page.keyboard.press('Enter')
      await page.getByRole('link', { name: 'alice@wonderland.example' }).click()
      await page.getByRole('heading', { name: 'alice@wonderland.example' }).waitFor()
      await page.getByRole('button', { name: /Retry/ }).click()
      await page.getByText(/waits again/).waitFor()
      await page.getByRole('link', { name: 'Audit log' }).click()
      await page.getByRole('button', { name: 'Check every entry' }).click()
      await page.getByText(/entries hold/).waitFor()
    })
  })

  it('weigh less than 60 kB over the wire', async () => {
    const headers = { Cookie: `xswarm=${cookie.value}` }
    const { text } = await ask(stage.parts, '/admin', { headers })
    const urls = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+\.(?:css|js))"/g)].map(
      ([, url]) => url ?? '',
    )
    expect(urls.length).toBe(3)
    let bytes = 0
    for (const url of urls) bytes += (await (await stage.parts.service.request(url)).arrayBuffer()).byteLength
    expect(bytes).toBeLessThan(60_000)
  })
})
