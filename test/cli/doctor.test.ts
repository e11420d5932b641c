import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createProject, type Project } from './run-cli.ts'

let project: Project
beforeEach(() => {
  project = createProject()
})
afterEach(() => project.close())

interface Checked {
  readonly name: string
  readonly state: string
  readonly message: string
  readonly fix?: string
}

async function doctor(env: Readonly<Record<string, string>> = {}) {
  const ran = await project.run(['doctor', '--offline', '--json'], { env })
  const checks: Checked[] = JSON.parse(ran.stdout).checks
  return {
    code: ran.code,
    text: ran.stdout + ran.stderr,
    checks,
    failed: checks.filter(({ state }) => state === 'FAIL'),
  }
}

it('an empty folder is healthy, and looking at it creates no database', async () => {
  const { code, failed } = await doctor()
  expect({ code, failed }).toEqual({ code: 0, failed: [] })
  expect(existsSync(join(project.folder, 'data'))).toBe(false)
})

it('each line reads state, name, message and fix', async () => {
  project.write('config.toml', 'environment = "production"\n')
  const ran = await project.run(['doctor', '--offline'])
  expect(ran.code).toBe(1)
  for (const line of ran.stdout.trim().split('\n')) expect(line).toMatch(/^(ok|warn|FAIL) +[a-z-]+ - \S/)
  expect(ran.stdout).toMatch(/^FAIL secrets - STRIPE_SECRET_KEY is missing.* - fix: /m)
  expect(ran.stdout).toMatch(/^FAIL database - .*xswarm db migrate/m)
})

it('a faulty config.toml does not keep the other checks from running', async () => {
  project.write('config.toml', 'environmet = "production"\n')
  execFileSync('git', ['init', '-q'], { cwd: project.folder })
  const { code, checks, failed } = await doctor()
  expect(code).toBe(1)
  expect(failed.map(({ name }) => name)).toEqual(['config', 'git-ignored'])
  expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(['git-history', 'database']))
})

it('finds an .env that git tracks, and says which secret came from where without showing one', async () => {
  const token = 'e5'.repeat(20)
  project.write('.env', `XSWARM_SERVICE_TOKEN=${token}\n`)
  const git = (...args: string[]) => execFileSync('git', args, { cwd: project.folder })
  git('init', '-q')
  git('add', '.env')
  const { code, text, checks, failed } = await doctor({ XSWARM_SERVICE_TOKEN: 'f6'.repeat(20) })
  expect(code).toBe(1)
  expect(failed.map(({ name }) => name)).toEqual(['git-ignored', 'git-untracked'])
  expect(checks).toContainEqual(
    expect.objectContaining({ name: 'secret', state: 'warn', message: expect.stringContaining('shadows') }),
  )
  expect(text).not.toContain(token)
  expect(text).not.toContain('f6f6')
})

it('test and live keys together fail', async () => {
  project.write('config.toml', '[stripe]\npublishable_key = "pk_test_xxx"\n')
  const { failed, text } = await doctor({ STRIPE_SECRET_KEY: `sk_${'live'}_${'c3'.repeat(12)}` })
  expect(failed.map(({ name }) => name)).toContain('modes')
  expect(text).not.toContain('c3c3')
})

it('a schema that waits and a file that is no database fail with what to do', async () => {
  project.write('empty.db', '')
  project.write('config.toml', '[database]\nurl = "file:empty.db"\n')
  expect((await doctor()).failed).toEqual([
    expect.objectContaining({ name: 'schema', fix: 'xswarm db migrate' }),
  ])
  project.write('empty.db', 'this is a text file and no database at all\n'.repeat(200))
  const { failed } = await doctor()
  expect(failed).toEqual([
    expect.objectContaining({ name: 'database', message: expect.stringContaining('not a database') }),
  ])
})

it('an audit log that somebody changed fails, and jobs that were given up are told with what to do', async () => {
  const shell = (sql: string) => project.run(['db', 'shell', sql])
  const told = async () => (await doctor()).checks.filter(({ name }) => ['audit-log', 'jobs'].includes(name))
  expect((await project.run(['db', 'migrate'])).code).toBe(0)
  expect(await told()).toMatchObject([{ state: 'ok' }, { state: 'ok' }])
  await shell(`INSERT INTO jobs (name, payload, state, run_at, created_at)
    VALUES ('send-mail', '{}', 'failed', 0, '2026-01-01 00:00:00')`)
  expect(await told()).toMatchObject([
    { state: 'ok' },
    { state: 'warn', message: '1 job failed for good', fix: expect.stringContaining('xswarm jobs retry') },
  ])
  expect((await doctor()).code).toBe(0)
  await shell("DROP TRIGGER audit_log_never_changes; UPDATE audit_log SET actor = 'system' WHERE id = 1")
  expect(await told()).toMatchObject([
    { state: 'FAIL', message: expect.stringContaining('entry 1') },
    { state: 'warn' },
  ])
  expect((await doctor()).code).toBe(1)
})
