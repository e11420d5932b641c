import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

export interface Children {
  /** Starts `test/database/children/NAME.ts` as a process of its own: locks on a file are held by processes. */
  start(name: string, ...args: string[]): Child
  /** Ends what still runs and removes the build. */
  remove(): Promise<void>
}

export interface Child {
  /** The lines it has printed so far. */
  readonly lines: readonly string[]
  /** Answers when a line satisfies `found`; throws when the process ends without one. */
  line(found: (line: string) => boolean): Promise<string>
  /** Sends a line to it. */
  tell(line: string): void
  kill(signal: NodeJS.Signals): Promise<void>
  /** Answers its exit code once it has ended by itself. */
  ended(): Promise<number | null>
}

/** Compiles the child programs with the code they use, so that they never run against an old build. */
export function buildChildren(): Children {
  const cache = join(ROOT, '.cache')
  mkdirSync(cache, { recursive: true })
  const build = mkdtempSync(join(cache, 'children-'))
  const files = readdirSync(join(import.meta.dirname, 'children')).map((name) =>
    join(ROOT, 'test/database/children', name),
  )
  writeFileSync(
    join(build, 'tsconfig.json'),
    JSON.stringify({
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        rootDir: ROOT,
        outDir: build,
        declaration: false,
        sourceMap: false,
        typeRoots: [join(ROOT, 'node_modules/@types')],
      },
      include: [],
      files,
    }),
  )
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', build], {
    stdio: 'inherit',
  })
  writeFileSync(join(build, 'package.json'), '{"type":"module"}')
  symlinkSync(join(ROOT, 'migrations'), join(build, 'migrations'))
  const running = new Set<ChildProcessWithoutNullStreams>()
  return {
    start(name, ...args) {
      const child = spawn(process.execPath, [join(build, 'test/database/children', `${name}.js`), ...args])
      running.add(child)
      child.once('exit', () => running.delete(child))
      return follow(child)
    },
    async remove() {
      await Promise.all([...running].map((child) => endNow(child, 'SIGKILL')))
      rmSync(build, { recursive: true, force: true })
    },
  }
}

function follow(child: ChildProcessWithoutNullStreams): Child {
  const lines: string[] = []
  let partial = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (partial + chunk).split('\n')
    partial = parts.pop() ?? ''
    lines.push(...parts)
    child.emit('lines')
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk
  })
  child.once('close', () => child.emit('lines'))
  return {
    lines,
    async line(found) {
      let seen = 0
      for (;;) {
        const line = lines.slice(seen).find(found)
        if (line !== undefined) return line
        seen = lines.length
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`the child process ended: ${errors}`)
        await once(child, 'lines')
      }
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    kill: (signal) => endNow(child, signal),
    async ended() {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      if (child.exitCode !== 0) throw new Error(`the child process failed: ${errors}`)
      return child.exitCode
    },
  }
}

async function endNow(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'close')
  child.kill(signal)
  await exited
}
