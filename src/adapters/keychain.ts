import { spawn } from 'node:child_process'
import type { Keychain } from '../domain/credentials.ts'

export interface KeychainOptions {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  /** A locked keychain asks in a window that nobody may see; nothing waits for it longer than this [3000]. */
  readonly timeoutMs?: number
}

const SERVICE = 'xswarm'

/** The system's keychain, or undefined where there is none to talk to. */
export function createKeychain(options: KeychainOptions): Keychain | undefined {
  if (options.platform === 'darwin') return macKeychain(options)
  // Without a session bus secret-tool only waits.
  if (options.platform === 'linux' && (options.env.DBUS_SESSION_BUS_ADDRESS ?? '') !== '')
    return linuxKeychain(options)
  return undefined
}

function macKeychain(options: KeychainOptions): Keychain {
  const place = (server: string) => ['-s', SERVICE, '-a', server]
  return {
    name: 'the macOS keychain',
    async read(server) {
      const { code, stdout } = await run(
        'security',
        ['find-generic-password', ...place(server), '-w'],
        options,
      )
      return found(code, 44, stdout)
    },
    async write({ server, token }) {
      // Commands on stdin: what stands on a command line is seen by every process of the machine.
      const command = `add-generic-password -U -s ${SERVICE} -a "${server}" -w "${token}"\n`
      demandDone(await run('security', ['-i'], options, command))
    },
    async remove(server) {
      const { code } = await run('security', ['delete-generic-password', ...place(server)], options)
      if (code !== 0 && code !== 44) throw new Error(`security ended with ${code}`)
    },
  }
}

function linuxKeychain(options: KeychainOptions): Keychain {
  const place = (server: string) => ['service', SERVICE, 'server', server]
  return {
    name: 'the system keyring',
    async read(server) {
      const { code, stdout } = await run('secret-tool', ['lookup', ...place(server)], options)
      return found(code, 1, stdout)
    },
    async write({ server, token }) {
      const label = `--label=xSwarm ${server}`
      demandDone(await run('secret-tool', ['store', label, ...place(server)], options, token))
    },
    async remove(server) {
      const { code } = await run('secret-tool', ['clear', ...place(server)], options)
      if (code !== 0 && code !== 1) throw new Error(`secret-tool ended with ${code}`)
    },
  }
}

function found(code: number, codeForNone: number, stdout: string): string | undefined {
  if (code === codeForNone) return undefined
  demandDone({ code })
  return stdout.replace(/\n$/, '') || undefined
}

function demandDone({ code }: { readonly code: number }): void {
  if (code !== 0) throw new Error(`it ended with ${code}`)
}

interface Ran {
  readonly code: number
  readonly stdout: string
}

/** Runs a tool to its end. Throws when it is not there and when it takes too long; its own words may hold the secret and stay unread. */
function run(tool: string, args: readonly string[], options: KeychainOptions, input = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...options.env },
      timeout: options.timeoutMs ?? 3000,
      killSignal: 'SIGKILL',
    })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(error.code === 'ENOENT' ? `${tool} is not installed` : `${tool} cannot be run`)),
    )
    child.once('close', (code) =>
      code === null ? reject(new Error(`${tool} did not answer in time`)) : resolve({ code, stdout }),
    )
    // A tool that ends without reading says why by its exit code.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}
