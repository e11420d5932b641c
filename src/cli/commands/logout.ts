import type { Keychain } from '../../domain/credentials.ts'
import { AppError } from '../../domain/errors.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import { type FoundCredential, openCredentials, parseServer } from '../credentials.ts'
import type { Io } from '../io.ts'
import { printable, type Report } from '../report.ts'
import { callServer } from '../server-client.ts'

export interface LogoutOptions extends GlobalOptions {
  readonly server?: string
}

export const defineLogout: Define = (logout, act) => {
  logout
    .option('--server <url>', 'the server to sign out of (default: the current one)')
    .action((options: LogoutOptions) => act((globals, io) => signOutDevice({ ...globals, ...options }, io)))
}

/**
 * Ends this device's session at the server, then forgets the credential. When the server is away nothing is changed:
 * forgetting alone would leave a session behind that lets somebody in.
 */
export async function signOutDevice(options: LogoutOptions, io: Io, keychain?: Keychain): Promise<Report> {
  const credentials = await openCredentials(io, keychain)
  const server = options.server === undefined ? undefined : parseServer(options.server)
  const found = await credentials.find(server)
  if (found === undefined) return { text: 'Nobody is signed in.', document: { signed_out: false } }
  await endSession(found)
  if (found.place === 'environment')
    io.say('XSWARM_TOKEN is still set, but opens nothing any more. Unset it.')
  else await credentials.remove(found.server)
  return {
    text: `Signed out of ${printable(found.server)}.`,
    document: { signed_out: true, server: found.server },
  }
}

async function endSession(found: FoundCredential): Promise<void> {
  try {
    await callServer(found, '/api/auth/sessions/current', { method: 'DELETE' })
  } catch (error) {
    // Ended already, here or elsewhere: just what was asked for.
    if (!(error instanceof AppError) || error.code !== 'unauthenticated') throw error
  }
}
