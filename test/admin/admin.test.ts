import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBrowser } from '../sign-in/people.ts'
import {
  type AdminAt,
  adminEmail,
  ask,
  bearer,
  createAdminService,
  insertUsers,
  post,
  readCode,
  signInAdmin,
  signInAs,
  type TestService,
} from './admins.ts'

let parts: TestService
let admin: AdminAt
beforeEach(async () => {
  parts = await createAdminService()
  admin = await signInAdmin(parts)
})
afterEach(() => parts.close())

const actionsIn = async () => (await parts.app.audit.list({ limit: 200 })).map(({ action }) => action)

/** A job that was given up. */
async function insertFailedJob(userId: string | null = null): Promise<number> {
  await parts.sql(
    `INSERT INTO jobs (name, user_id, payload, state, attempts, last_error, created_at, finished_at)
      VALUES ('send-mail', ?, '{"template":"welcome"}', 'failed', 20, 'invalid: 550 no such mailbox', '2026-11-23 14:00:00', '2026-11-23 15:00:00')`,
    userId,
  )
  const [row] = await parts.sql("SELECT max(id) AS id FROM jobs WHERE state = 'failed'")
  return Number(row?.id)
}

describe('the admin over HTTP', () => {
  it('finds users by any part, filters by tier and pages to the end', async () => {
    await insertUsers(parts, 120)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const told = await admin.get(
        `/api/admin/users?query=example.com&limit=50${cursor === null ? '' : `&cursor=${cursor}`}`,
      )
      expect(told.status).toBe(200)
      expect(told.body.complete).toBe(true)
      seen.push(...told.body.users.map(({ id }: { id: string }) => id))
      cursor = told.body.next_cursor
    } while (cursor !== null)
    expect(seen).toEqual(Array.from({ length: 120 }, (_, n) => `user-${119 - n}`))
    const premium = await admin.get('/api/admin/users?tier=premium&limit=200')
    expect(premium.body.users.length).toBe(24)
    const one = await admin.get(`/api/admin/users?query=${encodeURIComponent('+18000000110')}`)
    expect(one.body.users).toMatchObject([{ id: 'user-110' }])
  })

  it('reads their own writes: a sign-up is found by the next search', async () => {
    await ask(parts, '/api/signup', post({ email: 'just.now@example.com' }))
    const told = await admin.get('/api/admin/users?query=just.now')
    expect(told.body.users).toMatchObject([{ email: 'just.now@example.com' }])
  })

  it('refuses a query that is too short, a wrong cursor, limit, state and unknown parameters', async () => {
    for (const query of ['query=ab', 'cursor=x', 'cursor=-1', 'limit=0', 'limit=201', 'limit=ten', 'page=2'])
      expect((await admin.get(`/api/admin/users?${query}`)).status, query).toBe(422)
    expect((await admin.get('/api/admin/jobs?state=lost')).status).toBe(422)
    expect((await admin.get('/api/admin/users?limit=1&limit=2')).status).toBe(400)
  })

  it('says of a number which one would do, and of a word which there are', async () => {
    const told = async (path: string) => (await admin.get(path)).body.errors
    expect(await told('/api/admin/users?limit=0')).toEqual([
      { field: 'limit', message: 'This is too small: at least 1.' },
    ])
    expect(await told('/api/admin/users?limit=201')).toEqual([
      { field: 'limit', message: 'This is too large: at most 200.' },
    ])
    expect(await told('/api/admin/jobs?state=lost')).toEqual([
      { field: 'state', message: 'Possible here: waiting, running, failed, done.' },
    ])
  })

  it("shows one user's whole story", async () => {
    const alice = await signInAs(parts, 'alice@example.com', '192.0.2.20')
    await parts.sql("UPDATE users SET persona = 'jarvis' WHERE id = ?", alice.userId)
    const job = await insertFailedJob(alice.userId)
    const told = await admin.get(`/api/admin/users/${alice.userId}`)
    expect(told.status).toBe(200)
    expect(told.body).toMatchObject({
      user: {
        id: alice.userId,
        email: 'alice@example.com',
        persona: 'jarvis',
        number: { state: 'none' },
        subscription: { state: 'none' },
      },
      proven: true,
      changes: [{ changed: ['persona'], before: { persona: 'hal-9000' } }, { changed: ['created'] }],
      sessions: [{ id: alice.sessionId }],
      jobs: [{ id: job, state: 'failed', last_error: 'invalid: 550 no such mailbox' }],
      audit: [{ action: 'user.viewed', actor: `admin:${admin.id}`, user_id: alice.userId }],
    })
    expect(told.text).not.toMatch(/token_hash|address_hash/)
    expect((await admin.get('/api/admin/users/nobody')).status).toBe(404)
  })

  it('shows the overview', async () => {
    await insertUsers(parts, 20)
    await insertFailedJob()
    const told = await admin.get('/api/admin/overview')
    expect(told.body).toMatchObject({
      users: 21,
      tiers: [
        { tier: 'free', users: 17 },
        { tier: 'premium', users: 4 },
      ],
      numbers: 2,
      jobs: { failed: 1 },
      complete: true,
    })
    expect(told.body.sign_ups.length).toBe(30)
  })

  it('lists jobs by state and retries a dead letter once', async () => {
    const job = await insertFailedJob()
    const failed = await admin.get('/api/admin/jobs?state=failed')
    expect(failed.body).toMatchObject({ jobs: [{ id: job, state: 'failed' }], next_cursor: null })
    expect(failed.text).not.toContain('template')
    expect(await admin.post(`/api/admin/jobs/${job}/retry`)).toMatchObject({
      status: 200,
      body: { id: job, state: 'waiting' },
    })
    expect((await admin.post(`/api/admin/jobs/${job}/retry`)).status).toBe(409)
    for (const id of ['9999999', 'x', '-1', '1e3'])
      expect((await admin.post(`/api/admin/jobs/${id}/retry`)).status, id).toBe(404)
    await insertFailedJob()
    expect((await admin.get('/api/admin/jobs?limit=1')).body.next_cursor).toEqual(
      expect.stringMatching(/^\d+$/),
    )
  })

  it('leaves a trace of everything, and of what was looked for only that it was looked for', async () => {
    const alice = await signInAs(parts, 'alice@example.com', '192.0.2.20')
    const job = await insertFailedJob()
    await admin.get('/api/admin/users?query=alice%40example.com&tier=free')
    await admin.get(`/api/admin/users/${alice.userId}`)
    await admin.get('/api/admin/overview')
    await admin.get('/api/admin/jobs?state=failed')
    await admin.post(`/api/admin/jobs/${job}/retry`)
    const told = await admin.get('/api/admin/audit')
    expect(told.body.entries.map(({ action }: { action: string }) => action)).toEqual([
      'audit.viewed',
      'job.retried',
      'jobs.listed',
      'overview.viewed',
      'user.viewed',
      'users.listed',
    ])
    expect(told.body.entries.every(({ actor }: { actor: string }) => actor === `admin:${admin.id}`)).toBe(
      true,
    )
    expect(told.text).not.toMatch(/alice|example\.com/)
    const about = await admin.get(`/api/admin/audit?user_id=${alice.userId}`)
    expect(about.body.entries.map(({ action }: { action: string }) => action)).toEqual([
      'audit.viewed',
      'user.viewed',
    ])
  })

  it('shows nothing that could not be written to the audit log', async () => {
    await insertUsers(parts, 3)
    await parts.sql(
      `CREATE TRIGGER full_disk BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'full_disk'); END`,
    )
    for (const path of ['/users', '/users/user-1', '/overview', '/jobs', '/audit']) {
      const told = await admin.get(`/api/admin${path}`)
      expect(told.status, path).toBe(503)
      expect(told.text).not.toContain('person1')
    }
  })
})

