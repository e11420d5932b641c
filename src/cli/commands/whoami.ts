import type { Keychain } from '../../domain/credentials.ts'
import { AppError } from '../../domain/errors.ts'
import type { Define, GlobalOptions } from '../commands.ts'
import { type FoundCredential, openCredentials, parseServer, WITHOUT_TERMINAL } from '../credentials.ts'
import { findRunningDev } from '../dev-state.ts'
import type { Io } from '../io.ts'
import { readProject } from '../project.ts'
import { printable, type Report } from '../report.ts'
import { callServer } from '../server-client.ts'

export interface WhoamiOptions extends GlobalOptions {
  readonly server?: string
}

export const defineWhoami: Define = (whoami, act) => {
  whoami
    .option('--server <url>', 'the server to ask (default: the current one)')
    .action((options: WhoamiOptions) =>
      act((globals, io) => showWhoIsSignedIn({ ...globals, ...options }, io)),
    )
}

/** Who the commands act as, and where. Throws AppError `unauthenticated` when that is nobody. */
export async function showWhoIsSignedIn(
  options: WhoamiOptions,
  io: Io,
  keychain?: Keychain,
): Promise<Report> {
  const credentials = await openCredentials(io, keychain)
  const server = options.server === undefined ? undefined : parseServer(options.server)
  const found = await credentials.find(server)
  if (found !== undefined) return describeSignedIn(found, io)
  if (server === undefined) {
    const { config } = await readProject(options, io)
    const isDevelopment =
      config.environment === 'development' || (await findRunningDev(config.database.url)) !== undefined
    if (isDevelopment) return describeTestUser(config.test_user.email, io)
  }
  throw new AppError(
    'unauthenticated',
    `Nobody is signed in. Run: xswarm login --server URL. ${WITHOUT_TERMINAL}`,
  )
}

async function describeSignedIn(found: FoundCredential, io: Io): Promise<Report> {
  const { body } = await callServer(found, '/api/me')
  const { id, email, subscription_tier } = readUser(body)
  const place = { environment: 'XSWARM_TOKEN', keychain: 'the keychain', file: 'a file' }[found.place]
  io.say(io.paint.faint(`signed in to ${printable(found.server)} with the credential of ${place}`))
  return {
    text: printable(email),
    document: { email, user_id: id, subscription_tier, server: found.server, credential: found.place },
  }
}

function describeTestUser(email: string, io: Io): Report {
  io.say(io.paint.faint('nobody is signed in; in development commands act as the test user of config.toml'))
  return { text: printable(email), document: { email, server: null, credential: 'test-user' } }
}

function readUser(body: unknown): { id: string; email: string; subscription_tier: string } {
  const user = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const { id, email, subscription_tier } = user
  if (typeof id === 'string' && typeof email === 'string' && typeof subscription_tier === 'string')
    return { id, email, subscription_tier }
  throw new AppError('conflict', 'What answered there is no xSwarm server. Check the address.')
}
