import type { Credential, Keychain } from '../domain/credentials.ts'
import { AppError } from '../domain/errors.ts'
import { type CredentialFile, openCredentialFile } from './credential-file.ts'
import { UsageError } from './failure.ts'
import type { Io } from './io.ts'

/** Where a credential came from or was put. */
export type CredentialPlace = 'environment' | 'keychain' | 'file'

export interface FoundCredential extends Credential {
  readonly place: CredentialPlace
}

export interface CredentialStore {
  /** The server that was signed in to last. */
  currentServer(): string | undefined
  /** The credential for this server, else for the current one. XSWARM_TOKEN wins over everything stored. */
  find(server?: string): Promise<FoundCredential | undefined>
  /** Keeps it and makes its server the current one. Says where it is when that is not the keychain. */
  save(credential: Credential): Promise<{ readonly place: CredentialPlace; readonly shown: string }>
  /** Forgets it on this device. */
  remove(server: string): Promise<void>
}

/** What machines without a terminal do instead of `xswarm login`. */
export const WITHOUT_TERMINAL =
  'Without a terminal set XSWARM_SERVER to the address of the server and XSWARM_TOKEN to the token of a session there.'

/** The credentials of this device: environment, else the system's keychain, else a file only its owner can read. */
export async function openCredentials(
  io: Pick<Io, 'env' | 'say'>,
  given?: Keychain,
): Promise<CredentialStore> {
  const { createKeychain } = await import('../adapters/keychain.ts')
  const keychain = given ?? createKeychain({ platform: process.platform, env: io.env })
  const file = openCredentialFile(io)
  const fromEnvironment = (io.env.XSWARM_TOKEN ?? '').trim()
  return {
    currentServer: () => file.read().current,
    async find(asked) {
      const stored = file.read()
      const server = asked ?? serverOfEnvironment(io) ?? stored.current
      if (fromEnvironment !== '') {
        if (server !== undefined) return { server, token: fromEnvironment, place: 'environment' }
        throw new UsageError(
          'XSWARM_TOKEN is set, but not for which server',
          'Set XSWARM_SERVER to its address.',
        )
      }
      const entry = server === undefined ? undefined : stored.servers[server]
      if (server === undefined || entry === undefined) return undefined
      if (entry.token !== undefined) return { server, token: entry.token, place: 'file' }
      const token = await readKeychain(keychain, server)
      return token === undefined ? undefined : { server, token, place: 'keychain' }
    },
    save: (credential) => save(credential, file, keychain, io),
    async remove(server) {
      const { current, servers } = file.read()
      const { [server]: removed, ...others } = servers
      if (removed !== undefined && removed.token === undefined) await keychain?.remove(server)
      file.write({ ...(current !== undefined && current !== server && { current }), servers: others })
    },
  }
}

async function readKeychain(keychain: Keychain | undefined, server: string): Promise<string | undefined> {
  const problem = (why: string, cause?: unknown) =>
    new AppError(
      'misconfigured',
      `The credential for ${server} is in the keychain, and ${why}. ${WITHOUT_TERMINAL}`,
      {
        cause,
      },
    )
  if (keychain === undefined) throw problem('there is none in this session')
  try {
    return await keychain.read(server)
  } catch (error) {
    throw problem(error instanceof Error ? error.message : 'it does not answer', error)
  }
}

async function save(
  credential: Credential,
  file: CredentialFile,
  keychain: Keychain | undefined,
  io: Pick<Io, 'say'>,
): Promise<{ readonly place: CredentialPlace; readonly shown: string }> {
  const { server, token } = credential
  const refused =
    keychain === undefined ? 'there is no system keychain here' : await tryKeychain(keychain, credential)
  const { servers } = file.read()
  if (keychain !== undefined && refused === undefined) {
    file.write({ current: server, servers: { ...servers, [server]: {} } })
    return { place: 'keychain', shown: keychain.name }
  }
  file.write({ current: server, servers: { ...servers, [server]: { token } } })
  io.say(`notice: ${refused}; the credential is kept in ${file.path}, readable by you only.`)
  return { place: 'file', shown: file.path }
}

/** Writes and reads back: some keychains accept what they then do not give out. Answers why it did not work. */
async function tryKeychain(keychain: Keychain, credential: Credential): Promise<string | undefined> {
  try {
    await keychain.write(credential)
    if ((await keychain.read(credential.server)) === credential.token) return undefined
    return `${keychain.name} did not give back what it was given`
  } catch (error) {
    return `${keychain.name} does not work (${error instanceof Error ? error.message : 'unknown reason'})`
  }
}

function serverOfEnvironment(io: Pick<Io, 'env'>): string | undefined {
  const text = (io.env.XSWARM_SERVER ?? '').trim()
  return text === '' ? undefined : parseServer(text, 'XSWARM_SERVER')
}

/** A server's origin. Throws UsageError for what is none, and for plain http over a network: the token would be seen. */
export function parseServer(text: string, name = '--server'): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new UsageError(`${name} must be the address of a server`, 'For example: https://xswarm.example')
  if (url.username !== '' || url.password !== '')
    throw new UsageError(`${name} must not hold a credential`, 'Sign in with: xswarm login')
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'http:' && !isLoopback)
    throw new UsageError(`${name} must be https: over plain http everybody on the way sees the credential`)
  return url.origin
}