describe('who may', () => {
  const paths = [
    '/api/admin/users',
    '/api/admin/users/x',
    '/api/admin/overview',
    '/api/admin/jobs',
    '/api/admin/audit',
    '/admin',
    '/admin/users',
    '/admin/jobs',
    '/admin/audit',
  ]

  it('nobody but the admin, and nothing of it is in the audit log', async () => {
    const { token } = await signInAs(parts, 'mallory@example.com', '192.0.2.66')
    for (const path of paths) {
      expect((await ask(parts, path, { headers: bearer(token) })).status, path).toBe(403)
      const anonymous = await ask(parts, path)
      expect(anonymous.status, path).toBe(path.startsWith('/api') ? 401 : 303)
    }
    expect(await actionsIn()).toEqual([])
  })

  it('an admin without the right is no more than anybody', async () => {
    await parts.close()
    const rights = {
      email: adminEmail,
      access_level: 'superadmin',
      can_provision_numbers: true,
      can_view_all_users: false,
    }
    parts = await createAdminService({ admin: rights })
    admin = await signInAdmin(parts)
    for (const path of paths) expect((await admin.get(path)).status, path).toBe(403)
    expect((await admin.post('/api/admin/jobs/1/retry')).status).toBe(403)
    expect(await actionsIn()).toEqual([])
  })
})

