import { execFile } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/cli/commands.ts'
import { createProject, type Project } from './run-cli.ts'

let project: Project
let script: string
beforeAll(async () => {
  project = createProject()
  script = (await project.run(['completion', 'bash'])).stdout
  project.write('xswarm.bash', script)
})
afterAll(() => project.close())

/** What a real bash offers for the last word of a line. */
function complete(line: string): Promise<string[]> {
  const words = line.split(' ')
  const ask = `source ./xswarm.bash
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_xswarm; printf '%s\\n' "\${COMPREPLY[@]}"`
  return new Promise((resolve, reject) => {
    execFile('bash', ['--norc', '-c', ask], { cwd: project.folder }, (error, stdout, stderr) => {
      if (error || stderr !== '') reject(error ?? new Error(stderr))
      else resolve(stdout.split('\n').filter((word) => word !== ''))
    })
  })
}

describe('completion in a real bash', () => {
  it.each([
    ['xswarm ', COMMANDS.map(({ name }) => name)],
    ['xswarm us', ['users']],
    ['xswarm users s', ['show', 'set-tier']],
    ['xswarm --json users li', ['list']],
    ['xswarm --config some.toml users sh', ['show']],
    ['xswarm users list --ti', ['--tier']],
    ['xswarm users list --tier ', ['free', 'premium']],
    ['xswarm users set-tier alice@example.com ', ['free', 'premium']],
    ['xswarm serve --role h', ['http']],
    ['xswarm config set ', ['persona', 'wake_word', 'phone']],
    ['xswarm config set persona ja', ['jarvis']],
    ['xswarm config --user a@example.com get p', ['persona', 'phone']],
    ['xswarm db re', ['restore']],
    ['xswarm completion ', ['bash', 'zsh', 'fish']],
    ['xswarm import ', []],
    ['xswarm --', ['--json', '--config', '--help']],
  ])('%s', async (line, words) => {
    expect(await complete(line)).toEqual(words)
  })

  it('the other shells get a script that knows the same places', async () => {
    for (const shell of ['zsh', 'fish']) {
      const ran = await project.run(['completion', shell])
      expect(ran.code).toBe(0)
      for (const place of ['users set-tier', 'config undo', 'db backup']) expect(ran.stdout).toContain(place)
      expect(ran.stdout).not.toContain('undefined')
    }
  })
})
