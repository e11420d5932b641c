import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { AppError } from '../domain/errors.ts'
import type { Io } from './io.ts'

/** Where this device is signed in. Tokens stand here only where there is no keychain. */
export interface SignedInServers {
  /** The server of the last login. */
  readonly current?: string
  readonly servers: Readonly<Record<string, { readonly token?: string }>>
}

export interface CredentialFile {
  readonly path: string
  /** Nothing at all when there is no file. Throws AppError `misconfigured` when it is not what we wrote. */
  read(): SignedInServers
  /** Written whole and swapped in, readable for its owner only. */
  write(servers: SignedInServers): void
}

export function openCredentialFile(io: Pick<Io, 'env' | 'say'>): CredentialFile {
  const home = io.env.HOME ?? homedir()
  const state = io.env.XDG_STATE_HOME ?? ''
  const path = join(
    state.startsWith('/') ? state : join(home, '.local', 'state'),
    'xswarm',
    'credentials.json',
  )
  return {
    path,
    read() {
      const text = readIfPresent(path)
      if (text === undefined) return { servers: {} }
      closeToOthers(path, io)
      return parse(text, path)
    },
    write(servers) {
      if (Object.keys(servers.servers).length === 0) return rmSync(path, { force: true })
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      const draft = `${path}.${process.pid}`
      writeFileSync(draft, `${JSON.stringify(servers, undefined, 2)}\n`, { mode: 0o600 })
      renameSync(draft, path)
    },
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new AppError('misconfigured', `The file ${path} cannot be read. Check who owns it.`, {
      cause: error,
    })
  }
}

function closeToOthers(path: string, io: Pick<Io, 'say'>): void {
  if (process.platform === 'win32' || (statSync(path).mode & 0o077) === 0) return
  chmodSync(path, 0o600)
  io.say(`warning: ${path} could be read by other users of this machine; now only by you.`)
}

function parse(text: string, path: string): SignedInServers {
  const broken = () =>
    new AppError(
      'misconfigured',
      `The file ${path} is not what xswarm login wrote. Remove it and run: xswarm login`,
    )
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw broken() // the parser's own message would repeat what stands in the file
  }
  if (!isSignedInServers(value)) throw broken()
  return value
}

function isSignedInServers(value: unknown): value is SignedInServers {
  if (typeof value !== 'object' || value === null || !('servers' in value)) return false
  if ('current' in value && typeof value.current !== 'string') return false
  const { servers } = value
  if (typeof servers !== 'object' || servers === null) return false
  return Object.values(servers).every(
    (one: unknown) =>
      typeof one === 'object' && one !== null && (!('token' in one) || typeof one.token === 'string'),
  )
}
