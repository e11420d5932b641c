import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLI, createProject, type Project, runNode } from './run-cli.ts'

const INDEX = pathToFileURL(fileURLToPath(new URL('../../dist/index.js', import.meta.url))).href

/** Writes down every module that is loaded, whichever loader loads it. */
const WATCH = `import { register, createRequire } from 'node:module'
import { appendFileSync } from 'node:fs'
register('data:text/javascript,' + encodeURIComponent(\`
  import { appendFileSync } from 'node:fs'
  export async function load(url, context, next) {
    appendFileSync('loaded.txt', url + '\\\\n')
    return next(url, context)
  }\`))
const { cache } = createRequire(import.meta.url)
process.on('exit', () => appendFileSync('loaded.txt', Object.keys(cache).join('\\n') + '\\n'))
`

let project: Project
beforeAll(() => {
  project = createProject({ 'watch.mjs': WATCH, 'empty.mjs': '' })
})
afterAll(() => project.close())

/** The npm packages that a program loads, and its files of ours. */
async function loadedBy(...args: string[]): Promise<{ packages: string[]; ours: string[] }> {
  project.write('loaded.txt', '')
  const ran = await runNode(project.folder, '--no-deprecation', '--import', './watch.mjs', ...args)
  expect(ran.stderr).toBe('')
  const loaded = readFileSync(join(project.folder, 'loaded.txt'), 'utf8').split('\n')
  const packages = loaded.flatMap((file) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [])
  const ours = loaded.flatMap((file) => /\/dist\/(.*)\.js$/.exec(file)?.[1] ?? [])
  return { packages: [...new Set(packages)].sort(), ours: [...new Set(ours)].sort() }
}

describe('what is loaded', () => {
  it('the watch sees packages, or the tests below would prove nothing', async () => {
    project.write(
      'heavy.mjs',
      `await import(${JSON.stringify(INDEX)}).then((x) => x.getUserByEmail('a@example.com'))`,
    )
    const { packages } = await loadedBy('heavy.mjs')
    expect(packages).toEqual(expect.arrayContaining(['libsql', 'smol-toml', 'zod']))
  })

  it('xswarm --help and --version load no package at all and none of the commands', async () => {
    for (const flag of ['--help', '--version']) {
      const { packages, ours } = await loadedBy(CLI, flag)
      expect(packages).toEqual([])
      expect(
        ours.filter((file) => !/^cli\/[\w-]+$|^domain\/(errors|suggest)$|^config\/version$/.test(file)),
      ).toEqual([])
    }
  })

  it('the help of every command and the completion load only the command-line parser', async () => {
    for (const args of [
      ['users', 'list', '--help'],
      ['db', '--help'],
      ['dev', '--help'],
      ['completion', 'bash'],
    ]) {
      expect((await loadedBy(CLI, ...args)).packages).toEqual(['commander'])
    }
  })

  it('importing the package loads no SDK, no database driver and no server', async () => {
    project.write('import.mjs', `import ${JSON.stringify(INDEX)}`)
    const { packages } = await loadedBy('import.mjs')
    expect(packages.filter((name) => !['zod', 'smol-toml', 'toml-eslint-parser'].includes(name))).toEqual([])
  })
})

