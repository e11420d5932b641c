import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createIo } from '../../src/cli/io.ts'
import { runProgram } from '../../src/cli/program.ts'
import { CLI, createProject, type Project } from './run-cli.ts'

/** Runs the program in this process, before a person who types. */
async function converse(config: string, argv: readonly string[], typed: string) {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true, columns: 80 })
  const [stdin, stdout, stderr] = [terminal(), terminal(), terminal()]
  const text = { out: '', err: '' }
  stdout.on('data', (chunk) => {
    text.out += chunk
  })
  stderr.on('data', (chunk) => {
    text.err += chunk
  })
  const env = { NO_COLOR: '1' }
  const io = createIo({ json: false, stdin, stdout, stderr, env, stopRequest: async () => undefined })
  stdin.end(typed)
  const code = await runProgram([...argv, '--config', config], io)
  return { code, ...text }
}

describe('db shell before a person', () => {
  let folder: string
  let config: string
  beforeEach(async () => {
    const project = createProject()
    folder = project.folder
    config = project.write('config.toml', '')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('takes the INSERT of the seed in two lines, answers at the semicolon, and leaves at .quit', async () => {
    const ran = await converse(
      config,
      ['db', 'shell'],
      `INSERT INTO users (id, email, phone, xswarm_email, subscription_tier)
VALUES ('test-123', 'alice@example.com', '+15551234567', 'alice@xswarm.ai', 'premium');
SELECT id, phone, xswarm_phone FROM users; SELECT 1 AS one;
.quit
SELECT 'never reached';
`,
    )
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('   ...> ')
    expect(ran.err).toContain('1 row changed')
    expect(ran.out).toBe('id        phone         xswarm_phone\ntest-123  +15551234567  NULL\n\none\n1\n')
  })

  it('tells a fault and goes on; knows .tables, .schema and .help; leaves at the end of the input', async () => {
    const ran = await converse(
      config,
      ['db', 'shell'],
      'selct 1;\n.tables\n.schema guard\n.help\nSELECT 2;\n',
    )
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('near "selct": syntax error')
    expect(ran.err).toContain('.quit')
    expect(ran.out).toMatch(/^users$/m)
    expect(ran.out).toContain('CREATE TABLE guard (')
    expect(ran.out).toMatch(/2\n$/)
  })

  it('a semicolon in a text ends nothing, and a script in one line is one unit', async () => {
    const ran = await converse(
      config,
      ['db', 'shell'],
      "SELECT 'a;b' AS text;\nINSERT INTO users (id, email, xswarm_email) VALUES ('x', 'x@example.com', 'x@xswarm.ai'); SELECT no_such_thing;\nSELECT count(*) AS users FROM users;\n",
    )
    expect(ran.out).toBe('text\na;b\nusers\n0\n')
  })

  it('a value that would command the terminal is shown, not obeyed', async () => {
    const ran = await converse(config, ['db', 'shell', "SELECT char(27) || '[2J' AS text"], '')
    expect(ran.out).toBe('text\n\\u001b[2J\n')
  })

  it.each([
    ['y\n', 0, 'deleted test@example.com\n'],
    ['n\n', 1, ''],
    ['', 1, ''],
    ['\u0003', 130, ''],
  ])('users delete asks first: %j', async (typed, code, out) => {
    await converse(config, ['config', 'list'], '')
    const ran = await converse(config, ['users', 'delete', 'test@example.com'], typed)
    expect(ran.err).toContain('Delete test@example.com for good? [y/N]')
    expect(ran).toMatchObject({ code, out })
    const left = await converse(config, ['db', 'shell', 'SELECT count(*) AS n FROM users'], '')
    expect(left.out).toBe(`n\n${code === 0 ? 0 : 1}\n`)
  })
})

describe('db shell in a pipe', () => {
  let project: Project
  beforeAll(() => {
    project = createProject()
  })
  afterAll(() => project.close())

  it('a script happens all or not at all', async () => {
    const insert = (id: string) =>
      `INSERT INTO users (id, email, xswarm_email) VALUES ('${id}', '${id}@example.com', '${id}@xswarm.ai');\n`
    const ran = await project.run(['db', 'shell'], { stdin: `${insert('a')}${insert('b')}${insert('a')}` })
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain('Nothing was changed.')
    const left = await project.run(['db', 'shell', '--json', 'SELECT count(*) AS n FROM users'])
    expect(JSON.parse(left.stdout).results[0].rows).toEqual([{ n: 0 }])
  })

  it('no input is no statement', async () => {
    expect(await project.run(['db', 'shell'])).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('a reader that goes away after one line is no fault', async () => {
    const many = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) SELECT i, 'filler filler' FROM n`
    const script = `"${process.execPath}" "${CLI}" db shell "${many}" | head -1; echo "\${PIPESTATUS[0]}"`
    const answer = await new Promise<{ stdout: string; stderr: string }>((resolve, reject) => {
      execFile('bash', ['-c', script], { cwd: project.folder }, (error, stdout, stderr) =>
        error ? reject(error) : resolve({ stdout, stderr }),
      )
    })
    expect(answer).toEqual({ stdout: "i      'filler filler'\n0\n", stderr: '' })
  })
})
