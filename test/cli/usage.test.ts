import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProject, type Project } from './run-cli.ts'

let project: Project
beforeAll(() => {
  project = createProject()
})
afterAll(() => project.close())

describe('a command that is written wrongly ends with 2, a sentence on stderr and nothing on stdout', () => {
  const nonsense: readonly (readonly [words: string, sentence: string])[] = [
    ['usrs', "unknown command 'usrs' - did you mean users?"],
    ['frobnicate', "unknown command 'frobnicate'\n"],
    ['__proto__', "unknown command '__proto__'"],
    ['constructor', "unknown command 'constructor'"],
    ['--jsno', "unknown option '--jsno' - did you mean --json?"],
    ['-x', "unknown option '-x'"],
    ['users', 'users needs one of: list, show, create'],
    ['users lst', "unknown command 'lst' - did you mean list?"],
    ['users list --tire free', "unknown option '--tire' - did you mean --tier?"],
    ['users list --tier gold', "unknown tier 'gold'"],
    ['users list --tier premum', "unknown tier 'premum' - did you mean premium?"],
    ['users list --limit -3', "argument '-3' is invalid"],
    ['users list --limit 0', 'A limit is a number from 1'],
    ['users list surplus', 'too many arguments'],
    ['users show', "missing required argument 'user'"],
    ['users create notanemail', 'email'],
    ['users set-tier test@example.com premiun', "unknown tier 'premiun' - did you mean premium?"],
    ['config', 'config needs one of: list, get, set'],
    ['config get persna', "unknown setting 'persna' - did you mean persona?"],
    ['config set email x@example.com', "unknown setting 'email'"],
    ['config set persona', "missing required argument 'value'"],
    ['config set persona javis', 'did you mean jarvis?'],
    ['config set phone 12', 'country code'],
    ['dev --port 99999', 'A port is a number from 0 to 65535.'],
    ['dev --port http', 'A port is a number from 0 to 65535.'],
    ['serve --role worker2', 'role'],
    ['import', "missing required argument 'path'"],
    ['import nowhere', 'there is no file or folder nowhere'],
    ['completion tcsh', "unknown shell 'tcsh'"],
    ['completion bsh', "unknown shell 'bsh' - did you mean bash?"],
    ['help frobnicate', "unknown command 'frobnicate'"],
  ]
  for (const [words, sentence] of nonsense) {
    it(words, async () => {
      const ran = await project.run(words.split(' '))
      expect(ran.stderr).toContain(sentence)
      expect(ran.stderr).not.toContain('    at ')
      expect(ran.stdout).toBe('')
      expect(ran.code).toBe(2)
    })
  }

  it('an empty word', async () => {
    expect(await project.run([''])).toMatchObject({ code: 2, stdout: '' })
  })

  it('with --json the error is the one document on stdout', async () => {
    const ran = await project.run(['usrs', '--json'])
    expect(ran.code).toBe(2)
    expect(JSON.parse(ran.stdout)).toEqual({
      error: { code: 'usage', message: "unknown command 'usrs' - did you mean users?" },
    })
    expect(ran.stderr).toContain('did you mean users?')
  })
})

describe('help and version', () => {
  it('xswarm, --help and help print the commands on stdout and end with 0', async () => {
    for (const args of [[], ['--help'], ['-h'], ['help']]) {
      const ran = await project.run(args)
      expect(ran).toMatchObject({ code: 0, stderr: '' })
      expect(ran.stdout).toContain('Usage: xswarm COMMAND')
      expect(ran.stdout).toContain('completion')
    }
  })

  it('a command explains itself, asked either way', async () => {
    const asked = await project.run(['users', 'list', '--help'])
    expect(asked).toMatchObject({ code: 0, stderr: '' })
    expect(asked.stdout).toContain('Usage: xswarm users list')
    expect(asked.stdout).toContain('--config')
    expect((await project.run(['help', 'users', 'list'])).stdout).toBe(asked.stdout)
  })

  it('--version is the one of the package', async () => {
    const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
    const { version } = JSON.parse(manifest)
    expect(await project.run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('no colour and no cursor movement without a terminal', async () => {
    const ran = await project.run(['doctor'], { env: { FORCE_COLOR: '1' } })
    expect(ran.stdout + ran.stderr).not.toContain('\u001b')
  })
})

describe('a project that is wrong ends with 1 and a line per fault', () => {
  it('every fault of config.toml, at its place', async () => {
    const faulty = createProject({
      'config.toml': 'envronment = "x"\n[stripe]\npublishabel_key = "pk_test_1"\n',
    })
    const ran = await faulty.run(['users', 'list'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^config\.toml:1:1 unknown key envronment - did you mean environment\?/),
      expect.stringMatching(
        /^config\.toml:3:1 unknown key stripe\.publishabel_key - did you mean publishable_key\?/,
      ),
    ])
    const { error } = JSON.parse((await faulty.run(['users', 'list', '--json'])).stdout)
    expect(error).toMatchObject({ code: 'misconfigured', faults: [{ line: 1 }, { line: 3 }] })
    await faulty.close()
  })

  it('a config file that is named and not there', async () => {
    const ran = await project.run(['users', 'list', '--config', 'other.toml'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain('other.toml')
  })

  it('outside development a database that is not there yet is not made by looking at it', async () => {
    const fresh = createProject()
    const ran = await fresh.run(['users', 'list'], { env: { XSWARM_ENVIRONMENT: 'production' } })
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain('xswarm db migrate')
    expect(readdirSync(fresh.folder)).toEqual([])
    await fresh.close()
  })

  it('a database server that is away ends with 75 and one sentence', async () => {
    const away = createProject({ 'config.toml': '[database]\nurl = "http://127.0.0.1:1"\n' })
    const ran = await away.run(['users', 'list'])
    expect(ran).toMatchObject({ code: 75, stdout: '' })
    expect(ran.stderr.trim().split('\n')).toHaveLength(1)
    await away.close()
  })
})