describe('the library in a fresh project', () => {
  const run = (code: string, env: Readonly<Record<string, string>> = {}) => {
    const path = project.write('program.mjs', `import * as xswarm from ${JSON.stringify(INDEX)}\n${code}`)
    return runNode(project.folder, { env }, path)
  }

  it('signs up, finds by every name, changes settings, and finds nobody as undefined', async () => {
    const ran = await run(`
      const { user_id, xswarm_email } = await xswarm.signUp({ email: 'Dora@Example.com', phone: '+15551234599' })
      const found = await Promise.all([
        xswarm.getUserByEmail('DORA@example.com'), xswarm.getUserById(user_id),
        xswarm.getUserByXswarmEmail(xswarm_email), xswarm.getUserByXswarmPhone('+18005550000'),
        xswarm.getUserByEmail('nobody@example.com'),
      ])
      const changed = await xswarm.changeSettings(user_id, { persona: 'jarvis' })
      await xswarm.closeDatabase()
      const again = await xswarm.getUserById(user_id)
      console.log(JSON.stringify([found.map((user) => user?.email ?? null), Object.keys(found[0]), changed.persona, again.persona]))`)
    expect(ran.stderr).toBe('')
    const [found, columns, changed, again] = JSON.parse(ran.stdout)
    expect(found).toEqual(['dora@example.com', 'dora@example.com', 'dora@example.com', null, null])
    expect(columns).toHaveLength(11)
    expect([changed, again]).toEqual(['jarvis', 'jarvis'])
  })

  it('refusals are AppErrors with their code', async () => {
    const ran = await run(`
      const codes = []
      for (const attempt of [
        () => xswarm.signUp({ email: 'dora@example.com' }), () => xswarm.signUp({ email: 'no' }),
        () => xswarm.changeSettings('nobody', { persona: 'jarvis' }), () => xswarm.openDatabase({ url: 'ftp://x' }),
      ]) await attempt().catch((error) => codes.push(error instanceof xswarm.AppError && error.code))
      console.log(codes.join(' '))`)
    expect(ran.stdout).toBe('email-taken invalid not-found misconfigured\n')
  })

  it('a lookup by something that is no text is refused in words, before and after the opening', async () => {
    const ran = await run(`
      const said = []
      for (const given of [undefined, null, 5, undefined]) {
        await xswarm.getUserByEmail(given).catch((error) => said.push(error.code + ' ' + error.message))
        await xswarm.getUserByEmail('dora@example.com')
      }
      await xswarm.getUserById({}).catch((error) => said.push(error.code))
      console.log(said.join('\\n'))`)
    expect(ran.stdout.split('\n')).toEqual([
      'invalid getUserByEmail needs text, and was given undefined.',
      'invalid getUserByEmail needs text, and was given null.',
      'invalid getUserByEmail needs text, and was given number.',
      'invalid getUserByEmail needs text, and was given undefined.',
      'invalid',
      '',
    ])
  })

  it('a failed opening is tried again by the next call', async () => {
    const ran = await run(
      `
      const first = await xswarm.getUserByEmail('dora@example.com').catch((error) => error.message)
      const other = await xswarm.openDatabase({ url: 'file:fresh.db', migrate: true })
      await other.close()
      const second = await xswarm.getUserByEmail('dora@example.com')
      console.log(JSON.stringify([first, second ?? null]))`,
      {
        XSWARM_ENVIRONMENT: 'production',
        XSWARM_CONFIG: project.write('fresh.toml', '[database]\nurl = "file:fresh.db"\n'),
      },
    )
    const [first, second] = JSON.parse(ran.stdout)
    expect(first).toContain('xswarm db migrate')
    expect(second).toBeNull()
  })

  it('many first calls at once share one opening', async () => {
    const ran = await run(`
      const all = await Promise.all(Array.from({ length: 50 }, () => xswarm.getUserByEmail('dora@example.com')))
      console.log(new Set(all.map(({ id }) => id)).size)`)
    expect(ran.stdout).toBe('1\n')
  })

  it('openDatabase opens what config.toml names, or what it is told', async () => {
    const ran = await runNode(
      project.folder,
      '--input-type=module',
      '--eval',
      `import { openDatabase } from '${INDEX}'
       for (const asked of [undefined, 'file:other.db', { url: 'file:other.db', migrate: true }]) {
         const opened = await openDatabase(asked).catch((error) => error)
         console.log(opened.location?.split(/[\\/]/).at(-1) ?? opened.code)
         await opened.close?.()
       }`,
    )
    expect(ran).toMatchObject({ stdout: 'xswarm.db\nmisconfigured\nother.db\n', stderr: '' })
  })

  it('createApp answers requests without a port', async () => {
    const ran = await run(`
      const service = await xswarm.createApp()
      const health = await service.request('/healthz')
      const made = await service.request('/api/signup', {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"email":"emil@example.com"}',
      })
      await service.close()
      console.log(health.status, made.status, (await made.json()).xswarm_email)`)
    expect(ran).toMatchObject({ code: 0, stdout: '200 201 emil@xswarm.ai\n', stderr: '' })
  })

  it('a faulty config.toml is a ConfigError with its faults', async () => {
    const ran = await run(
      `try { xswarm.loadConfig() } catch (error) {
        console.log(error instanceof xswarm.ConfigError, error instanceof xswarm.AppError, error.faults.length) }`,
      { XSWARM_CONFIG: project.write('faulty.toml', 'a = 1\nb = 2\n') },
    )
    expect(ran.stdout).toBe('true true 2\n')
  })
})
