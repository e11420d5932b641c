import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProject, type Project } from './run-cli.ts'

let project: Project
beforeAll(() => {
  project = createProject()
  mkdirSync(join(project.folder, 'old'))
  writeFileSync(join(project.folder, 'old', 'config.toml'), '[user]\nemail = "old@example.com"\n')
})
afterAll(() => project.close())

describe('with --json stdout is exactly one JSON document', () => {
  // In this order: each leaves behind what the next one needs.
  const commands: readonly (readonly [words: string, code: number, shape: Record<string, unknown>])[] = [
    ['--version', 0, { version: expect.any(String) }],
    ['--help', 0, { commands: expect.any(Array) }],
    ['users --help', 0, { help: expect.stringContaining('Usage: xswarm users') }],
    ['init', 0, { steps: expect.any(Array) }],
    ['db migrate', 0, { applied: expect.arrayContaining(['0001_users.sql']) }],
    ['db migrate', 0, { applied: [] }],
    ['db status', 0, { kind: 'local', pending: [], users: 0, durability: 'full' }],
    [
      'users create alice@example.com --tier premium',
      0,
      { email: 'alice@example.com', subscription_tier: 'premium' },
    ],
    ['users create alice@example.com', 1, { error: { code: expect.any(String) } }],
    ['users list', 0, { users: [{ email: 'alice@example.com' }], next_cursor: null }],
    ['users show ALICE@example.com', 0, { email: 'alice@example.com', xswarm_email: 'alice@xswarm.ai' }],
    ['users show nobody@example.com', 1, { error: { code: 'not-found' } }],
    ['users set-tier alice@xswarm.ai free', 0, { subscription_tier: 'free' }],
    ['config list', 0, { email: 'test@example.com', settings: { persona: 'hal-9000' } }],
    ['config set persona jarvis', 0, { key: 'persona', value: 'jarvis', changed: ['persona', 'wake_word'] }],
    ['config get persona', 0, { key: 'persona', value: 'jarvis' }],
    ['config undo', 0, { settings: { persona: 'hal-9000', wake_word: 'hey hal' } }],
    ['config get phone --user alice@example.com', 0, { value: null }],
    ['config set persona nobody', 2, { error: { code: 'invalid', errors: [{ field: 'persona' }] } }],
    ['test', 0, { ok: true, checks: expect.any(Array) }],
    ['test --user alice@example.com', 0, { ok: true }],
    ['db shell SELECT(1)AS(one)', 1, { error: { code: 'conflict' } }],
    ['db backup copy.db', 0, { file: expect.stringContaining('copy.db') }],
    ['db backup copy.db', 1, { error: { code: 'conflict' } }],
    ['db restore copy.db', 2, { error: { code: 'usage' } }],
    ['db restore copy.db --force', 0, { kept: expect.any(String) }],
    ['import old --dry-run', 0, { dry_run: true, created: 1, files: [{ result: 'created' }] }],
    ['import old', 0, { created: 1, refused: 0 }],
    ['import old', 0, { created: 0, unchanged: 1 }],
    ['users delete alice@example.com', 2, { error: { code: 'usage' } }],
    ['users delete alice@example.com --yes', 0, { deleted: { email: 'alice@example.com' } }],
    ['jobs list', 0, { jobs: [{ name: 'send-mail', state: 'waiting' }], next_cursor: null }],
    ['jobs retry 4711', 1, { error: { code: 'not-found' } }],
    ['doctor --offline', 0, { ok: true, checks: expect.any(Array) }],
    ['completion bash', 0, { shell: 'bash', script: expect.any(String) }],
    ['serve --role nothing', 2, { error: { code: 'usage' } }],
  ]
  for (const [words, code, shape] of commands) {
    it(`${words} (${code})`, async () => {
      const ran = await project.run([...words.split(' '), '--json'])
      expect(JSON.parse(ran.stdout)).toMatchObject(shape)
      expect(ran.stdout.trim().split('\n')).toHaveLength(1)
      expect(ran.code).toBe(code)
    })
  }
})
