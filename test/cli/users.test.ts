import { afterEach, beforeEach, expect, it } from 'vitest'
import { createProject, type Project } from './run-cli.ts'

let project: Project
beforeEach(async () => {
  project = createProject({ 'config.toml': 'environment = "staging"\n' })
  expect((await project.run(['db', 'migrate'])).code).toBe(0)
})
afterEach(() => project.close())

async function json(...args: string[]) {
  const ran = await project.run([...args, '--json'])
  expect(ran.stderr).not.toContain('at file:')
  return { code: ran.code, document: JSON.parse(ran.stdout) }
}

const audit = async () =>
  JSON.parse(
    (
      await project.run([
        'db',
        'shell',
        '--json',
        'SELECT actor, action, user_id, detail FROM audit_log ORDER BY id',
      ])
    ).stdout,
  ).results[0].rows

it('finds users by any part and pages, the newest first', async () => {
  for (const name of ['alice', 'bob', 'carol'])
    await json('users', 'create', `${name}@example.com`, '--phone', '+15551234567')
  const emails = ({ users }: { users: { email: string }[] }) => users.map(({ email }) => email.split('@')[0])
  const first = (await json('users', 'list', '--limit', '2')).document
  expect(emails(first)).toEqual(['carol', 'bob'])
  expect(emails((await json('users', 'list', '--cursor', String(first.next_cursor))).document)).toEqual([
    'alice',
  ])
  expect(emails((await json('users', 'list', '--query', 'LIC')).document)).toEqual(['alice'])
  expect(emails((await json('users', 'list', '--query', '(555) 123')).document).length).toBe(3)
  expect((await json('users', 'list', '--query', 'ab')).code).toBe(2)
  expect((await json('users', 'list', '--cursor', 'x')).code).toBe(2)
})

it('shows a whole story, exports it, closes the account, and leaves a trace of each', async () => {
  const { id } = (await json('users', 'create', 'alice.liddell@example.com', '--tier', 'premium')).document
  await json('users', 'set-tier', 'alice.liddell@example.com', 'free')
  const shown = (await json('users', 'show', 'alice.liddell@example.com')).document
  expect(shown).toMatchObject({ id, subscription_tier: 'free', proven: true, audit: [{}, {}, {}] })
  expect((await project.run(['users', 'show', id])).stdout).toMatch(/^proven +yes$/m)
  const exported = await project.run(['users', 'export', id])
  expect(JSON.parse(exported.stdout)).toMatchObject({ user: { id }, settings_history: [{}, {}] })
  expect((await json('users', 'export', 'nobody@example.com')).code).toBe(1)
  const { document } = await json('users', 'delete', id, '--yes')
  expect(document).toMatchObject({ deleted: { id }, receipt: { removed: { users: 1 } } })
  expect((await json('users', 'show', id)).code).toBe(1)
  const again = (await json('users', 'create', 'alice.liddell@example.org')).document
  expect(again.xswarm_email).toBe('alice.liddell2@xswarm.ai')

  const rows = await audit()
  expect(rows.map(({ action }: { action: string }) => action)).toEqual([
    'user.created',
    'user.tier-set',
    'user.viewed',
    'user.viewed',
    'user.exported',
    'user.closed',
    'user.created',
  ])
  expect(rows.every(({ actor }: { actor: string }) => /^operator:[\w.@\\-]+$/.test(actor))).toBe(true)
  expect(JSON.parse(rows[1].detail)).toEqual({ from: 'premium', to: 'free' })
  expect(JSON.stringify(rows)).not.toMatch(/liddell|example/)
})

it('writes down who looks at the queue and who imports', async () => {
  await json('jobs', 'list')
  project.write('old.toml', '[user]\nemail = "old@example.com"\nsubscription_tier = "premium"\n')
  expect((await json('import', 'old.toml', '--dry-run')).code).toBe(0)
  expect((await json('import', 'old.toml')).code).toBe(0)
  const rows = await audit()
  expect(rows.map(({ action }: { action: string }) => action)).toEqual(['jobs.listed', 'users.imported'])
  expect(JSON.parse(rows[1].detail)).toEqual({ files: 1, created: 1 })
})

it('writes down that somebody wrote by hand in the shell, not what', async () => {
  await json('users', 'create', 'alice@example.com')
  await json('db', 'shell', "UPDATE users SET wake_word = 'secret words'; SELECT 1")
  await json('db', 'shell', 'SELECT * FROM users')
  const rows = await audit()
  expect(rows.map(({ action }: { action: string }) => action)).toEqual(['user.created', 'database.shell'])
  expect(JSON.parse(rows[1].detail)).toEqual({ statements: 2, rows: 1 })
})

it('writes down that an operator changed the settings of a user', async () => {
  const { id } = (await json('users', 'create', 'alice@example.com')).document
  expect((await json('config', 'set', 'persona', 'jarvis', '--user', 'alice@example.com')).code).toBe(0)
  expect((await json('config', 'undo', '--user', 'alice@example.com')).code).toBe(0)
  const rows = (await audit()).slice(1)
  expect(rows).toMatchObject([
    { action: 'settings.changed', user_id: id },
    { action: 'settings.changed', user_id: id },
  ])
})
