import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The command as npm installs it. `npm test` builds it first. */
export const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Project {
  readonly folder: string
  /** Runs `xswarm ARGS` in this folder, without a terminal. */
  run(args: readonly string[], options?: RunOptions): Promise<Ran>
  /** Starts it and leaves it running; `close` ends it. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Started
  write(name: string, text: string): string
  /** Ends what was started and removes the folder. */
  close(): Promise<void>
}

export interface RunOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Started {
  readonly child: ChildProcess
  readonly exited: Promise<Ran>
  /** Resolves with the first line of stdout. */
  firstLine(): Promise<string>
}

/** An empty folder to run commands in, with nothing of this machine's xswarm variables around it. */
export function createProject(files: Readonly<Record<string, string>> = {}): Project {
  const folder = mkdtempSync(join(tmpdir(), 'xswarm-cli-'))
  const started: Started[] = []
  const write = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  for (const [name, text] of Object.entries(files)) write(name, text)
  return {
    folder,
    write,
    run(args, options = {}) {
      const process = launch(folder, [CLI, ...args], options.env ?? {})
      process.child.stdin?.on('error', ignoreClosed).end(options.stdin ?? '')
      return process.exited
    },
    start(args, env = {}) {
      const process = launch(folder, [CLI, ...args], env)
      started.push(process)
      return process
    },
    async close() {
      for (const { child } of started) child.kill('SIGKILL')
      await Promise.all(started.map(({ exited }) => exited))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Runs `node ARGS` in a folder, without a terminal. */
export function runNode(folder: string, ...args: readonly string[]): Promise<Ran>
export function runNode(folder: string, options: RunOptions, ...args: readonly string[]): Promise<Ran>
export function runNode(
  folder: string,
  first: string | RunOptions,
  ...rest: readonly string[]
): Promise<Ran> {
  const options = typeof first === 'string' ? {} : first
  const { child, exited } = launch(
    folder,
    typeof first === 'string' ? [first, ...rest] : rest,
    options.env ?? {},
  )
  child.stdin?.end(options.stdin ?? '')
  return exited
}

function launch(folder: string, args: readonly string[], env: Readonly<Record<string, string>>): Started {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
    stdio: 'pipe',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exited = new Promise<Ran>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
  return {
    child,
    exited,
    firstLine: () =>
      new Promise((resolve, reject) => {
        const look = () => {
          const end = stdout.indexOf('\n')
          if (end >= 0) resolve(stdout.slice(0, end))
        }
        child.stdout.on('data', look)
        void exited.then((ran) => reject(new Error(`ended with ${ran.code}: ${ran.stderr}`)))
        look()
      }),
  }
}

/** A command that ends without reading its input is none of the test's business. */
function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