describe('the admin pages', () => {
  const look = async (path: string) => {
    const told = await ask(parts, path, { headers: { ...bearer(admin.token), Accept: 'text/html' } })
    return { status: told.status, html: told.text }
  }

  it('show overview, search, a user, jobs and the audit log', async () => {
    await insertUsers(parts, 60)
    await insertFailedJob('user-59')
    const overview = await look('/admin')
    expect(overview.status).toBe(200)
    expect(overview.html).toContain('<svg')
    expect(overview.html).toMatch(/Users<\/dt><dd>61</)
    const found = await look('/admin/users?query=person&tier=premium')
    expect(found.html).toContain('person55@example.com')
    expect(found.html).not.toContain('person54@example.com')
    const first = await look('/admin/users')
    const next = first.html.match(/href="(\/admin\/users\?cursor=\d+)"/)?.[1]
    expect((await look(next ?? '')).html).toContain('person3@example.com')
    expect((await look('/admin/users/user-59')).html).toMatch(/person59@example\.com[\s\S]*no such mailbox/)
    expect((await look('/admin/jobs?state=failed')).html).toContain('/retry"')
    expect((await look('/admin/audit')).html).toContain('user.viewed')
    expect((await look('/admin/users?query=ab')).status).toBe(422)
    expect((await look('/admin/users?cursor=nonsense&tier=none')).status).toBe(200)
  })

  it('print what people wrote as text', async () => {
    await parts.sql(`INSERT INTO users (id, email, xswarm_email, wake_word, subscription_tier)
      VALUES ('"><script>', '<script>alert(1)</script>@example.com', 'x@xswarm.ai', '<img src=x onerror=y>', 'free')`)
    for (const path of [
      '/admin/users',
      '/admin/users?query=%3Cscript%3E',
      `/admin/users/${encodeURIComponent('"><script>')}`,
    ]) {
      const { html, status } = await look(path)
      expect(status).toBe(200)
      expect(html).not.toMatch(/<script>|<img/)
      expect(html).toContain('&lt;script&gt;')
    }
  })

  it('retry a job and check the log by forms of their own, and refuse those of another site', async () => {
    const job = await insertFailedJob()
    const browser = createBrowser(parts)
    await browser.ask('/api/auth/code', post({ email: adminEmail }))
    await browser.ask(
      '/api/auth/session',
      post({ email: adminEmail, code: await readCode(parts, adminEmail) }),
    )
    const evil = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }
    for (const path of [`/admin/jobs/${job}/retry`, '/admin/audit/verify', `/api/admin/jobs/${job}/retry`])
      expect((await browser.ask(path, { method: 'POST', headers: evil })).status, path).toBe(403)
    const retried = await browser.ask(`/admin/jobs/${job}/retry`, { method: 'POST' })
    expect(retried.status).toBe(303)
    const shown = await browser.ask(retried.headers.get('location') ?? '')
    expect(shown.text).toContain(`Job ${job} waits again.`)
    expect((await browser.ask('/admin/audit/verify', { method: 'POST' })).text).toContain('entries hold')
    expect(await actionsIn()).toContain('job.retried')
  })
})
