import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** One thing that was looked at. `fix` says what to do when it is not well. */
export interface GitFinding {
  readonly check: 'git' | 'git-ignored' | 'git-untracked' | 'git-history'
  readonly ok: boolean
  readonly message: string
  readonly fix?: string
}

/** Long enough for the history of a large repository. */
const TIMEOUT_MS = 15_000

/**
 * Whether the `.env` of this folder can reach, or ever reached, a commit. Looks at the index and the history as
 * well as at the ignore rules: a file that was committed once is ignored by every pattern and still known to all.
 */
export async function checkGitHygiene(folder: string): Promise<GitFinding[]> {
  if (!isInRepository(folder)) {
    return [
      {
        check: 'git',
        ok: true,
        message: 'this folder is in no git repository, so nothing in it is committed',
      },
    ]
  }
  const inside = await git(folder, 'rev-parse', '--is-inside-work-tree')
  if (inside.code !== 0 || inside.stdout.trim() !== 'true') {
    const message =
      inside.code === 'missing' ? 'git is not installed' : 'git refuses to look at this repository'
    const fix =
      inside.code === 'missing'
        ? 'install git, or check by hand that .env was never committed'
        : 'run git status in this folder and do what it says'
    return [{ check: 'git', ok: false, message: `${message}, so .env could not be checked`, fix }]
  }
  // One after the other: they are quick, and git locks nothing for them.
  return [await checkIgnored(folder), await checkUntracked(folder), await checkHistory(folder)]
}

async function checkIgnored(folder: string): Promise<GitFinding> {
  // Without --no-index the answer for a tracked file is "not ignored", whatever the rules say.
  const { code } = await git(folder, 'check-ignore', '--no-index', '--quiet', '--', '.env')
  const check = 'git-ignored'
  if (code === 0) return { check, ok: true, message: '.env is ignored' }
  if (code !== 1) return unanswered(check)
  return { check, ok: false, message: '.env is not ignored', fix: 'add the line .env to .gitignore' }
}

async function checkUntracked(folder: string): Promise<GitFinding> {
  const check = 'git-untracked'
  const listed = await git(folder, 'ls-files', '-z', '--', '.env', ':(glob).env.*')
  if (listed.code !== 0) return unanswered(check)
  const tracked = listed.stdout.split('\0').filter((name) => name !== '' && !isExample(name))
  if (tracked.length === 0) return { check, ok: true, message: '.env is not tracked' }
  const names = tracked.join(' ')
  const committed = await Promise.all(
    tracked.map(async (name) => (await git(folder, 'cat-file', '-e', `HEAD:./${name}`)).code === 0),
  )
  if (!committed.includes(true)) {
    const message = `${names}: staged for the next commit`
    return { check, ok: false, message, fix: `git rm --cached ${names}` }
  }
  const fix = `git rm --cached ${names}, commit, and replace every secret in it: whoever has the repository has them`
  return { check, ok: false, message: `${names}: tracked by git`, fix }
}

async function checkHistory(folder: string): Promise<GitFinding> {
  const check = 'git-history'
  // --full-history: a branch that added and removed the file is otherwise left out once it is merged. -m: a merge
  // can add a file that no parent has.
  const options = ['--all', '--full-history', '-m', '--diff-filter=A', '--format=%h']
  const log = await git(folder, 'log', ...options, '--', '.env')
  if (log.code !== 0) return unanswered(check)
  const commit = log.stdout.trim().split('\n').at(-1)
  if (commit) {
    const fix =
      'replace every secret that was in it, then take it out of the history (git filter-repo --path .env --invert-paths)'
    return { check, ok: false, message: `.env was committed in ${commit}, and the history keeps it`, fix }
  }
  const shallow = await git(folder, 'rev-parse', '--is-shallow-repository')
  const isShallow = shallow.stdout.trim() === 'true'
  return { check, ok: true, message: `.env was never committed${isShallow ? ' in this shallow clone' : ''}` }
}

function unanswered(check: GitFinding['check']): GitFinding {
  const fix = 'run git status in this folder and do what it says'
  return { check, ok: false, message: 'git gave no answer, so .env could not be checked', fix }
}

/** Made to be committed. */
function isExample(name: string): boolean {
  return /^\.env\.(example|sample|template|dist|defaults)$/.test(name)
}

function isInRepository(folder: string): boolean {
  if (existsSync(join(folder, '.git'))) return true
  const parent = dirname(folder)
  return parent !== folder && isInRepository(parent)
}

interface GitAnswer {
  readonly code: number | 'missing' | 'ended'
  readonly stdout: string
}

function git(folder: string, ...args: string[]): Promise<GitAnswer> {
  // A repository can name programs to be run; looking at it should run none.
  const safe = [
    '-c',
    'core.fsmonitor=false',
    '-c',
    'log.showSignature=false',
    '--no-pager',
    '--no-optional-locks',
  ]
  const options = { cwd: folder, env: gitEnvironment(), timeout: TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 }
  return new Promise((answer) => {
    execFile('git', [...safe, ...args], options, (error, stdout) => {
      if (!error) answer({ code: 0, stdout })
      else if (typeof error.code === 'number') answer({ code: error.code, stdout })
      else answer({ code: (error.code as unknown) === 'ENOENT' ? 'missing' : 'ended', stdout })
    })
  })
}

/** Inside a git hook these variables point at the repository of the hook, wherever the folder is. */
function gitEnvironment(): NodeJS.ProcessEnv {
  const { GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE, GIT_PREFIX, ...rest } = process.env
  return { ...rest, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' }
}
