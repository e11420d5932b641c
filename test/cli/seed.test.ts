import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createProject, type Project, runNode } from './run-cli.ts'

// As printed in the seed.
const INSERT = `INSERT INTO users (id, email, phone, xswarm_email, subscription_tier)
VALUES ('test-123', 'alice@example.com', '+15551234567', 'alice@xswarm.ai', 'premium');
`
const NODE_EXAMPLE = `import { loadConfig } from 'xswarm';
import { getUserByEmail } from 'xswarm';

// Load project config and secrets
const { secrets, config } = loadConfig();

// For testing: use test user
const testUser = config.test_user;
console.log(\`Test user: \${testUser.email}\`);

// For production: load user from database
const user = await getUserByEmail('alice@example.com');
console.log(\`User: \${user.email} (\${user.subscription_tier})\`);
console.log(\`xSwarm phone: \${user.xswarm_phone}\`);
`

let project: Project
beforeAll(() => {
  project = createProject({ 'example.mjs': NODE_EXAMPLE })
  // As npm install leaves it.
  mkdirSync(join(project.folder, 'node_modules'))
  symlinkSync(
    fileURLToPath(new URL('../..', import.meta.url)),
    join(project.folder, 'node_modules', 'xswarm'),
  )
})
afterAll(() => project.close())

it('the INSERT of the seed, piped into db shell, makes a user', async () => {
  const ran = await project.run(['db', 'shell'], { stdin: INSERT })
  expect(ran).toEqual({ code: 0, stdout: '', stderr: '1 row changed\n' })
})

it('xswarm test --user alice@example.com passes for that row, its number pending', async () => {
  const ran = await project.run(['test', '--user', 'alice@example.com'])
  expect(ran.code).toBe(0)
  expect(ran.stdout).toMatch(/^pending {2}number/m)
  expect(ran.stdout).not.toContain('FAIL')
})

it('xswarm config set persona jarvis changes the test user, who was never seeded', async () => {
  const ran = await project.run(['config', 'set', 'persona', 'jarvis'])
  expect(ran).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^persona = jarvis \(stored, revision (\d+)\)\nwake_word = hey jarvis \(stored, revision \1\)\n$/,
    ),
  })
  expect((await project.run(['config', 'get', 'persona'])).stdout).toBe('jarvis\n')
  const alice = await project.run(['config', 'get', 'persona', '--user', 'alice@example.com'])
  expect(alice.stdout).toBe('hal-9000\n')
})

it('the Node example of the seed prints the user', async () => {
  expect(await runNode(project.folder, 'example.mjs')).toEqual({
    code: 0,
    stdout: 'Test user: test@example.com\nUser: alice@example.com (premium)\nxSwarm phone: null\n',
    stderr: '',
  })
})
