import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith } from '../../test/config-folder.ts'
import { checkGitHygiene } from './git-hygiene.ts'

/** A real repository; `git` runs in it as nobody in particular, without the settings of this machine. */
function repository(files: Readonly<Record<string, string>>) {
  const folder = folderWith(files)
  const { GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE, ...env } = process.env
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false', ...args],
      {
        cwd: folder,
        stdio: 'pipe',
        env: { ...env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
      },
    ).toString()
  git('init', '--quiet', '--initial-branch=main')
  return { folder, git, write: (name: string, text: string) => writeFileSync(join(folder, name), text) }
}

const verdicts = async (folder: string) =>
  Object.fromEntries((await checkGitHygiene(folder)).map(({ check, ok }) => [check, ok]))

const CLEAN = { 'git-ignored': true, 'git-untracked': true, 'git-history': true }

test('an ignored .env that never was committed is clean, also before the first commit', async () => {
  const { folder, git } = repository({ '.gitignore': '.env\n', '.env': 'A=1' })
  expect(await verdicts(folder)).toEqual(CLEAN)
  git('add', '.')
  git('commit', '-qm', 'x')
  const findings = await checkGitHygiene(folder)
  expect(findings.map(({ message }) => message)).toEqual([
    '.env is ignored',
    '.env is not tracked',
    '.env was never committed',
  ])
  expect(findings.every(({ fix }) => fix === undefined)).toBe(true)
})

test('a .env that is not ignored is found, also where a later rule takes the ignoring back', async () => {
  const { folder, write } = repository({ '.env': 'A=1' })
  expect(await verdicts(folder)).toEqual({ ...CLEAN, 'git-ignored': false })
  write('.gitignore', '.env*\n!.env\n')
  expect(await verdicts(folder)).toEqual({ ...CLEAN, 'git-ignored': false })
  write('.gitignore', '.env*\n!.env.example\n')
  expect(await verdicts(folder)).toEqual(CLEAN)
})

test('a staged .env is found although it is ignored and in no commit', async () => {
  const { folder, git } = repository({ '.gitignore': '.env\n', '.env': 'A=1' })
  git('add', '--force', '.env')
  const findings = await checkGitHygiene(folder)
  expect(findings[0]).toEqual({ check: 'git-ignored', ok: true, message: '.env is ignored' })
  expect(findings[1]).toEqual({
    check: 'git-untracked',
    ok: false,
    message: '.env: staged for the next commit',
    fix: 'git rm --cached .env',
  })
  expect(findings[2]?.ok).toBe(true)
})

test('a tracked .env is found although it is ignored', async () => {
  const { folder, git } = repository({ '.gitignore': '.env\n', '.env': 'A=1' })
  git('add', '--force', '.env')
  git('commit', '-qm', 'x')
  const findings = await checkGitHygiene(folder)
  expect(findings.map(({ ok }) => ok)).toEqual([true, false, false])
  expect(findings[1]?.message).toBe('.env: tracked by git')
  expect(findings[2]?.message).toMatch(/^\.env was committed in [0-9a-f]{7,}, and the history keeps it$/)
  for (const finding of findings.slice(1)) expect(finding.fix).toMatch(/replace every secret/)
})

test('a .env that was committed and removed again is found in the history', async () => {
  const { folder, git } = repository({ '.gitignore': '.env\n', '.env': 'A=1' })
  git('add', '--force', '.env')
  git('commit', '-qm', 'x')
  git('rm', '-q', '--cached', '.env')
  git('commit', '-qm', 'y')
  expect(await verdicts(folder)).toEqual({ ...CLEAN, 'git-history': false })
})

test('a .env that lived only on a branch is found, also after the branch was merged and deleted', async () => {
  const { folder, git, write } = repository({ 'a.txt': '1', '.gitignore': '.env\n' })
  git('add', '.')
  git('commit', '-qm', 'base')
  git('checkout', '-qb', 'side')
  write('.env', 'A=1')
  git('add', '--force', '.env')
  git('commit', '-qm', 'oops')
  git('checkout', '-q', 'main')
  expect(await verdicts(folder)).toEqual({ ...CLEAN, 'git-history': false })
  git('checkout', '-q', 'side')
  git('rm', '-q', '--cached', '.env')
  git('commit', '-qm', 'sorry')
  git('checkout', '-q', 'main')
  write('b.txt', '1')
  git('add', 'b.txt')
  git('commit', '-qm', 'meanwhile')
  git('merge', '-q', '--no-edit', 'side')
  git('branch', '-qD', 'side')
  expect(await verdicts(folder)).toEqual({ ...CLEAN, 'git-history': false })
})

test('a .env that only a merge brought in, and that is gone again, is found', async () => {
  const { folder, git, write } = repository({ 'a.txt': '1', '.gitignore': '.env\n' })
  git('add', '.')
  git('commit', '-qm', 'base')
  git('checkout', '-qb', 'side')
  write('b.txt', '1')
  git('add', 'b.txt')
  git('commit', '-qm', 'theirs')
  git('checkout', '-q', 'main')
  write('c.txt', '1')
  git('add', 'c.txt')
  git('commit', '-qm', 'ours')
  git('merge', '-q', '--no-commit', 'side')
  write('.env', 'A=1')
  git('add', '--force', '.env')
  git('commit', '-qm', 'merge')
  git('rm', '-q', '--cached', '.env')
  git('commit', '-qm', 'sorry')
  expect(await verdicts(folder)).toEqual({ ...CLEAN, 'git-history': false })
})

test('a .env that came by renaming another file is found', async () => {
  const { folder, git } = repository({ '.gitignore': '.env\n', 'secrets.txt': 'A=1\nB=2\n' })
  git('add', '.')
  git('commit', '-qm', 'x')
  git('mv', '--force', 'secrets.txt', '.env')
  git('commit', '-qm', 'y')
  expect(await verdicts(folder)).toEqual({
    'git-ignored': true,
    'git-untracked': false,
    'git-history': false,
  })
})

test('examples are made to be tracked; other .env files of the folder are not', async () => {
  const { folder, git } = repository({
    '.gitignore': '.env\n',
    '.env.example': 'A=',
    '.env.production': 'A=1',
  })
  git('add', '.env.example')
  expect(await verdicts(folder)).toEqual(CLEAN)
  git('add', '.env.production')
  const findings = await checkGitHygiene(folder)
  expect(findings[1]?.message).toBe('.env.production: staged for the next commit')
})

test('a project in a folder of a larger repository is looked at by itself', async () => {
  const { folder, git } = repository({ 'app/.env': 'A=1', '.env': 'B=1', '.gitignore': '/app/.env\n' })
  git('add', '--force', '.env')
  git('commit', '-qm', 'x')
  expect(await verdicts(join(folder, 'app'))).toEqual(CLEAN)
})

test('outside a git repository it says so, and nothing is wrong', async () => {
  expect(await checkGitHygiene(folderWith({ '.env': 'A=1' }))).toEqual([
    { check: 'git', ok: true, message: 'this folder is in no git repository, so nothing in it is committed' },
  ])
})

test('a broken repository is not taken for a clean one', async () => {
  const { folder } = repository({ '.env': 'A=1' })
  rmSync(join(folder, '.git'), { recursive: true })
  mkdirSync(join(folder, '.git'))
  const [finding, ...rest] = await checkGitHygiene(folder)
  expect(finding).toMatchObject({ check: 'git', ok: false })
  expect(rest).toEqual([])
})
