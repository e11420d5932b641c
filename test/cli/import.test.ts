import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createProject, type Project } from './run-cli.ts'

let project: Project
beforeEach(() => {
  project = createProject()
})
afterEach(() => project.close())

function old(path: string, text: string | Uint8Array): string {
  const file = join(project.folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return path
}

const users = async () =>
  JSON.parse((await project.run(['users', 'list', '--json', '--limit', '5000'])).stdout).users

it('both old shapes, found below a folder, hidden folders too; a second run changes nothing', async () => {
  old(
    'homes/alice/.config/xswarm/config.toml',
    '[user]\nemail = "alice@example.com"\nsubscription_tier = "premium"\n',
  )
  old(
    'homes/bob/.config/xswarm/config.toml',
    '[communication]\nuser_email = "bob@example.com"\nuser_phone = "+15551234568"\nxswarm_email = "bob@xswarm.ai"\n[subscription]\ntier = "free"\n',
  )
  old('homes/bob/.config/xswarm/other.toml', 'not = looked at')
  const dry = await project.run(['import', 'homes', '--dry-run'])
  expect(dry).toMatchObject({ code: 0 })
  expect(dry.stderr).toContain('2 files: 2 would be created, 0 there already, 0 refused.')
  expect(await users()).toEqual([])

  const first = await project.run(['import', 'homes'])
  expect(first.stdout.split('\n').map((line) => line.split(/ +/)[0])).toEqual(['created', 'created', ''])
  const made = await users()
  expect(made).toHaveLength(2)
  expect(made).toContainEqual(
    expect.objectContaining({
      email: 'bob@example.com',
      phone: '+15551234568',
      xswarm_email: 'bob@xswarm.ai',
    }),
  )

  const second = await project.run(['import', 'homes'])
  expect(second).toMatchObject({ code: 0, stderr: '2 files: 0 created, 2 there already, 0 refused.\n' })
  expect(await users()).toEqual(made)
})

it('a bad file is refused with its place and stops no other; the exit code is 1', async () => {
  const secret = `sk_${'live'}_${'b2'.repeat(12)}`
  old('a.toml', '[user]\nemail = "a@example.com"\n')
  old('syntax.toml', `[user]\nemail = ${secret}\n`)
  old('binary.toml', new Uint8Array([0, 1, 2, 255]))
  old('foreign.toml', '[build]\ntarget = "x"\n')
  old('email.toml', '[user]\nemail = "\\"a\\"@b"\n')
  old('secret.toml', `[user]\nemail = "z@example.com"\n[stripe]\nsecret_key = "${secret}"\n`)
  const names = ['a', 'syntax', 'binary', 'foreign', 'email', 'secret'].map((name) => `${name}.toml`)
  const ran = await project.run(['import', ...names])
  expect(ran.code).toBe(1)
  expect(ran.stderr).toBe('6 files: 2 created, 0 there already, 4 refused.\n')
  expect(ran.stdout).toMatch(/^refused +syntax\.toml +syntax\.toml:2:9 /m)
  expect(ran.stdout).toMatch(/^refused +binary\.toml/m)
  expect(ran.stdout).toMatch(/^refused +foreign\.toml/m)
  expect(ran.stdout).toMatch(/^created +secret\.toml .*secrets left out: stripe\.secret_key/m)
  expect(ran.stdout + ran.stderr).not.toContain(secret)
  expect(JSON.stringify(await users())).not.toContain(secret)
})

it('a path that is not there ends with 2 before anything is imported', async () => {
  old('a.toml', '[user]\nemail = "a@example.com"\n')
  const ran = await project.run(['import', 'a.toml', 'b.toml'])
  expect(ran).toMatchObject({ code: 2, stdout: '' })
  expect(await users()).toEqual([])
})

it('two thousand files, each with a line of its own', async () => {
  for (let index = 0; index < 2000; index += 1) {
    old(`many/${index}/config.toml`, `[user]\nemail = "person${index}@example.com"\n`)
  }
  const ran = await project.run(['import', 'many'])
  expect(ran.stderr).toBe('2000 files: 2000 created, 0 there already, 0 refused.\n')
  expect(ran.stdout.trim().split('\n')).toHaveLength(2000)
  const made: { xswarm_email: string }[] = await users()
  expect(new Set(made.map(({ xswarm_email }) => xswarm_email)).size).toBe(2000)
})
